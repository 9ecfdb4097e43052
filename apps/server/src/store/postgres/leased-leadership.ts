import { type Kysely, sql } from 'kysely';
import type { Leadership } from '../../domain/store.ts';
import type { Schema } from '../schema.ts';
import type { Connections } from './connections.ts';
import { begin, commit } from './transaction.ts';

/** A node that is gone is replaced after this time; one that is there renews the lease long before. */
const LEASE_MS = 5_000;
const LEASE = 'background';
/** Longer than a step of the work, whose transaction keeps the lease's row locked. */
const QUICK = { statementTimeoutMs: 3_000, lockTimeoutMs: 2_000 };

/** Of the database's clock, not of any node's. */
const NOW = '(extract(epoch from clock_timestamp()) * 1000)::bigint';

/** A lease that ends later than one taken now was written by a clock that was ahead, before a failover: it counts for no one. */
const TAKE = `insert into lease as held (name, holder, fence, expires_at)
  values ($1, $2, 1, ${NOW} + $3::bigint)
  on conflict (name) do update set holder = excluded.holder, expires_at = excluded.expires_at,
    fence = held.fence + case when held.holder = excluded.holder then 0 else 1 end
    where held.holder = excluded.holder or held.expires_at < ${NOW} or held.expires_at > ${NOW} + $3::bigint
  returning fence`;

/** One tenure of one node: it never comes again. */
export interface Fence {
  readonly holder: string;
  readonly number: string;
}

/** This node does not have the work behind the logs, or not any more. What it was about to write is not written. */
class LeadershipLost extends Error {
  override readonly name = 'LeadershipLost';
}

/**
 * Does `work` in the transaction of `db` if the lease still is of this tenure, and keeps any other node from taking
 * it over until that transaction has ended. So of two builders one writes, however slow the other was since it asked.
 *
 * @param fence null: this node does not hold the lease
 * @throws {LeadershipLost}
 */
export async function underFence<T>(
  db: Kysely<Schema>,
  fence: Fence | null,
  work: (db: Kysely<Schema>) => Promise<T>,
): Promise<T> {
  if (fence === null) throw new LeadershipLost('this node does not have the work behind the logs');
  const { rows } = await sql`select from lease where name = ${LEASE} and holder = ${fence.holder}
    and fence = ${fence.number}::bigint for share`.execute(db);
  if (rows.length === 0) throw new LeadershipLost('another node has the work behind the logs now');
  return work(db);
}

/**
 * A lease in the database for the work that one node does for all: trees and checkpoints of the logs, retention,
 * partitions. A node that loses it while it works writes nothing more: each of its transactions compares the fence,
 * which grows with each change of holder (`underFence`). Besides, each step names the state that it goes on from.
 */
export class LeasedLeadership implements Leadership {
  readonly #connections: Connections;
  readonly #holder: string;
  #heldUntil = 0;
  #fence: Fence | null = null;

  /** @param holder this process, under a name that no other has */
  constructor(connections: Connections, holder: string) {
    this.#connections = connections;
    this.#holder = holder;
  }

  /** The tenure that this node had when it last asked; null: it had none. Whether it still lasts, `underFence` finds. */
  get fence(): Fence | null {
    return this.#fence;
  }

  async hold(): Promise<boolean> {
    const asked = performance.now();
    // Half of the lease is left in any case: asked for by several kinds of work, it is renewed once.
    if (asked < this.#heldUntil - LEASE_MS / 2) return true;
    const session = await this.#connections.acquire();
    try {
      const [taken] = await begin(session, QUICK, [
        { text: TAKE, values: [LEASE, this.#holder, String(LEASE_MS)] },
      ]);
      await commit(session);
      const holds = (taken?.rows.length ?? 0) > 0;
      // From before the question was sent, so that this node lets go no later than the database.
      this.#heldUntil = holds ? asked + LEASE_MS : 0;
      const number = taken?.rows[0]?.[0] ?? null;
      this.#fence = number === null ? null : { holder: this.#holder, number };
      return holds;
    } finally {
      await session.release();
    }
  }

  async yield(): Promise<void> {
    if (this.#heldUntil === 0) return;
    this.#heldUntil = 0;
    this.#fence = null;
    const session = await this.#connections.acquire();
    try {
      await begin(session, QUICK, [
        {
          text: 'update lease set expires_at = 0 where name = $1 and holder = $2',
          values: [LEASE, this.#holder],
        },
      ]);
      await commit(session);
    } finally {
      await session.release();
    }
  }
}
