import { createHmac, createSecretKey, hkdfSync, type KeyObject } from 'node:crypto';
import { encodeBase32 } from '@kanda/otp';
import type { RecoveryCodes } from '../domain/accounts/security-ports.ts';
import type { RandomBytes } from '../domain/randomness.ts';
import { Secret } from '../domain/secret.ts';

/** 80 bits: not to be guessed, so wrong ones need no lockout of their own. */
const CODE_BYTES = 10;
const GROUP = 4;
const CODE = /^[a-z2-7]{16}$/;

/**
 * Recovery codes of accounts, as `mfrg-gzdf-mztw-q2lk`. The store knows a code by its HMAC alone, under a key
 * derived from `macKey`, so it looks one up in an index: how long that takes tells nothing of the code itself.
 */
export function createRecoveryCodes(macKey: KeyObject, randomBytes: RandomBytes): RecoveryCodes {
  const key = createSecretKey(
    Buffer.from(hkdfSync('sha256', macKey, new Uint8Array(), 'account recovery codes', 32)),
  );
  return {
    create() {
      const text = encodeBase32(randomBytes(CODE_BYTES)).toLowerCase();
      const groups = Array.from({ length: text.length / GROUP }, (_, index) =>
        text.slice(index * GROUP, (index + 1) * GROUP),
      );
      return new Secret(groups.join('-'));
    },

    mac(accountPublicId, typed) {
      // As people copy it from paper: spaces, dashes and capitals do not matter, and 0, 1 and 8 are no base32.
      const text = typed
        .reveal()
        .toLowerCase()
        .replace(/[\s-]/g, '')
        .replaceAll('0', 'o')
        .replaceAll('1', 'l')
        .replaceAll('8', 'b');
      if (!CODE.test(text)) return null;
      return createHmac('sha256', key).update(`${accountPublicId} ${text}`).digest();
    },
  };
}
