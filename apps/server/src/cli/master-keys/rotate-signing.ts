import { randomBytes } from 'node:crypto';
import { openExisting } from '../../compose/existing-installation.ts';
import { keyringOf } from '../../compose/master-keys.ts';
import type { Config } from '../../config/schema.ts';
import { createReceiptKeys } from '../../crypto/receipt-keys.ts';
import { nextReceiptKey } from '../../crypto/server-keys.ts';
import type { WrappedServerKey } from '../../domain/master-keys/wrapped-keys.ts';
import {
  JWKS_MAX_AGE_S,
  PUBLISHED_AFTER_MS,
  PUBLISHED_BEFORE_MS,
} from '../../domain/receipts/signing-keys.ts';
import { byOperator } from '../accounts/account.ts';
import { formatSpan } from '../lib/format.ts';
import { masterKeysNow } from './at-hand.ts';
import { isOfFullDisk } from './full-disk.ts';

const NO_ROOM =
  'The disk is full, so no key was made and none was removed. Make room on it, and run this again.';

export interface RotateSigningOptions {
  /** Whether the keys before it are removed. */
  readonly revoke?: boolean;
}

/**
 * Makes a new key that signs receipts, while servers go on. It is published before it signs, and those before it go when
 * their receipts have expired, unless they are revoked.
 */
export async function rotateSigningKey(
  config: Config,
  { revoke = false }: RotateSigningOptions,
): Promise<void> {
  const installation = await openExisting(config);
  try {
    const { store, masterKey, clock } = installation;
    const keyring = keyringOf(masterKeysNow(masterKey, config));
    const signsFrom = clock() + (revoke ? 0 : PUBLISHED_BEFORE_MS);
    let made: WrappedServerKey | null = null;
    await store
      .rotateSigningKey((present) => {
        const fresh = nextReceiptKey(keyring, (length) => randomBytes(length), present, signsFrom);
        made = fresh;
        return { fresh, removed: revoke ? present.map(({ name }) => name) : [] };
      }, byOperator(clock))
      .catch((cause: unknown) => {
        throw isOfFullDisk(cause, config.dataDir) ? new Error(NO_ROOM, { cause }) : cause;
      });
    const [key] = made === null ? [] : createReceiptKeys(keyring).open([made]);
    if (key === undefined) throw new Error('No key was made.');
    if (revoke) {
      console.log(`${key.jwk.kid}  signs receipts from now on; the keys before it are removed`);
      console.error(
        'Receipts that they have signed and that were not redeemed are void: ask those users again. ' +
          `Verifiers that keep the keys may take such receipts for up to ${formatSpan(JWKS_MAX_AGE_S * 1000)} more.`,
      );
    } else {
      console.log(`${key.jwk.kid}  signs receipts from ${new Date(signsFrom).toISOString()} on`);
      console.error(
        `It is published now. The key before it stays published for ${formatSpan(PUBLISHED_AFTER_MS)} after that.`,
      );
    }
  } finally {
    await installation.close();
  }
}
