import { hmac, pbkdf2, sealAesCbc } from './reading/ciphers.ts';
import { escapeXml } from './reading/xml.ts';
import type { OtpRecord } from './record.ts';
import { encodeBase64 } from './secret-text.ts';

/** How the secrets of a PSKC file are encrypted: with a key of 16 bytes, or with a password. */
export type PskcKey =
  | { readonly key: Uint8Array }
  | { readonly password: string; readonly iterations?: number };

const NAMESPACES =
  'xmlns="urn:ietf:params:xml:ns:keyprov:pskc" xmlns:ds="http://www.w3.org/2000/09/xmldsig#" ' +
  'xmlns:xenc="http://www.w3.org/2001/04/xmlenc#" xmlns:xenc11="http://www.w3.org/2009/xmlenc11#" ' +
  'xmlns:pkcs5="http://www.rsasecurity.com/rsalabs/pkcs/schemas/pkcs-5v2-0#"';
const AES = '<xenc:EncryptionMethod Algorithm="http://www.w3.org/2001/04/xmlenc#aes128-cbc"/>';
const HMAC = 'http://www.w3.org/2000/09/xmldsig#hmac-sha1';
/** OWASP's figure for PBKDF2-HMAC-SHA1, which is what readers of PSKC know. */
const ITERATIONS = 1_300_000;

/**
 * Writes an encrypted PSKC file (RFC 6030 §6), piece by piece: AES-128-CBC with an HMAC-SHA-1 over each ciphertext.
 * It has no place for what was used, nor for recovery codes.
 *
 * @param randomBytes makes the IVs, the salt and the MAC key
 */
export async function* writePskc(
  records: Iterable<OtpRecord> | AsyncIterable<OtpRecord>,
  how: PskcKey,
  randomBytes: (length: number) => Uint8Array,
): AsyncGenerator<string> {
  const { key, element } = await encryptionKey(how, randomBytes);
  const macKey = randomBytes(20);
  const seal = async (bytes: Uint8Array) => sealAesCbc(key, randomBytes(16), bytes);
  const sealedMacKey = encodeBase64(await seal(macKey));
  yield `<?xml version="1.0" encoding="UTF-8"?>\n<KeyContainer Version="1.0" ${NAMESPACES}>\n ${element}\n`;
  yield ` <MACMethod Algorithm="${HMAC}"><MACKey>${AES}<xenc:CipherData><xenc:CipherValue>${sealedMacKey}</xenc:CipherValue></xenc:CipherData></MACKey></MACMethod>\n`;
  for await (const record of records) {
    const sealed = await seal(record.secret);
    yield keyPackage(record, encodeBase64(sealed), encodeBase64(await hmac('SHA-1', macKey, sealed)));
  }
  yield '</KeyContainer>\n';
}

async function encryptionKey(how: PskcKey, randomBytes: (length: number) => Uint8Array) {
  if ('key' in how) {
    return {
      key: how.key,
      element: '<EncryptionKey><ds:KeyName>Pre-shared-key</ds:KeyName></EncryptionKey>',
    };
  }
  const salt = randomBytes(16);
  const iterations = how.iterations ?? ITERATIONS;
  const key = await pbkdf2('SHA-1', new TextEncoder().encode(how.password), { salt, iterations, bytes: 16 });
  if (key === null) throw new RangeError('too many iterations');
  const parameters =
    `<pkcs5:PBKDF2-params><Salt><Specified>${encodeBase64(salt)}</Specified></Salt>` +
    `<IterationCount>${iterations}</IterationCount><KeyLength>16</KeyLength></pkcs5:PBKDF2-params>`;
  const method = `<xenc11:KeyDerivationMethod Algorithm="http://www.rsasecurity.com/rsalabs/pkcs/schemas/pkcs-5v2-0#pbkdf2">${parameters}</xenc11:KeyDerivationMethod>`;
  return { key, element: `<EncryptionKey><xenc11:DerivedKey>${method}</xenc11:DerivedKey></EncryptionKey>` };
}

function keyPackage(record: OtpRecord, sealed: string, mac: string): string {
  const { type, digits, period, counter, algorithm, label, issuer, driftSteps } = record;
  const id = escapeXml(record.clientId ?? label);
  const moving =
    type === 'totp'
      ? `<TimeInterval><PlainValue>${period}</PlainValue></TimeInterval>` +
        (driftSteps === undefined ? '' : `<TimeDrift><PlainValue>${driftSteps}</PlainValue></TimeDrift>`)
      : `<Counter><PlainValue>${counter ?? 0}</PlainValue></Counter>`;
  return (
    ` <KeyPackage><DeviceInfo><Manufacturer>Kanda</Manufacturer><SerialNo>${id}</SerialNo></DeviceInfo>` +
    `<Key Id="${id}" Algorithm="urn:ietf:params:xml:ns:keyprov:pskc:${type}"><Issuer>${escapeXml(issuer)}</Issuer>` +
    `<AlgorithmParameters><Suite>${algorithm}</Suite><ResponseFormat Length="${digits}" Encoding="DECIMAL"/></AlgorithmParameters>` +
    `<FriendlyName>${escapeXml(label)}</FriendlyName>` +
    `<Data><Secret><EncryptedValue>${AES}<xenc:CipherData><xenc:CipherValue>${sealed}</xenc:CipherValue></xenc:CipherData></EncryptedValue>` +
    `<ValueMAC>${mac}</ValueMAC></Secret>${moving}</Data></Key></KeyPackage>\n`
  );
}
