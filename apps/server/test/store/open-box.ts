import { randomBytes } from 'node:crypto';
import { Keyring } from '../../src/crypto/keyring.ts';
import { parseMasterKey } from '../../src/crypto/master-key.ts';
import { createSecretBox } from '../../src/crypto/secret-box.ts';
import type { SecretBox } from '../../src/domain/clients/secret-box.ts';
import type { Secret } from '../../src/domain/secret.ts';

/** The real secret box under a master key (base64). */
export function boxOf(masterKey: Secret<string>): SecretBox {
  return createSecretBox(new Keyring(parseMasterKey(masterKey, 'the test'), [], randomBytes), randomBytes);
}
