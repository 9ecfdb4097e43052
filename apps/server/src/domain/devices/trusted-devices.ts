import type { Account } from '../accounts/account.ts';
import type { Change } from '../change.ts';
import { withResult } from '../idempotency/idempotency.ts';
import type { Secret } from '../secret.ts';
import type { Store } from '../store.ts';
import { deviceExpiry } from './device.ts';
import type { DeviceTokens, DeviceVerdict, TrustVerdict } from './ports.ts';

type Owner = Pick<Account, 'id' | 'publicId'>;
type WithToken<V extends { readonly valid: boolean }> =
  | (Extract<V, { valid: true }> & { readonly token: Secret<string> })
  | Extract<V, { valid: false }>;

/** A verdict on a code; an accepted one has the first token of the device that is trusted from here on. */
export type TrustedVerdict = WithToken<TrustVerdict>;
/** A verdict on a device's token; an accepted one has the token to send next. */
export type UsedVerdict = WithToken<DeviceVerdict>;

/** Browsers in which a user need not show a code each time. */
export class TrustedDevices {
  readonly #store: Pick<Store, 'trustDevice' | 'useDevice'>;
  readonly #tokens: DeviceTokens;

  constructor(store: Pick<Store, 'trustDevice' | 'useDevice'>, tokens: DeviceTokens) {
    this.#store = store;
    this.#tokens = tokens;
  }

  /**
   * Judges a code and, when it is right, trusts the browser that it came from. Faults: trusted_devices_off,
   * client_not_found, totp_code_malformed, secret_unreadable.
   *
   * @param days from `MIN_DEVICE_DAYS` to `MAX_DEVICE_DAYS`
   */
  async trust(
    account: Owner,
    clientId: string,
    code: string,
    { label, days }: { readonly label: string; readonly days: number },
    change: Change,
  ): Promise<TrustedVerdict> {
    const { id, mac, token } = this.#tokens.create({ account, clientId });
    const device = { id, mac, label, expiresAt: deviceExpiry(change.at, days) };
    const shown = (verdict: TrustVerdict): TrustedVerdict =>
      verdict.valid ? { ...verdict, token } : verdict;
    const attempt = { accountId: account.id, clientId, code, device };
    return shown(await this.#store.trustDevice(attempt, withResult(change, shown)));
  }

  /** Judges what a browser sent in place of a code. Faults: client_not_found, secret_unreadable. */
  async use(account: Owner, clientId: string, text: Secret<string>, change: Change): Promise<UsedVerdict> {
    const read = this.#tokens.read({ account, clientId }, text);
    const attempt = { accountId: account.id, clientId, presented: read?.presented ?? null };
    // What follows a token is known from the token: all who send the same one at once get the same one back.
    const shown = (verdict: DeviceVerdict): UsedVerdict => {
      if (!verdict.valid) return verdict;
      if (read === null) throw new TypeError('the store accepted a token that is none');
      return { ...verdict, token: read.next };
    };
    return shown(await this.#store.useDevice(attempt, withResult(change, shown)));
  }
}
