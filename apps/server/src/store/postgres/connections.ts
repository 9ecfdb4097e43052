import { setTimeout as sleep } from 'node:timers/promises';
import pg from 'pg';
import type { PoolFigures } from '../../domain/store-figures.ts';
import type { DatabaseAddress } from './database-url.ts';
import { bytesOf } from './exchange.ts';
import { Session } from './session.ts';

/** How Kanda uses a database; all times in ms. */
export interface DatabaseLimits {
  /** Connections that this process opens at most. */
  readonly poolSize: number;
  /** How long a call waits for a connection before it is told 503. */
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
const LONGEST_RETRY_MS = 2_000;
const IDLE_MS = 30_000;
/** Connections move with a router that points elsewhere now. */
const LIFETIME_SECONDS = 1_800;

const INT8 = 20;
const NUMERIC = 1700;
const BYTEA = 17;

/**
 * The connections of one process to its database. When none can be made, callers wait for the connect
 * time-out, which rides out a failover; after that, calls are told at once until a connection stands again.
 */
export class Connections {
  readonly #pool: pg.Pool;
  readonly #limits: DatabaseLimits;
  readonly #sessions = new WeakMap<pg.PoolClient, Session>();
  #down: unknown = null;
  #closed = false;

  private constructor(pool: pg.Pool, limits: DatabaseLimits) {
    this.#pool = pool;
    this.#limits = limits;
  }

  /** Makes the first connection too. @throws what kept it from it, when that lasts for the connect time-out */
  static async open(address: DatabaseAddress, limits: DatabaseLimits): Promise<Connections> {
    const ssl = await negotiatedTls(address, limits);
    const pool = new pg.Pool({ ...clientConfig(address, limits, ssl), ...poolConfig(limits) });
    // Without a listener, a connection that ends while nobody uses it would end the process.
    pool.on('error', () => {});
    pool.on('connect', (client) => client.on('error', () => {}));
    return new Connections(pool, limits);
  }

  /** A connection for the caller alone, to be given back with `release`; its answers may take `withinMs`. */
  async acquire(withinMs = this.#limits.statementTimeoutMs): Promise<Session> {
    if (this.#down !== null) throw this.#down;
    const deadline = performance.now() + this.#limits.connectTimeoutMs;
    for (let failures = 0; ; failures++) {
      try {
        return this.#session(await this.#pool.connect(), withinMs);
      } catch (error) {
        const pause = backOff(failures);
        const lasting = isRefusal(error) || performance.now() + pause > deadline;
        if (lasting || this.#closed) {
          this.#goDown(error);
          throw error;
        }
        await sleep(pause);
        if (this.#down !== null) throw this.#down;
      }
    }
  }

  figures(): PoolFigures {
    const { totalCount, idleCount, waitingCount } = this.#pool;
    return { size: totalCount, idle: idleCount, waiting: waitingCount };
  }

  async close(): Promise<void> {
    this.#closed = true;
    await this.#pool.end();
  }

  #session(client: pg.PoolClient, withinMs: number): Session {
    const session = this.#sessions.get(client) ?? new Session(client, 0);
    this.#sessions.set(client, session);
    session.withinMs = withinMs + GRACE_MS;
    return session;
  }

  #goDown(error: unknown): void {
    const isFull = this.#pool.totalCount >= this.#limits.poolSize;
    if (this.#closed || this.#down !== null || isFull) return;
    this.#down = error;
    void this.#comeBack();
  }

  async #comeBack(): Promise<void> {
    for (let failures = 4; !this.#closed; failures++) {
      await sleep(backOff(failures), undefined, { ref: false });
      try {
        if (this.#closed) return;
        (await this.#pool.connect()).release();
        this.#down = null;
        return;
      } catch (error) {
        this.#down = error;
      }
    }
  }
}

/** Twice as long each time, and for each process another one, so that they do not all come back at once. */
function backOff(failures: number): number {
  const longest = Math.min(FIRST_RETRY_MS * 2 ** failures, LONGEST_RETRY_MS);
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
  return { max: poolSize, idleTimeoutMillis: IDLE_MS, maxLifetimeSeconds: LIFETIME_SECONDS };
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
 * What waiting does not mend: a wrong password, no such database, a certificate that does not hold. A pooler tells
 * it in words alone, under one code for everything.
 */
function isRefusal(error: unknown): boolean {
  const { code = '', message = '' } = error as { code?: string; message?: string };
  return (
    /^(28|3D)/.test(code) ||
    /^(CERT|DEPTH|SELF_SIGNED|UNABLE|ERR_TLS|ERR_SSL)/.test(code) ||
    /does not support SSL|authentication failed/.test(message)
  );
}

/** Numbers as numbers, as SQLite gives them: nothing in the store reaches 2^53. Bytes as `Uint8Array`. */
function getTypeParser(oid: number, format?: 'text' | 'binary'): (text: string) => unknown {
  if (oid === INT8 || oid === NUMERIC) return toNumber;
  if (oid === BYTEA) return bytesOf;
  return pg.types.getTypeParser(oid, format as 'text');
}

function toNumber(text: string): number {
  const value = Number(text);
  if (Number.isInteger(value) && !Number.isSafeInteger(value)) {
    throw new RangeError(`the database holds ${text}, which is too large for what Kanda counts`);
  }
  return value;
}
