import { Kysely, PostgresAdapter, PostgresDialect } from 'kysely';
import pg from 'pg';
import type { Schema } from '../schema.ts';
import type { ClockWatch } from './clock-watch.ts';
import type { DatabaseLimits } from './connections.ts';
import { type Answered, Exchange, PreparedStatements, type Statement } from './exchange.ts';
import {
  assertSameSchema,
  isTimedOut,
  LOOK,
  readFitness,
  setForSession,
  timeoutTooShort,
  UnfitSessionError,
} from './session-settings.ts';

/** How long it holds that a connection leads to the primary. As long as what a node remembers of a bearer. */
const ASKED_AGAIN_MS = 1_000;

/** The server at the other end only follows another: it takes no writes, and what it shows may be old. */
export class StandbyError extends Error {
  override readonly name = 'StandbyError';

  constructor(cause?: unknown) {
    super(
      'the server is a standby (in recovery), and Kanda needs the primary: see where the URL or the router leads',
      {
        cause,
      },
    );
  }
}

/** A connection that is one caller's from `acquire` to `release`. */
export class Session {
  readonly db: Kysely<Schema>;
  /** Compares the clocks at each transaction. */
  readonly clocks: ClockWatch;
  /** How long one answer may take. */
  withinMs: number;
  readonly #client: pg.PoolClient;
  readonly #prepared = new PreparedStatements();
  #primaryAt = Number.NEGATIVE_INFINITY;
  /** Only where it is known that no pooler stands between: behind one, each transaction may be another process'. */
  #prepares = false;
  #doubts: string[] = [];
  /** Where its statements find their tables; one for all connections of a process. */
  #schema: string | null = null;
  #broken = false;
  /** Something was refused since it was acquired. The word that a transaction is open may come after that. */
  #failed = false;

  constructor(client: pg.PoolClient, withinMs: number, clocks: ClockWatch) {
    this.clocks = clocks;
    this.#client = client;
    this.withinMs = withinMs;
    client.on('notice', ({ code = '', message }) => {
      // Words and severity come in the language of the server's messages; the code is the same in each.
      if (!code.startsWith('00')) this.#doubts.push(`${code} ${message}`);
    });
    const pooled = {
      connect: async () => ({
        query: (text: string, values: readonly unknown[]) =>
          this.#timed(client.query(text, values as unknown[])),
        release: () => {},
      }),
      end: async () => {},
    };
    this.db = new Kysely<Schema>({ dialect: new InTransactionDialect({ pool: pooled as never }) });
  }

  /** Sends statements in one round trip. Rejects with what the first of them that failed said. */
  exchange(statements: readonly Statement[]): Promise<readonly Answered[]> {
    const exchange = new Exchange(statements, this.#prepares ? this.#prepared : null);
    this.#client.query(exchange);
    return this.#timed(exchange.answer);
  }

  /** To learn which process has answered (`pg_backend_pid`). */
  answeredBy(processId: string | null): void {
    this.#prepares = String(this.peer.processId) === processId;
    if (!this.#prepares) this.#prepared.distrust();
  }

  /** Whether nothing is between this connection and the server, so that what is set for the session stays. */
  get isDirect(): boolean {
    return this.#prepares;
  }

  /**
   * What is done with a new connection before it is used: settings that would change an answer are made what they have
   * to be, or refused. `schema` is where the tables are, if that is known. Gives the schema.
   *
   * @throws {StandbyError} or {@link UnfitSessionError}; the connection is given up then
   */
  async admit(
    { statementTimeoutMs, lockTimeoutMs }: Pick<DatabaseLimits, 'statementTimeoutMs' | 'lockTimeoutMs'>,
    schema: string | null,
  ): Promise<string> {
    this.#schema = schema;
    await this.#look().catch((error) => {
      throw isTimedOut(error) ? timeoutTooShort(error) : error;
    });
    if (this.isDirect) await this.exchange([setForSession(statementTimeoutMs, lockTimeoutMs)]);
    return this.#schema ?? '';
  }

