import type { Account } from '../accounts/account.ts';
import type { Change } from '../change.ts';
import { outcomeUnknown } from '../errors.ts';
import { withResult } from '../idempotency/idempotency.ts';
import type { RandomBytes } from '../randomness.ts';
import type { Clock } from '../time.ts';
import { receiptAudienceWrong, receiptForeign, receiptUnknown } from './faults.ts';
import type { ReceiptKey, ReceiptKeys, ReceiptStore } from './ports.ts';
import {
  accountOfIssuer,
  DEFAULT_RECEIPT_LIFETIME,
  issuerOf,
  JTI_LENGTH,
  type ReceiptAction,
  type ReceiptClaims,
  type ReceiptTerms,
  type UnsignedReceipt,
} from './receipt.ts';
import { publishedAt, signingAt } from './signing-keys.ts';

/** A key that was made or removed on another node is known here after that. */
const LOOK_AGAIN_MS = 1_000;

export interface ReceiptsParts {
  readonly store: Pick<ReceiptStore, 'readServerKeys' | 'redeemReceipt'>;
  readonly keys: ReceiptKeys;
  readonly clock: Clock;
  readonly randomBytes: RandomBytes;
  readonly publicUrl: string | null;
}

/** What a caller asks for beside the verdict. */
export interface AskedReceipt {
  readonly action: ReceiptAction;
  readonly audience?: string | undefined;
  /** Seconds, from `MIN_RECEIPT_LIFETIME` to `MAX_RECEIPT_LIFETIME`. */
  readonly lifetime?: number | undefined;
}

/** Issues receipts for accepted codes, and redeems them. */
export class Receipts {
  readonly #parts: ReceiptsParts;
  #keys: readonly ReceiptKey[] = [];
  #lookedAt = Number.NEGATIVE_INFINITY;
  #looking: Promise<void> | null = null;
  #jwks: { readonly of: readonly ReceiptKey[]; readonly bytes: Buffer } = { of: [], bytes: Buffer.of() };

  constructor(parts: ReceiptsParts) {
    this.#parts = parts;
  }

  /** What the receipt of a request is to say, before its code is judged: what fails here has used up nothing. */
  async terms({ publicId }: Pick<Account, 'publicId'>, clientId: string, asked: AskedReceipt) {
    const { clock, randomBytes, publicUrl } = this.#parts;
    const signing = signingNow(await this.#published(), clock());
    const terms: ReceiptTerms = {
      kid: signing.jwk.kid,
      iss: issuerOf(publicUrl, publicId),
      aud: asked.audience ?? publicId,
      sub: clientId,
      jti: Buffer.from(randomBytes(JTI_LENGTH)).toString('base64url'),
      lifetime: asked.lifetime ?? DEFAULT_RECEIPT_LIFETIME,
      action: asked.action,
    };
    return terms;
  }

  /**
   * Signs a receipt; call it when what it says is durable. The same receipt is signed the same each time (RFC 8032), also
   * after the keys were turned. When its key was revoked since, the one that signs now takes its place: it still is the
   * same receipt, and is redeemed once. The code is used up by then, so the store is asked only for a key that is not
   * known here. Faults: store_unavailable, which says that the outcome is not known.
   */
  async sign({ kid, claims }: UnsignedReceipt): Promise<string> {
    const known = withId(kid, publishedAt(this.#keys, this.#parts.clock()));
    return (known ?? (await this.#keyInPlaceOf(kid))).sign(claims);
  }

  /**
   * The keys with which receipts are verified, those that sign, have signed, or will, as JSON (RFC 7517). While the store
   * is away, those that it had last: verifiers do not depend on the store.
   */
  async jwks(): Promise<Buffer> {
    const published = await this.#published().catch((error: unknown) => {
      if (this.#keys.length === 0) throw error;
      return publishedAt(this.#keys, this.#parts.clock());
    });
    if (!isSame(published, this.#jwks.of)) {
      const keys = published.map(({ jwk }) => jwk);
      this.#jwks = { of: published, bytes: Buffer.from(JSON.stringify({ keys })) };
    }
    return this.#jwks.bytes;
  }

  /**
   * Redeems a receipt of this account. Faults: receipt_malformed, receipt_unknown, receipt_foreign,
   * receipt_audience_wrong, receipt_expired, receipt_redeemed.
   *
   * @param audience for whom it has to be issued; null: for anybody
   */
  async redeem(
    { id, publicId }: Pick<Account, 'id' | 'publicId'>,
    text: string,
    audience: string | null,
    change: Change,
  ): Promise<ReceiptClaims> {
    const claims = await this.#read(text);
    if (accountOfIssuer(claims.iss) !== publicId) throw receiptForeign();
    if (audience !== null && claims.aud !== audience) throw receiptAudienceWrong();
    const receipt = {
      clientId: claims.sub,
      jti: Buffer.from(claims.jti, 'base64url'),
      issuedAt: claims.iat * 1000,
      expiresAt: claims.exp * 1000,
      event: claims.event,
    };
    await this.#parts.store.redeemReceipt(
      id,
      receipt,
      withResult(change, () => claims),
    );
    return claims;
  }

  async #read(text: string): Promise<ReceiptClaims> {
    const claims = this.#parts.keys.read(text, await this.#published());
    if (claims !== null) return claims;
    // Another node may have begun to sign with a key that was made a moment ago.
    await this.#lookAnew();
    const signedAnew = this.#parts.keys.read(text, publishedAt(this.#keys, this.#parts.clock()));
    if (signedAnew === null) throw receiptUnknown();
    return signedAnew;
  }

  async #keyInPlaceOf(kid: string): Promise<ReceiptKey> {
    try {
      await this.#lookAnew();
      const now = this.#parts.clock();
      const published = publishedAt(this.#keys, now);
      return withId(kid, published) ?? signingNow(published, now);
    } catch (error) {
      throw outcomeUnknown(error);
    }
  }

  async #published(): Promise<readonly ReceiptKey[]> {
    const now = this.#parts.clock();
    // A clock that was set back must not keep it from looking.
    if (Math.abs(now - this.#lookedAt) >= LOOK_AGAIN_MS) await this.#look();
    return publishedAt(this.#keys, now);
  }

  /** One that is under way may have read before the key was made: what counts is one that begins from here on. */
  async #lookAnew(): Promise<void> {
    await this.#looking?.catch(() => {});
    await this.#look();
  }

  #look(): Promise<void> {
    this.#looking ??= this.#readKeys().finally(() => {
      this.#looking = null;
    });
    return this.#looking;
  }

  async #readKeys(): Promise<void> {
    const { store, keys, clock } = this.#parts;
    const now = clock();
    this.#keys = keys.open(await store.readServerKeys());
    this.#lookedAt = now;
  }
}

function withId(kid: string, keys: readonly ReceiptKey[]): ReceiptKey | undefined {
  return keys.find(({ jwk }) => jwk.kid === kid);
}

function signingNow(keys: readonly ReceiptKey[], now: number): ReceiptKey {
  const signing = signingAt(keys, now);
  if (signing === null) throw new Error('the store has no key that signs receipts');
  return signing;
}

function isSame(some: readonly ReceiptKey[], others: readonly ReceiptKey[]): boolean {
  return some.length === others.length && some.every(({ jwk }, place) => jwk === others[place]?.jwk);
}
