import { type OtpRecord, writeKanda } from '@kanda/formats';
import { Fault } from '../errors.ts';
import type { Principal } from '../keys/bearers.ts';
import type { Store } from '../store.ts';
import { type Clock, HOUR_MS, MINUTE_MS } from '../time.ts';

/** Whether secrets can be exported over HTTP. Unset by the operator: as long as there is one account. */
export type SecretExportMode = 'on' | 'off' | 'with one account';

/** Encrypts lines so that only one recipient can read them. */
export type Seal = (lines: AsyncIterable<string>) => Promise<ReadableStream<Uint8Array>>;

const FACTOR_AGE_HOURS = 72;

/**
 * How long an account's second factor must have been on. Someone with a stolen password alone can turn on one of their
 * own. That ends the owner's log-ins, keeps them out and is in the log: they have this long, a weekend, to notice and to
 * have the operator turn it off.
 */
export const MIN_FACTOR_AGE_MS = FACTOR_AGE_HOURS * HOUR_MS;

const LOGIN_AGE_MINUTES = 5;

/**
 * How old a log-in may be that begins an export, or gives a key the scope. A cookie or a token that was stolen is older,
 * or soon is: who has it alone has no password and no code to log in again.
 */
const MAX_LOGIN_AGE_MS = LOGIN_AGE_MINUTES * MINUTE_MS;

type ExportStore = Pick<Store, 'countAccounts' | 'findOwnAuthenticator'>;

/**
 * Who may take secrets out over HTTP. The scope is not enough: a login token has every scope, and a stolen one must not
 * be a copy of all phones. So a log-in has to have shown a second factor that has been on for a while, and to have shown it just
 * now. A key was given the scope by such a log-in, and has the use of it only as long as that factor, or another of that age, is on.
 */
export class SecretExports {
  readonly mode: SecretExportMode;
  /** null: the text is no recipient. */
  readonly sealTo: (recipient: string) => Promise<Seal | null>;
  readonly #store: ExportStore;
  /** The server's: that of a test half is set by its holder. */
  readonly #clock: Clock;

  constructor(
    mode: SecretExportMode,
    store: ExportStore,
    clock: Clock,
    sealTo: (recipient: string) => Promise<Seal | null>,
  ) {
    this.mode = mode;
    this.sealTo = sealTo;
    this.#store = store;
    this.#clock = clock;
  }

  /** Faults: secret_export_off, second_factor_required, recent_login_required. */
  async assertMayBegin(principal: Principal): Promise<void> {
    await this.assertMayGoOn(principal);
    this.#assertRecent(principal);
  }

  /** While an export is under way, which may take longer than a log-in is recent. Faults: secret_export_off, second_factor_required. */
  async assertMayGoOn(principal: Principal): Promise<void> {
    await this.#assertOn();
    await this.#assertSecondFactor(principal);
  }

  /** For giving the scope to a key. Faults: secret_export_off, login_required, second_factor_required, recent_login_required. */
  async assertMayGrant(principal: Principal): Promise<void> {
    await this.#assertOn();
    if (principal.sessionId === null) {
      throw new Fault(
        'login_required',
        'Only a log-in may give totp:export to a key, with a token from POST /api/auth/login: no API key and no token of one.',
      );
    }
    await this.#assertSecondFactor(principal);
    this.#assertRecent(principal);
  }

  /** The last of all, so that no one logs in again for what is refused then, too. */
  #assertRecent({ sessionBeganAt }: Principal): void {
    if (sessionBeganAt === null || this.#clock() <= sessionBeganAt + MAX_LOGIN_AGE_MS) return;
    throw new Fault(
      'recent_login_required',
      `This log-in is older than ${LOGIN_AGE_MINUTES} minutes. Exporting secrets needs a recent one: log in again with ` +
        'your password and a code, then repeat the call.',
    );
  }

  async #assertOn(): Promise<void> {
    if (this.mode === 'on') return;
    if (this.mode === 'off') throw off('Its operator has set KANDA_SECRET_EXPORT=off.');
    if ((await this.#store.countAccounts()) < 2) return;
    throw off('It has several accounts, and its operator has not set KANDA_SECRET_EXPORT=on.');
  }

  /** A test half is protected by the factor of the account that it is of. */
  async #assertSecondFactor({ account, sessionBeganAt }: Principal): Promise<void> {
    const own = await this.#store.findOwnAuthenticator(account.test?.liveId ?? account.id);
    const confirmedAt = own?.active === true ? own.confirmedAt : null;
    if (confirmedAt === null) {
      throw factorRequired(
        `Secrets are exported only while two-factor login is on, and has been for ${FACTOR_AGE_HOURS} hours. Turn it on, with ` +
          'POST /api/auth/two-factor or in the settings of the dashboard.',
      );
    }
    const possibleFrom = confirmedAt + MIN_FACTOR_AGE_MS;
    if (this.#clock() < possibleFrom) {
      throw factorRequired(
        `Secrets can be exported from ${new Date(possibleFrom).toISOString()} on, by a log-in that showed the second ` +
          `factor: two-factor login must have been on for ${FACTOR_AGE_HOURS} hours. Turning it off and on starts this anew.`,
      );
    }
    // Turning it on ended all other log-ins, so those that began later have shown it.
    if (sessionBeganAt !== null && sessionBeganAt <= confirmedAt) {
      throw factorRequired(
        `This log-in began before two-factor login was turned on, at ${new Date(confirmedAt).toISOString()}, so it has not ` +
          'shown the second factor. Log in again, with a code.',
      );
    }
  }
}

function factorRequired(detail: string): Fault {
  return new Fault('second_factor_required', detail);
}

function off(why: string): Fault {
  return new Fault(
    'secret_export_off',
    `This server gives no secrets away over HTTP. ${why} The operator can export them with "kanda export".`,
  );
}

/** Lines of Kanda's own format. */
export async function* linesOf(records: AsyncIterable<OtpRecord>): AsyncGenerator<string> {
  for await (const record of records) yield writeKanda(record);
}
