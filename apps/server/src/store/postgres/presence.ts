import { randomBytes } from 'node:crypto';
import { hostname } from 'node:os';
import { storeOfNewerVersion, storeUnavailable } from '../../domain/errors.ts';
import { MIGRATION_NAMES } from '../migrations/index.ts';
import { phaseOf } from '../migrations/phases.ts';
import type { Connections } from './connections.ts';
import type { Statement } from './exchange.ts';
import { PRESENT_MS, SERVER_ROW, SERVERS_LOCK } from './servers.ts';
import { isConnectionLost, type Session } from './session.ts';
import { begin, commit } from './transaction.ts';
import { Trust } from './trust.ts';

/** How long this process goes on after the database last knew of it: less than the row lasts there. */
const TRUSTED_MS = 10_000;
const RENEW_EVERY_MS = 3_000;
/** Waiting for a migration that does not let this process go on ends sooner than its calls do. */
const QUICK = { statementTimeoutMs: 3_000, lockTimeoutMs: 2_000 };
const FORGOTTEN_AFTER_MS = 60 * 60 * 1000;

const NOW = '(extract(epoch from clock_timestamp()) * 1000)::bigint';
const ENTER = `insert into lease (name, holder, fence, expires_at) values ($1, $2, 0, ${NOW} + $3::bigint)
  on conflict (name) do update set expires_at = excluded.expires_at`;
const FORGET = `delete from lease where starts_with(name, $1) and expires_at < ${NOW} - $2::bigint`;

/**
 * Tells the database, every few seconds, that this process is at work and which migrations it knows. A migration that
 * would make it wrong is not begun while that is known (servers.ts). A process that could not say so for a while, as one
 * that was frozen or cut off, does nothing more before it has said so again, and learns by that whether the tables are
 * still those that it knows. So it needs no look at each of its transactions.
 */
export class Presence {
  /** This process, as it is shown to the operator; no other has this name. */
  readonly holder = `${hostname()}/${process.pid}/${randomBytes(4).toString('hex')}`;
  readonly #connections: Connections;
  readonly #onNotice: (message: string) => void;
  readonly #trust = new Trust();
  #renewal: Promise<void> | null = null;
  #timer: NodeJS.Timeout | null = null;
  /** Unknown migrations that were found at last. */
  #newer = '';
  /** Those of them that this version cannot serve beside. */
  #tooNew: readonly string[] = [];

  constructor(connections: Connections, onNotice: (message: string) => void) {
    this.#connections = connections;
    this.#onNotice = onNotice;
  }

  /**
   * Enters this process within a transaction that holds the lock of migrations, and has looked at the tables. From here
   * on no connection is given to anybody while this process may not be known.
   */
  async enter(session: Session): Promise<void> {
    const asked = this.#trust.now();
    const values = [SERVER_ROW, String(FORGOTTEN_AFTER_MS)];
    await session.exchange([{ text: FORGET, values }, this.#entering()]);
    this.#trust.begin(asked);
    this.#connections.guard = () => this.#assure();
    this.#timer = setInterval(() => {
      // What fails is tried again, at the latest by the first call that finds it missing.
      this.#renewed().catch(() => {});
    }, RENEW_EVERY_MS);
    this.#timer.unref();
  }

  /** Ends the renewals, and lets migrations go on at once. */
  async leave(): Promise<void> {
    if (!this.#trust.hasBegun) return;
    if (this.#timer !== null) clearInterval(this.#timer);
    this.#connections.guard = () => null;
    await this.#renewal?.catch(() => {});
    // Where that fails, the row runs out.
    await this.#transaction([{ text: 'delete from lease where name = $1', values: [this.#row] }]).catch(
      () => {},
    );
  }

  /** null: it is known, and the tables are fit. @throws {Fault} when they are not */
  #assure(): Promise<void> | null {
    if (!this.#trust.holdsFor(TRUSTED_MS)) return this.#renewed();
    if (this.#tooNew.length > 0) throw storeOfNewerVersion(this.#tooNew);
    return null;
  }

  /** @throws {Fault} when that could not be had, or the tables are of a newer version */
  async #renewed(): Promise<void> {
    this.#renewal ??= this.#renew().finally(() => {
      this.#renewal = null;
    });
    await this.#renewal;
    if (this.#tooNew.length > 0) throw storeOfNewerVersion(this.#tooNew);
  }

  async #renew(): Promise<void> {
    const asked = this.#trust.now();
    try {
      const [, found] = await this.#transaction([
        // Waits for a migration that does not let this process go on, so that the next statement sees it.
        { text: 'select pg_advisory_xact_lock_shared($1::bigint)', values: [String(SERVERS_LOCK)] },
        {
          text: 'select name from kysely_migration where name <> all (string_to_array($1, chr(44)))',
          values: [MIGRATION_NAMES.join(',')],
        },
        this.#entering(),
      ]);
      this.#note((found?.rows ?? []).map(([name]) => name ?? ''));
    } catch (error) {
      throw storeUnavailable(error);
    }
    this.#trust.begin(asked);
  }

  #note(newer: readonly string[]): void {
    this.#tooNew = newer.filter((name) => phaseOf(name) !== 'expand');
    const all = newer.join(', ');
    if (all === this.#newer) return;
    this.#newer = all;
    if (all === '') return;
    this.#onNotice(
      this.#tooNew.length > 0
        ? `A newer version of Kanda has changed the tables (${all}), so this server answers nothing any more. Stop it, and start the newer version.`
        : `A newer version of Kanda has added to the tables (${all}). This server goes on beside it.`,
    );
  }

  get #row(): string {
    return SERVER_ROW + this.holder;
  }

  #entering(): Statement {
    return { text: ENTER, values: [this.#row, MIGRATION_NAMES.at(-1) ?? '', String(PRESENT_MS)] };
  }

  async #transaction(statements: readonly Statement[]) {
    for (let repeats = 0; ; repeats++) {
      const session = await this.#connections.acquireUnguarded();
      try {
        const answers = await begin(session, QUICK, statements);
        await commit(session);
        return answers;
      } catch (error) {
        // A connection that was idle may have ended with the server it led to; what is done here may be done twice.
        if (!isConnectionLost(error) || repeats >= this.#connections.size) throw error;
      } finally {
        await session.release();
      }
    }
  }
}
