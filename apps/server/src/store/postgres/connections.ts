import { setTimeout as sleep } from 'node:timers/promises';
import pg from 'pg';
import type { PoolFigures } from '../../domain/observation/store-figures.ts';
import { ClockWatch } from './clock-watch.ts';
import type { DatabaseAddress } from './database-url.ts';
import { Session } from './session.ts';
import { UnfitSessionError } from './session-settings.ts';
import { getTypeParser } from './type-parsers.ts';

/** How Kanda uses a database; all times in ms. */
export interface DatabaseLimits {
  /** Connections that this process opens at most. */
  readonly poolSize: number;
  /** How long a call waits for a connection before it gets 503. */
  readonly connectTimeoutMs: number;
  /** How long one statement may take. */
  readonly statementTimeoutMs: number;
  /** How long one statement waits for a row that another transaction holds. */
  readonly lockTimeoutMs: number;
}

export const DEFAULT_LIMITS: DatabaseLimits = {
  poolSize: 10,
  connectTimeoutMs: 5_000,
  statementTimeoutMs: 10_000,
  lockTimeoutMs: 5_000,
};

/** The network's and the process' share, above what the database itself may take. */
const GRACE_MS = 2_000;
const FIRST_RETRY_MS = 25;
const MAX_RETRY_MS = 2_000;
const IDLE_MS = 30_000;
/** Stay open however idle: one that is frozen within a transaction is ended by the database, and the other still tells of the process. */
export const MIN_CONNECTIONS = 2;
/** Connections move with a router that points elsewhere now. */
const LIFETIME_SECONDS = 1_800;
/** How soon one more connection is tried where the database has refused it. */
const TRY_MORE_MS = 10_000;

/**
 * The connections of one process to its database, all of them to the primary. When none can be made, callers wait for
 * the connect time-out, which rides out a failover; after that, calls are refused at once until there is a connection
 * again. Where the database gives fewer than `poolSize`, callers wait for those that stand.
 */
export class Connections {
  readonly #pool: pg.Pool;
  readonly #limits: DatabaseLimits;
  readonly #clocks: ClockWatch;
  readonly #sessions = new WeakMap<pg.ClientBase, Session>();
  /** Those that were made and not given up; the pool counts those that are being made too. */
  readonly #standing = new Set<pg.ClientBase>();
  /** Why there are fewer than `poolSize`; null: nothing was refused. */
  #scarce: unknown = null;
  #growing = false;
  #down: unknown = null;
  /** Where the first connection found its tables, and each after it has to. */
  #schema: string | null = null;
  #closed = false;
  /** Asked before anybody gets a connection: what is to be waited for, or null. It may throw. */
  guard: () => Promise<void> | null = () => null;
  #onConnected = () => {};

