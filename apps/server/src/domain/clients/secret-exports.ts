import { type OtpRecord, writeKanda } from '@kanda/formats';
import { Fault } from '../errors.ts';
import type { Principal } from '../keys/bearers.ts';
import type { Store } from '../store.ts';

/** Whether secrets can be exported over HTTP. Unset by the operator: as long as there is one account. */
export type SecretExportMode = 'on' | 'off' | 'with one account';

/** Encrypts lines so that only one recipient can read them. */
export type Seal = (lines: AsyncIterable<string>) => Promise<ReadableStream<Uint8Array>>;

type ExportStore = Pick<Store, 'countAccounts' | 'findOwnAuthenticator'>;

/**
 * Who may take secrets out over HTTP. The scope is not enough: a login token has every scope, and a stolen one must not
 * be a copy of all phones. So a log-in has to have shown a second factor, and a key was given the scope by such a log-in.
 */
export class SecretExports {
  readonly mode: SecretExportMode;
  /** null: the text is no recipient. */
  readonly sealTo: (recipient: string) => Seal | null;
  readonly #store: ExportStore;
  /** Accounts are not deleted, so two are there for good. */
  #hasSeveralAccounts = false;

  constructor(mode: SecretExportMode, store: ExportStore, sealTo: (recipient: string) => Seal | null) {
    this.mode = mode;
    this.sealTo = sealTo;
    this.#store = store;
  }

  /** Faults: secret_export_off, second_factor_required. */
  async assertMayExport(principal: Principal): Promise<void> {
    await this.#assertOn();
    if (principal.sessionId !== null) await this.#assertSecondFactor(principal);
  }

  /** For giving the scope to a key. Faults: secret_export_off, login_required, second_factor_required. */
  async assertMayGrant(principal: Principal): Promise<void> {
    await this.#assertOn();
    if (principal.sessionId === null) {
      throw new Fault(
        'login_required',
        'Only a log-in may give totp:export to a key, with a token from POST /api/auth/login: no API key and no token of one.',
      );
    }
    await this.#assertSecondFactor(principal);
  }

  async #assertOn(): Promise<void> {
    if (this.mode === 'on') return;
    if (this.mode === 'off') throw off('Its operator has set KANDA_SECRET_EXPORT=off.');
    this.#hasSeveralAccounts ||= (await this.#store.countAccounts()) > 1;
    if (!this.#hasSeveralAccounts) return;
    throw off('It has several accounts, and its operator has not set KANDA_SECRET_EXPORT=on.');
  }

  /** Turning the second factor on ends all other log-ins, so each that is left has shown it. */
  async #assertSecondFactor({ account }: Principal): Promise<void> {
    const own = await this.#store.findOwnAuthenticator(account.test?.liveId ?? account.id);
    if (own?.active === true) return;
    throw new Fault(
      'second_factor_required',
      'Secrets are exported only by a log-in with a second factor. Turn two-factor login on, with POST /api/auth/two-factor or in the settings of the dashboard.',
    );
  }
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
