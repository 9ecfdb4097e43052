import { setImmediate as nextTurn } from 'node:timers/promises';
import { Fault, storeUnavailable } from '../../domain/errors.ts';
import type { AuthenticatorKeys, Clock, Duty, SecretBox, Store } from '../../domain/ports.ts';
import { StoreFigures } from '../../domain/store-figures.ts';
import { assertHere } from '../copy/markers.ts';
import { forgetWhatEnded, operationsStore, probe, type Ways } from '../operations-store.ts';
import { Connections, type DatabaseLimits, DEFAULT_LIMITS } from './connections.ts';
import { type DatabaseAddress, parseDatabaseUrl } from './database-url.ts';
import { GroupCommit } from './group-commit.ts';
import { createJudge } from './judge.ts';
import { LeasedDuty } from './leased-duty.ts';
import { migratePostgres } from './migrate.ts';
import { addPartitions, dropPruned } from './partitions.ts';
import { isConnectionLost } from './session.ts';
import { Slots } from './slots.ts';

export interface PostgresStoreOptions {
  /** `postgres://…`; see database-url.ts. */
  readonly url: string;
  readonly box: SecretBox;
  readonly keys: AuthenticatorKeys;
  readonly clock: Clock;
  readonly limits?: Partial<DatabaseLimits>;
}

const UPKEEP_EVERY_MS = 10 * 60 * 1000;

/**
 * The store on PostgreSQL: any number of processes share one database. What one of them has committed is what
 * the others judge by; nothing that they remember decides anything.
 *
 * @throws {DatabaseUrlError} when the URL cannot be understood
 * @throws {MigrationError} when the database is of a newer version, too old, or not fit
 */
export async function openPostgresStore(options: PostgresStoreOptions): Promise<Store> {
  const { box, keys, clock } = options;
  const limits: DatabaseLimits = { ...DEFAULT_LIMITS, ...options.limits };
  const address: DatabaseAddress = parseDatabaseUrl(options.url);
  const connections = await Connections.open(address, limits);
  try {
    await migratePostgres(connections, limits);
    await assertOpen(connections);
    await addPartitions(connections, clock());
  } catch (error) {
    await connections.close();
    throw error;
  }
  const figures = new StoreFigures();
  const commits = new GroupCommit(connections, limits, createJudge(limits, keys, clock), figures);
  figures.waiting = () => commits.waiting;
  figures.pool = () => connections.figures();
  const readers = new Slots(Math.max(1, Math.ceil(limits.poolSize / 2)));
  let closed = false;

  const read: Ways['read'] = async (query) => {
    if (closed) throw storeUnavailable(new Error('the store is closed'));
    try {
      return await readers.hold(async () => {
        for (let repeats = 0; ; repeats++) {
          const session = await connections.acquire();
          try {
            return await query(session.db);
          } catch (error) {
            // A connection that was idle may have ended with the server it led to.
            if (!isConnectionLost(error) || repeats >= limits.poolSize) throw error;
          } finally {
            await session.release();
          }
        }
      });
    } catch (error) {
      throw error instanceof Fault ? error : storeUnavailable(error);
    }
  };
  const ways: Ways = {
    read,
    write: (work, accountId) => commits.run(work, { lane: accountId ?? null }),
    writeOnce: (work) => commits.run(work, { lane: null, repeatable: false }),
    pause: () => nextTurn(),
    bodies: 'event_other',
  };

  const duty = new LeasedDuty(connections);
  const upkeep = setInterval(() => {
    keepUp(duty, connections, ways, clock).catch(() => {
      // Left for the next round: nothing waits for it.
    });
  }, UPKEEP_EVERY_MS);
  upkeep.unref();

  return {
    figures,
    duty,
    validate: (attempt) => commits.judge(attempt),
    ...operationsStore(ways, box),
    ping: () => probe(ways),
    async close() {
      if (closed) return;
      closed = true;
      clearInterval(upkeep);
      // Refuses what comes from here on, before anything is waited for.
      const drained = commits.close();
      await duty.yield().catch(() => {});
      await drained;
      await readers.empty();
      await connections.close();
    },
  };
}

async function assertOpen(connections: Connections): Promise<void> {
  const session = await connections.acquire();
  try {
    await assertHere(session.db);
  } finally {
    await session.release();
  }
}

/** What nobody waits for, done by the node that has the duty. */
async function keepUp(duty: Duty, connections: Connections, ways: Ways, clock: Clock): Promise<void> {
  if (!(await duty.hold())) return;
  await addPartitions(connections, clock());
  await dropPruned(connections, clock());
  await forgetWhatEnded(ways, clock);
}
