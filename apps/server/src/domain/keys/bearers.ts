import { type Account, timeIn } from '../accounts/account.ts';
import { sessionEnded } from '../accounts/security-faults.ts';
import { Fault } from '../errors.ts';
import type { Store } from '../store.ts';
import { CLOCKS_APART_MS } from '../time.ts';
import type { ApiKeyCredential } from './api-key.ts';
import type { ApiKeyTexts, KeyHolder, TokenIssuer, VerifiedToken } from './ports.ts';
import type { Scope } from './scopes.ts';

/** Who calls, once the bearer is known to be good. */
export interface Principal {
  readonly account: Account;
  /** null: a login, which may do everything. */
  readonly keyId: string | null;
  /** The log-in that calls; null: a key, or a token that a key was traded for. */
  readonly sessionId: string | null;
  /** When that log-in began (ms since the epoch, by the server's clock); null: no log-in. */
  readonly sessionBeganAt: number | null;
  readonly scopes: ReadonlySet<Scope>;
  /** When the key expires (ms since the epoch); null: never, or no key. */
  readonly keyExpiresAt: number | null;
  /** As the log shows it: `key:<id>` or `account:<id>`. */
  readonly actor: string;
}

interface Remembered {
  readonly principal: Principal;
  /** What the token says, its signature being checked; null for a key that was sent as the bearer. */
  readonly token: VerifiedToken | null;
  /** ms since the epoch; for a token its own end, for a key its expiry. */
  readonly endsAt: number;
  /** When the store last confirmed that key or session stand. */
  readonly checkedAt: number;
  /** A check that is under way, which all callers share. */
  checking: Promise<Principal> | null;
}

/**
 * How long a confirmation holds. A key revoked or a session ended on another node stops working here within
 * this time; on this node `forgetAccount` ends it at once.
 */
const RECHECK_AFTER_MS = 1_000;
const TOUCH_AFTER_MS = 60_000;
const MAX_REMEMBERED = 10_000;

type BearerStore = Pick<Store, 'findApiKey' | 'findSession' | 'touchApiKey' | 'touchSession'>;

/**
 * Tells who a bearer is. The costly part, checking a signature or a MAC, is remembered for as long as the
 * bearer lives; whether its key or session still stands is asked of the store again and again.
 */
export class Bearers {
  readonly #store: BearerStore;
  readonly #tokens: TokenIssuer;
  readonly #keys: ApiKeyTexts;
  readonly #remembered = new Map<string, Remembered>();
  /** Counts what was forgotten: a check that began before must not bring it back. */
  #forgotten = 0;

  constructor(store: BearerStore, tokens: TokenIssuer, keys: ApiKeyTexts) {
    this.#store = store;
    this.#tokens = tokens;
    this.#keys = keys;
  }

  /** The principal when nothing has to be asked or computed; the hot path costs one look-up. */
  recall(bearer: string, now: number): Principal | null {
    const entry = this.#remembered.get(bearer);
    if (entry === undefined || now >= entry.endsAt || now - entry.checkedAt >= RECHECK_AFTER_MS) return null;
    // A clock that stepped back must not stretch a confirmation.
    return now >= entry.checkedAt ? entry.principal : null;
  }

