import { randomBytes } from 'node:crypto';
import { hostname } from 'node:os';
import type { Duty } from '../../domain/ports.ts';
import type { Connections } from './connections.ts';
import { begin, commit } from './transaction.ts';

/** A node that is gone is replaced after this time; one that is there renews the lease long before. */
const LEASE_MS = 5_000;
const LEASE = 'background';
const QUICK = { statementTimeoutMs: 2_000, lockTimeoutMs: 1_000 };

/** Of the database's clock, not of any node's. */
const NOW = '(extract(epoch from clock_timestamp()) * 1000)::bigint';

/** A lease that ends later than one taken now was written by a clock that was ahead, before a failover: it is nobody's. */
const TAKE = `insert into lease as held (name, holder, fence, expires_at)
  values ($1, $2, 1, ${NOW} + $3::bigint)
  on conflict (name) do update set holder = excluded.holder, expires_at = excluded.expires_at,
    fence = held.fence + case when held.holder = excluded.holder then 0 else 1 end
    where held.holder = excluded.holder or held.expires_at < ${NOW} or held.expires_at > ${NOW} + $3::bigint
  returning fence`;

/**
 * A lease in the database for the work that one node does for all: trees and checkpoints of the logs, retention,
 * partitions. A node that loses it while it works does no harm: each step of that work names the state that it
 * goes on from, and is refused when another node was faster.
 */
export class LeasedDuty implements Duty {
  readonly #connections: Connections;
  readonly #holder = `${hostname()}/${process.pid}/${randomBytes(4).toString('hex')}`;
  #heldUntil = 0;

  constructor(connections: Connections) {
    this.#connections = connections;
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
      return holds;
    } finally {
      await session.release();
    }
  }

  async yield(): Promise<void> {
    if (this.#heldUntil === 0) return;
    this.#heldUntil = 0;
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