  /**
   * Rejects, and gives the connection up, when a standby answers on it, whose rows may be old: a key that was revoked
   * would be valid there. Once known, it is asked again after a second: behind a pooler or a router that goes elsewhere,
   * the same connection may lead to another server, or to a session with other settings.
   */
  async assertPrimary(): Promise<void> {
    if (performance.now() - this.#primaryAt >= ASKED_AGAIN_MS) await this.#look();
  }

  async #look(): Promise<void> {
    const asked = performance.now();
    const [answer] = await this.exchange([LOOK]);
    try {
      const fitness = readFitness(answer?.rows[0] ?? []);
      if (fitness.isStandby) throw new StandbyError();
      this.answeredBy(fitness.processId);
      // Reads are no transactions of their own, and behind a pooler nothing can be set for them.
      if (!this.isDirect && fitness.misfit !== null) throw new UnfitSessionError(fitness.misfit);
      this.#schema ??= fitness.schema;
      assertSameSchema(fitness, this.#schema);
    } catch (error) {
      this.#broken = true;
      throw error;
    }
    this.#primaryAt = asked;
  }

  /** What the server said since this was last asked that is no success: its SQLSTATE and its words. */
  takeDoubts(): readonly string[] {
    return this.#doubts.splice(0);
  }

  /** The process that this connection was said to lead to, and whether the way to it is encrypted. */
  get peer(): { readonly processId: number | null; readonly encrypted: boolean } {
    const { processID, connection } = this.#client as unknown as pg.Client & {
      processID: number | null;
      connection: pg.Connection;
    };
    return { processId: processID, encrypted: 'encrypted' in connection.stream };
  }

  /** Gives the connection back, undoing what is open; one that may not be fit for others is closed. */
  async release(): Promise<void> {
    if (!this.#broken && (this.#failed || this.#isInTransaction())) {
      this.#failed = false;
      await this.exchange([{ text: 'rollback' }]).catch(() => {
        this.#broken = true;
      });
    }
    this.#client.release(this.#broken);
  }

  /** Closes the connection in place of giving it back. */
  discard(): void {
    this.#broken = true;
  }

  #isInTransaction(): boolean {
    return this.#client.getTransactionStatus() !== 'I';
  }

  /** A socket without answers, as after a cut, must not hold its callers for ever. */
  async #timed<T>(answer: Promise<T>): Promise<T> {
    const timer = setTimeout(() => {
      this.#broken = true;
      const { connection } = this.#client as unknown as pg.Client & { connection: pg.Connection };
      connection.stream.destroy(new Error(`the database did not answer within ${this.withinMs} ms`));
    }, this.withinMs);
    try {
      return await answer;
    } catch (error) {
      this.#failed = true;
      if (isConnectionLost(error) || !(error instanceof pg.DatabaseError)) this.#broken = true;
      throw error;
    } finally {
      clearTimeout(timer);
    }
  }
}

/** Kysely inside a transaction that is begun and committed elsewhere; the owner of that transaction holds the locks too. */
class InTransactionDialect extends PostgresDialect {
  override createAdapter(): PostgresAdapter {
    return new LockedAdapter();
  }
}

class LockedAdapter extends PostgresAdapter {
  override get supportsTransactionalDdl(): boolean {
    return false;
  }

  override async acquireMigrationLock(): Promise<void> {}
  override async releaseMigrationLock(): Promise<void> {}
}

/** The connection is gone or going, or leads to a server that does not take writes (any more). */
export function isConnectionLost(error: unknown): boolean {
  if (error instanceof StandbyError) return true;
  if (error instanceof pg.DatabaseError) return /^(08|57P0)|^25(006|P03|P04)$/.test(error.code ?? '');
  const { syscall, message } = error as NodeJS.ErrnoException;
  return syscall !== undefined || /^(Connection|Client) |did not answer/.test(message ?? '');
}