  private constructor(config: pg.PoolConfig, limits: DatabaseLimits, clocks: ClockWatch) {
    this.#clocks = clocks;
    this.#limits = limits;
    this.#pool = new pg.Pool({ ...config, onConnect: (client) => this.#admit(client) });
    // Without a listener, a connection that ends while it is unused would end the process.
    this.#pool.on('error', (_error, client) => this.#standing.delete(client));
    this.#pool.on('connect', (client) => client.on('error', () => {}));
    this.#pool.on('remove', (client) => this.#standing.delete(client));
    this.#pool.on('release', (error, client) => {
      if (error) this.#standing.delete(client);
    });
  }

  /** Makes the first connection too. @throws what kept it from it, when that lasts for the connect time-out */
  static async open(
    address: DatabaseAddress,
    limits: DatabaseLimits,
    clocks: ClockWatch = new ClockWatch({ clock: Date.now, onNotice: () => {} }),
  ): Promise<Connections> {
    const ssl = await negotiatedTls(address, limits);
    return new Connections({ ...clientConfig(address, limits, ssl), ...poolConfig(limits) }, limits, clocks);
  }

  /** A connection for the caller alone, to be given back with `release`; its answers may take `withinMs`. */
  async acquire(withinMs = this.#limits.statementTimeoutMs): Promise<Session> {
    const guarded = this.guard();
    if (guarded !== null) await guarded;
    return this.acquireUnguarded(withinMs);
  }

  /** Likewise, for what the guard itself does. */
  async acquireUnguarded(withinMs = this.#limits.statementTimeoutMs): Promise<Session> {
    if (this.#down !== null) throw this.#down;
    const deadline = performance.now() + this.#limits.connectTimeoutMs;
    for (let failures = 0; ; failures++) {
      try {
        return this.#session(await this.#pool.connect(), withinMs);
      } catch (error) {
        if (this.#closed) throw error;
        const pause = backOff(failures);
        const isLate = performance.now() + pause > deadline;
        if (this.#makeDo(error)) {
          if (isLate) throw this.#scarce ?? error;
          // Queues for one of those that stand.
          continue;
        }
        if (isLate || isRefusal(error)) {
          this.#goDown(error);
          throw error;
        }
        await sleep(pause);
        if (this.#down !== null) throw this.#down;
      }
    }
  }

  /** Has `listener` called after each new connection. */
  onConnected(listener: () => void): void {
    this.#onConnected = listener;
  }

  /** As many as there may be. */
  get size(): number {
    return this.#limits.poolSize;
  }

  figures(): PoolFigures {
    const { totalCount, idleCount, waitingCount } = this.#pool;
    return { size: totalCount, idle: idleCount, waiting: waitingCount };
  }

  async close(): Promise<void> {
    this.#closed = true;
    await this.#pool.end();
  }

  /** What is done with a new connection before anybody gets it. Rejects when it is not to be used. */
  async #admit(client: pg.ClientBase): Promise<void> {
    const session = this.#session(client as pg.PoolClient, this.#limits.connectTimeoutMs);
    this.#schema = await session.admit(this.#limits, this.#schema);
    this.#standing.add(client);
    this.#down = null;
    // Where one more could be made, the next one may be too.
    this.#allowMore();
    this.#onConnected();
  }

  #session(client: pg.PoolClient, withinMs: number): Session {
    const session = this.#sessions.get(client) ?? new Session(client, 0, this.#clocks);
    this.#sessions.set(client, session);
    session.withinMs = withinMs + GRACE_MS;
    return session;
  }

  /**
   * Whether connections stand although none could be had: as many as these, and no more, are then what the pool holds,
   * so that callers queue for them in place of trying for more.
   */
  #makeDo(error: unknown): boolean {
    const { options, totalCount } = this.#pool;
    const standing = Math.min(this.#standing.size, totalCount);
    if (standing === 0) {
      options.max = this.#limits.poolSize;
      return false;
    }
    // All that it may hold stand: nothing was refused, and they are in use.
    if (standing >= options.max) return true;
    options.max = standing;
    this.#scarce = error;
    void this.#growAgain();
    return true;
  }

  #allowMore(): void {
    const { options } = this.#pool;
    options.max = Math.min(options.max + 1, this.#limits.poolSize);
  }

  /** One more every now and then, until there may be as many as were asked for. */
  async #growAgain(): Promise<void> {
    if (this.#growing) return;
    this.#growing = true;
    while (!this.#closed && this.#pool.options.max < this.#limits.poolSize) {
      await sleep(TRY_MORE_MS, undefined, { ref: false });
      if (this.#closed) return;
      this.#allowMore();
      await this.#pool.connect().then(
        (client) => client.release(),
        (error) => this.#makeDo(error),
      );
    }
    this.#scarce = null;
    this.#growing = false;
  }

  #goDown(error: unknown): void {
    if (this.#closed || this.#down !== null) return;
    this.#down = error;
    void this.#comeBack();
  }

  async #comeBack(): Promise<void> {
    for (let failures = 4; !this.#closed; failures++) {
      await sleep(backOff(failures), undefined, { ref: false });
      try {
        if (this.#closed || this.#down === null) return;
        (await this.#pool.connect()).release();
        return;
      } catch (error) {
        this.#down = error;
      }
    }
  }
}

/** Twice as long each time, and for each process another one, so that they do not all come back at once. */
function backOff(failures: number): number {
  const longest = Math.min(FIRST_RETRY_MS * 2 ** failures, MAX_RETRY_MS);
  return longest * (0.5 + Math.random() / 2);
}

function clientConfig(
  { host, port, user, password, database, applicationName }: DatabaseAddress,
  { connectTimeoutMs }: DatabaseLimits,
  ssl: pg.ClientConfig['ssl'],
): pg.ClientConfig {
  return {
    host,
    port,
    database,
    ...(user === undefined ? {} : { user }),
    ...(password === undefined ? {} : { password }),
    application_name: applicationName,
    ssl,
    connectionTimeoutMillis: connectTimeoutMs,
    keepAlive: true,
    keepAliveInitialDelayMillis: 10_000,
    types: { getTypeParser },
  } as pg.ClientConfig;
}

function poolConfig({ poolSize }: DatabaseLimits): pg.PoolConfig {
  return {
    min: MIN_CONNECTIONS,
    max: poolSize,
    idleTimeoutMillis: IDLE_MS,
    maxLifetimeSeconds: LIFETIME_SECONDS,
  };
}

/** With `prefer`, what the server says when it is asked for TLS; waits for a server that is not up yet. */
async function negotiatedTls(
  address: DatabaseAddress,
  limits: DatabaseLimits,
): Promise<pg.ClientConfig['ssl']> {
  const wanted =
    address.tls === 'off' ? false : address.tls === 'prefer' ? { rejectUnauthorized: false } : address.tls;
  const deadline = performance.now() + limits.connectTimeoutMs;
  let ssl: pg.ClientConfig['ssl'] = wanted;
  for (let failures = 0; ; failures++) {
    const client = new pg.Client(clientConfig(address, limits, ssl));
    client.on('error', () => {});
    try {
      await client.connect();
      await client.end();
      return ssl;
    } catch (error) {
      void client.end().catch(() => {});
      if (
        address.tls === 'prefer' &&
        ssl !== false &&
        /does not support SSL/.test((error as Error).message)
      ) {
        ssl = false;
        continue;
      }
      const pause = backOff(failures);
      if (isRefusal(error) || performance.now() + pause > deadline) throw error;
      await sleep(pause);
    }
  }
}

/**
 * What waiting does not fix: a wrong password, no such database, a certificate that does not hold. A pooler tells
 * it in words alone, under one code for everything.
 */
function isRefusal(error: unknown): boolean {
  if (error instanceof UnfitSessionError) return true;
  const { code = '', message = '' } = error as { code?: string; message?: string };
  return (
    /^(28|3D)/.test(code) ||
    /^(CERT|DEPTH|SELF_SIGNED|UNABLE|ERR_TLS|ERR_SSL)/.test(code) ||
    /does not support SSL|authentication failed/.test(message)
  );
}
