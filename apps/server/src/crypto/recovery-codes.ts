import { createHmac, createSecretKey, hkdfSync, type KeyObject } from 'node:crypto';
import { encodeBase32 } from '@kanda/otp';
import type { RecoveryCodes } from '../domain/accounts/security-ports.ts';
import type { RandomBytes } from '../domain/randomness.ts';
import type { ClientRecoveryCodeTexts } from '../domain/recovery-codes/ports.ts';
import { Secret } from '../domain/secret.ts';

/** 80 bits. */
const CODE_BYTES = 10;
const GROUP = 4;
const RFC_4648 = 'ABCDEFGHIJKLMNOPQRSTUVWXYZ234567';
const CROCKFORD = '0123456789ABCDEFGHJKMNPQRSTVWXYZ';
/** What people and their devices put between groups: white space, and every kind of dash. */
const SEPARATORS = /[\s\p{Pd}]/gu;

const MAX_FOREIGN_LENGTH = 128;

/** How a kind of recovery code is written, and read again. */
interface Spelling {
  /** Separates its MACs from those of every other kind. */
  readonly purpose: string;
  readonly alphabet: string;
  /** Characters that are taken for others, since people mistake them. */
  readonly alike: Readonly<Record<string, string>>;
}

const OF_ACCOUNTS: Spelling = {
  purpose: 'account recovery codes',
  alphabet: RFC_4648.toLowerCase(),
  // 0, 1 and 8 are no base32 of RFC 4648.
  alike: { '0': 'o', '1': 'l', '8': 'b' },
};

const OF_CLIENTS: Spelling = {
  purpose: 'client recovery codes',
  alphabet: CROCKFORD,
  alike: { I: '1', L: '1', O: '0' },
};

/** Recovery codes of accounts, as `mfrg-gzdf-mztw-q2lk`. */
export function createAccountRecoveryCodes(macKey: KeyObject, randomBytes: RandomBytes): RecoveryCodes {
  const codes = createCodes(OF_ACCOUNTS, macKey, randomBytes);
  return { create: codes.create, mac: (accountPublicId, typed) => codes.mac([accountPublicId], typed) };
}

/** Recovery codes of clients, as `4KQ7-ZX0M-9TRB-2HWD`: Crockford's base32, which has no I, L, O and U. */
export function createClientRecoveryCodes(
  macKey: KeyObject,
  randomBytes: RandomBytes,
): ClientRecoveryCodeTexts {
  const codes = createCodes(OF_CLIENTS, macKey, randomBytes);
  const foreign = macKeyFor(macKey, 'client recovery codes of other programs');
  return {
    create: codes.create,
    mac: (accountPublicId, clientId, typed) =>
      codes.mac([accountPublicId, clientId], typed) ??
      macOfForeign(foreign, [accountPublicId, clientId], typed),
  };
}

/**
 * Codes that another program has made and that were imported, in whatever alphabet: as they are typed, without
 * separators and without regard to case. null: shorter than any that may be imported, or longer.
 */
function macOfForeign(key: KeyObject, owner: readonly string[], typed: Secret<string>): Uint8Array | null {
  const bare = typed.reveal().normalize('NFKC').replace(SEPARATORS, '').toLowerCase();
  if (!isSafeCode(bare)) return null;
  return createHmac('sha256', key)
    .update([...owner, bare].join(' '))
    .digest();
}

/** About 40 bits at least, which the limit of attempts keeps out of reach: 8 letters and digits, or 12 digits. */
function isSafeCode(bare: string): boolean {
  const least = /^\d*$/.test(bare) ? 12 : 8;
  return bare.length >= least && bare.length <= MAX_FOREIGN_LENGTH;
}

function macKeyFor(macKey: KeyObject, purpose: string): KeyObject {
  return createSecretKey(Buffer.from(hkdfSync('sha256', macKey, new Uint8Array(), purpose, 32)));
}

/**
 * Makes and reads codes of one kind. A store knows a code by its HMAC alone, under a key derived from `macKey`, so it
 * looks one up in an index: how long that takes says nothing about the code itself.
 */
function createCodes({ purpose, alphabet, alike }: Spelling, macKey: KeyObject, randomBytes: RandomBytes) {
  const key = macKeyFor(macKey, purpose);
  const code = new RegExp(`^[${alphabet}]{16}$`);
  const lower = alphabet === alphabet.toLowerCase();
  return {
    create(): Secret<string> {
      const digits = [...encodeBase32(randomBytes(CODE_BYTES))].map(
        (digit) => alphabet[RFC_4648.indexOf(digit)],
      );
      const groups = Array.from({ length: digits.length / GROUP }, (_, index) =>
        digits.slice(index * GROUP, (index + 1) * GROUP).join(''),
      );
      return new Secret(groups.join('-'));
    },

    /** null: what was typed cannot be a code. Only a clientId, between the account and the code, may have spaces in it. */
    mac(owner: readonly string[], typed: Secret<string>): Uint8Array | null {
      const bare = typed.reveal().replace(SEPARATORS, '');
      const cased = lower ? bare.toLowerCase() : bare.toUpperCase();
      const text = [...cased].map((digit) => alike[digit] ?? digit).join('');
      if (!code.test(text)) return null;
      return createHmac('sha256', key)
        .update([...owner, text].join(' '))
        .digest();
    },
  };
}
