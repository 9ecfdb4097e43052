import { setImmediate as nextTurn, setTimeout as sleep } from 'node:timers/promises';
import type { SecretBox } from '../../domain/clients/secret-box.ts';
import { Fault, storeUnavailable } from '../../domain/errors.ts';
import { type DatabaseFigures, StoreFigures } from '../../domain/observation/store-figures.ts';
import type { Leadership, Store } from '../../domain/store.ts';
import type { Clock } from '../../domain/time.ts';
import type { AuthenticatorKeys } from '../../domain/verdicts/ports.ts';
import { assertHere } from '../copy/markers.ts';
import { countKeys } from '../operations/keys/count-keys.ts';
import { limitBatches } from '../operations/limits/limit-batches.ts';
import { type Executor, operationsStore, probe, pruneAndFinish } from '../operations-store.ts';
import { FairSemaphore } from '../scheduling/fair-semaphore.ts';
import { SharedProbe } from '../scheduling/shared-probe.ts';
import { bearerLookUps } from './bearer-look-ups.ts';
import { ClockWatch } from './clock-watch.ts';
import { Connections, type DatabaseLimits, DEFAULT_LIMITS, MIN_CONNECTIONS } from './connections.ts';
import { type DatabaseAddress, parseDatabaseUrl } from './database-url.ts';
import { GroupCommit } from './group-commit.ts';
import { createJudge } from './judge.ts';
import { LeasedLeadership, underFence } from './leased-leadership.ts';
import { LIMIT_ROWS } from './limit-rows.ts';
import { makeTables } from './migrate.ts';
import { addPartitions, dropPruned } from './partitions.ts';
import { Presence } from './presence.ts';
import { isConnectionLost } from './session.ts';
import { readSnapshots } from './snapshots.ts';

export interface PostgresStoreOptions {
  /** `postgres://…`; see database-url.ts. */
  readonly url: string;
  readonly box: SecretBox;
  readonly keys: AuthenticatorKeys;
  readonly clock: Clock;
  readonly limits?: Partial<DatabaseLimits>;
  /** This machine's clock, to be compared with the database's; another than the real one only in tests. */
  readonly machineClock?: Clock;
  /** Receives notices for the operator. */
  readonly onNotice?: (message: string) => void;
}

const STANDING_WITHIN_MS = 250;
const LOOK_EVERY_MS = 15_000;
const UPKEEP_EVERY_MS = 10 * 60 * 1000;

/**
 * The store on PostgreSQL: any number of processes share one database. What one of them has committed is what
 * the others judge by; nothing that they remember decides anything.
 *
 * @throws {DatabaseUrlError} when the URL cannot be understood
 * @throws {MigrationError} when the tables are of another version that this one cannot work on, or the database is not fit
 */
