import { INSTALLATION_ACCOUNT, type Mode, modeOf } from '../accounts/account.ts';
import type { IssuedToken } from '../accounts/accounts.ts';
import { type Change, changeIn } from '../change.ts';
import { withResult } from '../idempotency/idempotency.ts';
import type { AccountQuotas } from '../limits/account-quotas.ts';
import type { Secret } from '../secret.ts';
import type { Store } from '../store.ts';
import type { ApiKey, ApiKeyCredential } from './api-key.ts';
import { type Bearers, keyInvalid } from './bearers.ts';
import type { ApiKeyTexts, TokenIssuer } from './ports.ts';
import type { Scope } from './scopes.ts';

export interface ApiKeyRequest {
  readonly accountId: number;
  readonly name: string;
  readonly scopes: readonly Scope[];
  /** ms since the epoch; null: never. */
  readonly expiresAt: number | null;
}

type ApiKeysStore = Pick<
  Store,
  'createApiKey' | 'findApiKey' | 'recordEvent' | 'revokeApiKey' | 'touchApiKey'
>;

/** Makes, exchanges and revokes API keys. */
export class ApiKeys {
  readonly #store: ApiKeysStore;
  readonly #texts: ApiKeyTexts;
  readonly #tokens: TokenIssuer;
  readonly #bearers: Bearers;
  readonly #quotas: AccountQuotas;

  constructor(
    store: ApiKeysStore,
    texts: ApiKeyTexts,
    tokens: TokenIssuer,
    bearers: Bearers,
    quotas: AccountQuotas,
  ) {
    this.#store = store;
    this.#texts = texts;
    this.#tokens = tokens;
    this.#bearers = bearers;
    this.#quotas = quotas;
  }

  /** The key's text is in the answer and nowhere else. Faults: those of quotas. */
  async create(request: ApiKeyRequest, change: Change): Promise<{ key: ApiKey; text: Secret<string> }> {
    await this.#quotas.assertWithin(request.accountId, change);
    const { id, text, mac } = this.#texts.create(change.offsetMs === undefined ? 'live' : 'test');
    const mostKeys = this.#quotas.of(change).keys;
    const shown = withResult(change, (key: ApiKey) => ({ key, text }));
    const key = await this.#store.createApiKey({ id, mac, mostKeys, ...request }, shown);
    return { key, text };
  }

  /** Stops working here at once, on other nodes within two seconds. Faults: key_not_found. */
  async revoke(accountId: number, id: string, change: Change): Promise<void> {
    await this.#store.revokeApiKey(accountId, id, change);
    this.#bearers.forgetAccount(accountId);
  }

  /** The id that a text claims to be of, whether or not there is such a key; null: not a key's text. */
  claimedId(text: string): string | null {
    return this.#texts.parse(text)?.id ?? null;
  }

  /**
   * Trades a key for a token of the same scopes; that of a test key ends by the clock of its half. Recorded, also when
   * refused. Faults: key_invalid, event_quota_exceeded.
   *
   * @param asked by the server's clock
   */
  async exchange(text: Secret<string>, asked: Change): Promise<IssuedToken & { readonly mode: Mode }> {
    const key = this.#texts.parse(text.reveal());
    const found = key === null ? null : await this.#store.findApiKey(key.id);
    const credential = found !== null && key !== null && this.#texts.matches(key, found.mac) ? found : null;
    const change = found === null ? asked : changeIn(found.account, asked);
    if (credential !== null) this.#quotas.assertMayWrite(credential.account, change.at);
    if (credential === null || (credential.expiresAt !== null && change.at >= credential.expiresAt)) {
      await this.#record(found, change, 'key_invalid');
      throw keyInvalid();
    }
    const { token, expiresIn } = await this.#tokens.issue(
      {
        accountPublicId: credential.account.publicId,
        holder: { keyId: credential.id, credentialVersion: credential.account.credentialVersion },
        scopes: credential.scopes,
      },
      change.at,
    );
    await this.#record(credential, change, null);
    return { token, expiresInSeconds: expiresIn, mode: modeOf(credential.account) };
  }

  async #record(
    key: ApiKeyCredential | null,
    { at, origin, offsetMs }: Change,
    reason: string | null,
  ): Promise<void> {
    await this.#store.recordEvent(key?.accountId ?? INSTALLATION_ACCOUNT, {
      event: 'token.issued',
      outcome: reason === null ? 'success' : 'failure',
      reason,
      clientId: null,
      at,
      ...(offsetMs === undefined ? {} : { offsetMs }),
      // A wrong secret behind a real id names the key that is being attacked, but the caller is unknown.
      origin: { ...origin, actor: reason === null && key !== null ? `key:${key.id}` : 'anonymous' },
    });
    if (reason === null && key !== null) await this.#store.touchApiKey(key.accountId, key.id, at);
  }
}
