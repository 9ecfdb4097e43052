import { type KeyObject, randomBytes as nodeRandomBytes } from 'node:crypto';
import { errors, type JWTPayload, type JWTVerifyResult, jwtVerify, SignJWT } from 'jose';
import { Fault } from '../domain/errors.ts';
import { tokenExpired } from '../domain/keys/bearers.ts';
import type { TokenClaims, TokenIssuer, VerifiedToken } from '../domain/keys/ports.ts';
import { SCOPES } from '../domain/keys/scopes.ts';
import type { RandomBytes } from '../domain/randomness.ts';

export interface TokenIssuerOptions {
  readonly kid: string;
  readonly key: KeyObject;
  readonly ttlSeconds: number;
  readonly issuer: string;
  readonly audience: string;
  readonly randomBytes?: RandomBytes;
}

const ALGORITHM = 'HS256';
const TYPE = 'JWT';
const MAX_CHARACTERS = 4096;
/**
 * The signature has 32 bytes. Its last character has two bits of none of them, which decoders leave out: with them set, other
 * text would be the same token.
 */
const COMPACT_JWS = /^[A-Za-z0-9_-]+\.[A-Za-z0-9_-]+\.[A-Za-z0-9_-]{42}[AEIMQUYcgkosw048]$/;
const JTI_LENGTH = 16;

/**
 * Issues and verifies bearer tokens: JWTs signed with HS256, and nothing else. The clock is an argument, and
 * nothing is tolerated past `exp`.
 */
export function createTokenIssuer(options: TokenIssuerOptions): TokenIssuer {
  const { kid, key, ttlSeconds, issuer, audience, randomBytes = nodeRandomBytes } = options;

  return {
    async issue(claims, nowMs) {
      const issuedAt = Math.floor(nowMs / 1000);
      const token = await new SignJWT({ ...holderClaims(claims.holder), scope: claims.scopes.join(' ') })
        .setProtectedHeader({ alg: ALGORITHM, typ: TYPE, kid })
        .setIssuer(issuer)
        .setAudience(audience)
        .setSubject(claims.accountPublicId)
        .setJti(Buffer.from(randomBytes(JTI_LENGTH)).toString('base64url'))
        .setIssuedAt(issuedAt)
        .setExpirationTime(issuedAt + ttlSeconds)
        .sign(key);
      return { token, expiresIn: ttlSeconds };
    },

    async verify(token, nowMs) {
      // Text that is longer or otherwise written than any of ours is not worth decoding.
      if (token.length > MAX_CHARACTERS) throw invalid(new Error('the token is too long'));
      if (!COMPACT_JWS.test(token)) throw invalid(new Error('the token is not a compact JWS'));
      try {
        const verified = await jwtVerify(token, key, {
          algorithms: [ALGORITHM],
          issuer,
          audience,
          requiredClaims: ['exp', 'iat', 'sub'],
          currentDate: new Date(nowMs),
          clockTolerance: 0,
        });
        assertHeader(verified, kid);
        return claimsOf(verified.payload, audience);
      } catch (cause) {
        throw cause instanceof errors.JWTExpired ? tokenExpired(cause) : invalid(cause);
      }
    },
  };
}

/**
 * jose reads `typ` generously (`jwt`, `application/JWT`), always understands the `b64` extension, and leaves
 * `kid` to us. Our tokens have one header, so nothing else is accepted.
 */
function assertHeader({ protectedHeader }: JWTVerifyResult, kid: string): void {
  const { alg, typ, kid: namedKey, ...others } = protectedHeader;
  if (alg !== ALGORITHM || typ !== TYPE || namedKey !== kid || Object.keys(others).length > 0) {
    throw new Error('the token has a header that Kanda does not write');
  }
}

/** `sid` as in OpenID Connect; `key` and `cv` for the trade of a key. A token has the one or the others. */
function holderClaims(holder: TokenClaims['holder']) {
  return 'sessionId' in holder
    ? { sid: holder.sessionId }
    : { key: holder.keyId, cv: holder.credentialVersion };
}

function holderOf({ sid, key, cv }: JWTPayload): TokenClaims['holder'] | null {
  if (typeof sid === 'string' && key === undefined && cv === undefined) return { sessionId: sid };
  if (sid !== undefined || typeof key !== 'string' || typeof cv !== 'number') return null;
  return { keyId: key, credentialVersion: cv };
}

function claimsOf(payload: JWTPayload, audience: string): VerifiedToken {
  const { aud, sub, iat, exp, scope } = payload;
  const holder = holderOf(payload);
  if (
    aud !== audience || // jose is content with one of several
    typeof sub !== 'string' ||
    typeof iat !== 'number' ||
    typeof exp !== 'number' ||
    holder === null ||
    typeof scope !== 'string'
  ) {
    throw new Error('the token has claims that Kanda does not write');
  }
  // A scope that a newer version wrote means nothing here, and so it grants nothing.
  const granted = scope.split(' ');
  return {
    accountPublicId: sub,
    holder,
    scopes: SCOPES.filter((known) => granted.includes(known)),
    issuedAt: iat * 1000,
    expiresAt: exp * 1000,
  };
}

function invalid(cause: unknown): Fault {
  return new Fault(
    'token_invalid',
    'This is not a token that this Kanda issued. Send one from POST /api/auth/token or POST /api/auth/login, ' +
      'as "Authorization: Bearer <token>", unchanged.',
    { cause },
  );
}
