import { createHmac, createSecretKey, hkdfSync, type KeyObject, timingSafeEqual } from 'node:crypto';
import { decodeBase32, encodeBase32 } from '@kanda/otp';
import type { DeviceOwner, DeviceTokens } from '../domain/devices/ports.ts';
import type { RandomBytes } from '../domain/randomness.ts';
import { Secret } from '../domain/secret.ts';
import { CHECKSUM_LENGTH, checksum } from './checksum.ts';

const PREFIX = 'kdt_';
const ID_BYTES = 10;
/** 160 bits. */
const SECRET_BYTES = 20;
const USES_BYTES = 4;
const STAMP_BYTES = 16;
const TOKEN = new RegExp(`^${PREFIX}([a-z2-7]{16})_([a-z2-7]{64})[a-z2-7]{${CHECKSUM_LENGTH}}$`);

/**
 * Tokens of trusted devices: `kdt_<id>_<secret, number, stamp><checksum>`. The secret is drawn once for each device. The
 * number counts how often the token was replaced, and the stamp is a MAC of both: a server reads off a token which one it
 * is, of whatever age, and makes the one that follows it, while the store holds the MAC of the secret and the number.
 * Prefix and checksum are for those who look for leaked tokens, as with API keys.
 */
export function createDeviceTokens(macKey: KeyObject, randomBytes: RandomBytes): DeviceTokens {
  const secrets = keyFor('client device secrets', macKey);
  const stamps = keyFor('client device tokens', macKey);

  const macOf = (
    key: KeyObject,
    { account, clientId }: DeviceOwner,
    id: string,
    ...rest: readonly string[]
  ) =>
    // Only the clientId may have spaces in it, and for each key there are as many fields after it.
    createHmac('sha256', key)
      .update([account.publicId, clientId, id, ...rest].join(' '))
      .digest();
  const stampOf = (owner: DeviceOwner, id: string, secret: Uint8Array, uses: number) =>
    macOf(stamps, owner, id, base32(secret), String(uses)).subarray(0, STAMP_BYTES);
  const secretMac = (owner: DeviceOwner, id: string, secret: Uint8Array) =>
    macOf(secrets, owner, id, base32(secret));

  function write(owner: DeviceOwner, id: string, secret: Uint8Array, uses: number): Secret<string> {
    const number = Buffer.alloc(USES_BYTES);
    number.writeUInt32BE(uses);
    const bytes = Buffer.concat([secret, number, stampOf(owner, id, secret, uses)]);
    const unchecked = `${PREFIX}${id}_${base32(bytes)}`;
    return new Secret(unchecked + checksum(unchecked));
  }

  return {
    create(owner) {
      const id = base32(randomBytes(ID_BYTES));
      const secret = randomBytes(SECRET_BYTES);
      return { id, mac: secretMac(owner, id, secret), token: write(owner, id, secret, 0) };
    },

    read(owner, text) {
      const [token, id, body] = TOKEN.exec(text.reveal()) ?? [];
      if (token === undefined || id === undefined || body === undefined) return null;
      if (checksum(token.slice(0, -CHECKSUM_LENGTH)) !== token.slice(-CHECKSUM_LENGTH)) return null;
      const bytes = Buffer.from(decodeBase32(body.toUpperCase()));
      const secret = bytes.subarray(0, SECRET_BYTES);
      const uses = bytes.readUInt32BE(SECRET_BYTES);
      const stamp = bytes.subarray(SECRET_BYTES + USES_BYTES);
      if (!timingSafeEqual(stamp, stampOf(owner, id, secret, uses)) || uses === 0xffff_ffff) return null;
      return {
        presented: { id, mac: secretMac(owner, id, secret), uses },
        next: write(owner, id, secret, uses + 1),
      };
    },
  };
}

function keyFor(purpose: string, macKey: KeyObject): KeyObject {
  return createSecretKey(Buffer.from(hkdfSync('sha256', macKey, new Uint8Array(), purpose, 32)));
}

function base32(bytes: Uint8Array): string {
  return encodeBase32(bytes).toLowerCase();
}
