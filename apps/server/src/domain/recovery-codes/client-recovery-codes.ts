import type { Account } from '../accounts/account.ts';
import type { Change } from '../change.ts';
import { withResult } from '../idempotency/idempotency.ts';
import type { Secret } from '../secret.ts';
import type { Store } from '../store.ts';
import { freshCodes } from './fresh-codes.ts';
import type { ClientRecoveryCodeTexts, RecoveryCodeVerdict } from './ports.ts';

export const DEFAULT_RECOVERY_CODES = 10;
export const MIN_RECOVERY_CODES = 5;
export const MAX_RECOVERY_CODES = 20;

type CodeOwner = Pick<Account, 'id' | 'publicId'>;

/** Recovery codes of clients: one-time codes for users who have lost their phone. */
export class ClientRecoveryCodes {
  readonly #store: Pick<Store, 'createClientRecoveryCodes' | 'useClientRecoveryCode'>;
  readonly #texts: ClientRecoveryCodeTexts;

  constructor(
    store: Pick<Store, 'createClientRecoveryCodes' | 'useClientRecoveryCode'>,
    texts: ClientRecoveryCodeTexts,
  ) {
    this.#store = store;
    this.#texts = texts;
  }

  /**
   * Replaces all codes by new ones, which are shown here and never again. Faults: client_not_found.
   *
   * @param count from `MIN_RECOVERY_CODES` to `MAX_RECOVERY_CODES`
   */
  async create(
    { id, publicId }: CodeOwner,
    clientId: string,
    count: number,
    change: Change,
  ): Promise<{ readonly codes: readonly Secret<string>[]; readonly generation: number }> {
    const { codes, macs } = freshCodes(
      count,
      () => this.#texts.create(),
      (code) => this.#texts.mac(publicId, clientId, code),
    );
    const shown = withResult(change, (generation: number) => ({ codes, generation }));
    const generation = await this.#store.createClientRecoveryCodes(id, clientId, macs, shown);
    return { codes, generation };
  }

  /**
   * Judges what a user typed, and uses it up when it is right. Faults: client_not_found, secret_unreadable.
   *
   * @param numbered whether the verdict says where the log has an accepted code
   */
  use(
    { id, publicId }: CodeOwner,
    clientId: string,
    typed: Secret<string>,
    change: Change,
    numbered = false,
  ): Promise<RecoveryCodeVerdict> {
    const mac = this.macOf({ publicId }, clientId, typed);
    return this.#store.useClientRecoveryCode({ accountId: id, clientId, mac, numbered }, change);
  }

  /** The MAC of what a user typed; null: it cannot be a code. */
  macOf({ publicId }: Pick<Account, 'publicId'>, clientId: string, typed: Secret<string>): Uint8Array | null {
    return this.#texts.mac(publicId, clientId, typed);
  }
}