export async function openPostgresStore(options: PostgresStoreOptions): Promise<Store> {
  const { box, keys, clock } = options;
  const limits: DatabaseLimits = { ...DEFAULT_LIMITS, ...options.limits };
  const address: DatabaseAddress = parseDatabaseUrl(options.url);
  const { machineClock = Date.now, onNotice = () => {} } = options;
  const clocks = new ClockWatch({ clock: machineClock, onNotice });
  const connections = await Connections.open(address, limits, clocks);
  const presence = new Presence(connections, onNotice);
  try {
    await prepare(connections, limits, presence, clock);
  } catch (error) {
    await presence.leave();
    await connections.close();
    throw error;
  }
  const figures = new StoreFigures();
  const commits = new GroupCommit(connections, limits, createJudge(limits, box, keys, clock), figures);
  const limitCalls = limitBatches((work) => commits.run(work, { lane: 'limits' }), LIMIT_ROWS);
  figures.waiting = () => commits.waiting + limitCalls.waiting();
  figures.pool = () => connections.figures();
  figures.clockAheadOfDatabaseMs = () => clocks.aheadMs;
  const readers = new FairSemaphore(readSlots(limits) - lookUpSlots(limits));
  const lookUps = new FairSemaphore(lookUpSlots(limits));
  let closed = false;

  const readIn =
    (semaphore: FairSemaphore): Executor['read'] =>
    async (query, lane) => {
      if (closed) throw storeUnavailable(new Error('the store is closed'));
      try {
        return await semaphore.hold(lane, async () => {
          for (let repeats = 0; ; repeats++) {
            const session = await connections.acquire();
            try {
              await session.assertPrimary();
              return await query(session.db, () => nextTurn());
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
  const leadership = new LeasedLeadership(connections, presence.holder);
  const executor: Executor = {
    read: readIn(readers),
    write: (work, lane) => commits.run(work, { lane }),
    writeAside: (work, lane) => commits.run(work, { lane, aside: true }),
    writeOnce: (work, lane) => commits.run(work, { lane, repeatable: false }),
    writeInStep: (work, lane) => commits.run(work, { lane, inStep: true }),
    writeAsLeader: (work, lane) => {
      const fence = leadership.fence;
      return commits.run((db) => underFence(db, fence, work), { lane });
    },
    bodies: 'event_other',
  };

  const probes = new SharedProbe(async () => {
    await probe(executor, clock);
    clocks.assertInStep();
  });
  // What fails is left for the next round: nothing waits for it.
  const keepUpNow = () => keepUp(leadership, connections, executor, box, clock, figures).catch(() => {});
  const upkeep = setInterval(keepUpNow, UPKEEP_EVERY_MS);
  upkeep.unref();
  let seen: DatabaseFigures | null = null;
  figures.database = () => seen;
  const looking = setInterval(() => {
    lookAt(connections).then(
      (found) => {
        seen = found;
      },
      () => {
        // What is not known is not shown.
        seen = null;
      },
    );
  }, LOOK_EVERY_MS);
  looking.unref();

  return {
    figures,
    leadership,
    validate: (attempt) => commits.judge(attempt),
    ...operationsStore(executor, box, keys),
    ...bearerLookUps(readIn(lookUps)),
    ...limitCalls.operations,
    ping: () => probes.ask(),
    onConnected: (listener) => connections.onConnected(listener),
    async close() {
      if (closed) return;
      closed = true;
      probes.forget();
      clearInterval(upkeep);
      clearInterval(looking);
      // Refuses what comes from here on, before anything is waited for.
      const drained = commits.close();
      await leadership.yield().catch(() => {});
      await drained;
      await Promise.all([readers.empty(), lookUps.empty()]);
      await presence.leave();
      await connections.close();
    },
  };
}

/** What is done before anybody may call. */
async function prepare(
  connections: Connections,
  limits: DatabaseLimits,
  presence: Presence,
  clock: Clock,
): Promise<void> {
  await makeTables(connections, limits, { onFit: (session) => presence.enter(session) });
  await assertOpen(connections);
  await addPartitions(connections, clock());
  await makeStanding(connections);
}

/** Connections that reads may use, of any kind; batches and changes have the others. */
function readSlots({ poolSize }: DatabaseLimits): number {
  return Math.max(2, Math.ceil(poolSize / 2));
}

/** How many of these are for bearers alone. */
function lookUpSlots(limits: DatabaseLimits): number {
  return Math.ceil(readSlots(limits) / 4);
}

/** Makes those connections that are to stand from the start on; where the database gives fewer, it goes on without. */
async function makeStanding(connections: Connections): Promise<void> {
  const enough = Promise.withResolvers<void>();
  let made = 0;
  const hold = async () => {
    const session = await connections.acquire();
    if (++made === MIN_CONNECTIONS) enough.resolve();
    await Promise.race([enough.promise, sleep(STANDING_WITHIN_MS)]);
    await session.release();
  };
  await Promise.allSettled(Array.from({ length: MIN_CONNECTIONS }, hold));
}

async function assertOpen(connections: Connections): Promise<void> {
  const session = await connections.acquire();
  try {
    await assertHere(session.db);
  } finally {
    await session.release();
  }
}

async function lookAt(connections: Connections): Promise<DatabaseFigures> {
  const session = await connections.acquire();
  try {
    return await readSnapshots(session);
  } finally {
    await session.release();
  }
}

/** Work that no caller waits for, done by the leading node. */
async function keepUp(
  leadership: Leadership,
  connections: Connections,
  executor: Executor,
  box: SecretBox,
  clock: Clock,
  figures: StoreFigures,
): Promise<void> {
  if (!(await leadership.hold())) {
    figures.apiKeys = null;
    return;
  }
  await addPartitions(connections, clock());
  await dropPruned(connections, clock());
  await pruneAndFinish(executor, box, clock);
  figures.apiKeys = await countKeys(executor, clock());
}