  /** Faults: token_invalid, token_expired, key_invalid, store_unavailable. */
  async identify(bearer: string, now: number): Promise<Principal> {
    const recalled = this.recall(bearer, now);
    if (recalled !== null) return recalled;
    const entry = this.#remembered.get(bearer);
    if (entry !== undefined && now < entry.endsAt) {
      entry.checking ??= this.#check(bearer, entry.token, now).finally(() => {
        entry.checking = null;
      });
      return entry.checking;
    }
    this.#remembered.delete(bearer);
    if (bearer.startsWith('kan_')) return this.#checkKey(bearer, now);
    return this.#checkToken(bearer, await this.#tokens.verify(bearer, now), now);
  }

  /** Ends what is remembered of an account: after a revoked key, an ended session or a changed password. */
  forgetAccount(accountId: number): void {
    this.#forgotten++;
    for (const [bearer, { principal }] of this.#remembered) {
      if (principal.account.id === accountId) this.#remembered.delete(bearer);
    }
  }

  /** Asks the store again whether a known bearer's key or session stands. */
  async #check(bearer: string, token: VerifiedToken | null, now: number): Promise<Principal> {
    try {
      return await (token === null ? this.#checkKey(bearer, now) : this.#checkToken(bearer, token, now));
    } catch (error) {
      // A store that cannot answer says nothing about the bearer; anything else ends it.
      if (!(error instanceof Fault && error.code === 'store_unavailable')) this.#remembered.delete(bearer);
      throw error;
    }
  }

  async #checkKey(text: string, now: number): Promise<Principal> {
    const forgotten = this.#forgotten;
    const key = this.#keys.parse(text);
    const credential = key === null ? null : await this.#store.findApiKey(key.id);
    if (key === null || credential === null || !this.#keys.matches(key, credential.mac)) throw keyInvalid();
    const at = timeIn(credential.account, now);
    if (!isCurrent(credential, at)) throw keyInvalid();
    const principal = this.#principalOfKey(credential, credential.scopes, at);
    const endsAt = credential.expiresAt ?? Number.POSITIVE_INFINITY;
    this.#remember(text, { principal, token: null, endsAt, checkedAt: now, checking: null }, forgotten);
    return principal;
  }

  async #checkToken(text: string, token: VerifiedToken, now: number): Promise<Principal> {
    const forgotten = this.#forgotten;
    const { holder } = token;
    const principal = await ('sessionId' in holder
      ? this.#principalOfLogin(token, holder.sessionId, now)
      : this.#principalOfExchange(token, holder, now));
    const { expiresAt: endsAt } = token;
    this.#remember(text, { principal, token, endsAt, checkedAt: now, checking: null }, forgotten);
    return principal;
  }

  async #principalOfLogin(token: VerifiedToken, sessionId: string, now: number): Promise<Principal> {
    assertOfItsTime(token, now);
    const { accountPublicId, scopes } = token;
    const session = await this.#store.findSession(accountPublicId, sessionId, now);
    if (session === null) throw sessionEnded();
    const { account, createdAt: sessionBeganAt, lastSeenAt } = session;
    this.#touch(lastSeenAt, now, () => this.#store.touchSession(accountPublicId, sessionId, now));
    const actor = `account:${account.publicId}`;
    return {
      account,
      keyId: null,
      sessionId,
      sessionBeganAt,
      scopes: new Set(scopes),
      keyExpiresAt: null,
      actor,
    };
  }

  async #principalOfExchange(
    token: VerifiedToken,
    { keyId, credentialVersion }: KeyHolder,
    now: number,
  ): Promise<Principal> {
    const key = await this.#store.findApiKey(keyId);
    const at = key === null ? now : timeIn(key.account, now);
    const stands =
      key !== null &&
      key.account.publicId === token.accountPublicId &&
      key.account.credentialVersion === credentialVersion &&
      isCurrent(key, at);
    if (!stands) throw tokenEnded();
    assertOfItsTime(token, at);
    return this.#principalOfKey(key, token.scopes, at);
  }

  #principalOfKey(key: ApiKeyCredential, scopes: readonly Scope[], now: number): Principal {
    this.#touch(key.lastUsedAt, now, () => this.#store.touchApiKey(key.accountId, key.id, now));
    return {
      account: key.account,
      keyId: key.id,
      sessionId: null,
      sessionBeganAt: null,
      scopes: new Set(scopes),
      keyExpiresAt: key.expiresAt,
      actor: `key:${key.id}`,
    };
  }

  #remember(bearer: string, entry: Remembered, forgottenBefore: number): void {
    if (forgottenBefore !== this.#forgotten) return;
    // The clock of a test half may be set forward on another node: it is read with each request.
    if (entry.principal.account.test !== undefined) return;
    this.#remembered.delete(bearer);
    if (this.#remembered.size >= MAX_REMEMBERED) {
      const oldest = this.#remembered.keys().next().value;
      if (oldest !== undefined) this.#remembered.delete(oldest);
    }
    this.#remembered.set(bearer, entry);
  }

  /** When a bearer was last used is for people to read: a minute's precision is enough, and failing is no harm. */
  #touch(lastUsedAt: number | null, now: number, touch: () => Promise<void>): void {
    if (lastUsedAt !== null && now - lastUsedAt < TOUCH_AFTER_MS) return;
    touch().catch(() => {});
  }
}

/** One answer for every way in which an API key can be wrong. */
export function keyInvalid(): Fault {
  return new Fault(
    'key_invalid',
    'This API key is not valid: unknown, mistyped, expired or revoked, or its account is disabled. Make a new one with POST /api/keys.',
  );
}

/**
 * Here and not where the signature is checked: of a token that is remembered that is not done again. There the server's
 * clock rules, and that of a test half may be ahead of it.
 *
 * @param at ms, in the account
 */
function assertOfItsTime({ issuedAt, expiresAt }: VerifiedToken, at: number): void {
  if (issuedAt > at + CLOCKS_APART_MS) throw tokenAhead();
  if (at >= expiresAt) throw tokenExpired();
}

export function tokenExpired(cause?: unknown): Fault {
  return new Fault(
    'token_expired',
    'This token has expired. Get a new one from POST /api/auth/token (API key) or POST /api/auth/login.',
    { cause },
  );
}

/** A clock that ran ahead made it: it must not outlive its time by as much. Its holder needs a new one. */
function tokenAhead(): Fault {
  return new Fault(
    'token_expired',
    "This token was issued at a time that this server's clock has not reached: the clock was set back, or that of " +
      'another node is ahead. Get a new one from POST /api/auth/token (API key) or POST /api/auth/login.',
  );
}

function tokenEnded(): Fault {
  return new Fault(
    'token_invalid',
    'This token has ended: its API key was revoked, or the password was changed.',
  );
}

function isCurrent(key: ApiKeyCredential, now: number): boolean {
  return key.expiresAt === null || now < key.expiresAt;
}
