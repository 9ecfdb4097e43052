import type { Format } from '../format.ts';
import { openAesCbc, pbkdf2, verifiesHmac } from '../reading/ciphers.ts';
import { Collector, type Draft } from '../reading/collector.ts';
import { privacyIdeaState } from '../reading/privacyidea.ts';
import { algorithmOf, counterOf, digitsOf, firstText, periodOf, wholeNumber } from '../reading/values.ts';
import { attributeOf, childOf, childrenOf, textAt, type XmlElement } from '../reading/xml.ts';
import type { Parsed, ParseOptions } from '../record.ts';
import { bounded, decodeBase64, Refusal } from '../secret-text.ts';

/**
 * Portable Symmetric Key Container (RFC 6030): plain, or encrypted with AES-CBC under a pre-shared key or a password
 * (PBKDF2). A MAC is checked before anything is decrypted, and a secret without one is not taken unless that is asked for.
 */
export const pskc: Format = {
  name: 'pskc',
  title: 'PSKC (RFC 6030), plain or encrypted',
  matches: ({ xml }) => typeof xml !== 'string' && xml.name === 'keycontainer',
  async parse({ xml }, options): Promise<Parsed> {
    const collector = new Collector('pskc');
    if (typeof xml === 'string') collector.fail(xml);
    else await readContainer(collector, xml, options);
    return collector.done();
  },
};

interface Keys {
  readonly key: Uint8Array;
  readonly macKey: Uint8Array | null;
  readonly macHash: 'SHA-1' | 'SHA-256' | 'SHA-512';
}

async function readContainer(
  collector: Collector,
  container: XmlElement,
  options: ParseOptions,
): Promise<void> {
  const packages = childrenOf(container, 'KeyPackage');
  const secretOf = (one: XmlElement) => childOf(childOf(childOf(one, 'Key'), 'Data'), 'Secret');
  const isEncrypted = packages.some((one) => childOf(secretOf(one), 'EncryptedValue') !== undefined);
  const keys = isEncrypted ? await keysOf(collector, container, options) : null;
  if (isEncrypted && keys === null) return;
  for (const [index, one] of packages.entries()) {
    const place = `key ${index + 1}`;
    const secret = await opened(secretOf(one), keys, options.allowMissingMac === true);
    collector.add(place, (entry) => {
      if (secret instanceof Refusal) throw secret;
      if (secret.isUnproven) entry.note('The secret was taken without a MAC that proves it, as asked for.');
      return draftOf(one, secret.bytes);
    });
  }
}

async function keysOf(
  collector: Collector,
  container: XmlElement,
  options: ParseOptions,
): Promise<Keys | null> {
  const derived = childOf(childOf(container, 'EncryptionKey'), 'DerivedKey');
  const key =
    derived === undefined ? presharedKey(collector, options) : await derivedKey(collector, derived, options);
  if (key === null) return null;
  const method = childOf(container, 'MACMethod');
  const sealed = decodeBase64(textAt(method, 'MACKey', 'CipherData', 'CipherValue'));
  const macHash = hashOf(attributeOf(method, 'Algorithm'));
  if (method === undefined) return { key, macKey: null, macHash };
  // RFC 6030 §6.1.1: without a key of its own the MAC has that of the encryption.
  const macKey = sealed?.length ? await openAesCbc(key, sealed) : key;
  if (macKey !== null) return { key, macKey, macHash };
  const what = derived === undefined ? 'key' : 'password';
  collector.fail(`The ${what} is wrong: it does not open the file's MAC key.`, {
    code: derived === undefined ? 'key_wrong' : 'password_wrong',
    action: `Give the ${what} that the file was encrypted with.`,
  });
  return null;
}

function presharedKey(collector: Collector, { key }: ParseOptions): Uint8Array | null {
  if (key !== undefined && (key.length === 16 || key.length === 32)) return key;
  collector.fail(
    key === undefined
      ? 'The secrets are encrypted with a pre-shared key.'
      : 'The key must have 16 or 32 bytes.',
    {
      code: key === undefined ? 'key_required' : 'key_wrong',
      action: 'Give the key that came with the file, in hex or base64.',
    },
  );
  return null;
}

async function derivedKey(
  collector: Collector,
  derived: XmlElement,
  { password }: ParseOptions,
): Promise<Uint8Array | null> {
  if (password === undefined) {
    collector.fail('The secrets are encrypted with a password.', {
      code: 'password_required',
      action: 'Give its password.',
    });
    return null;
  }
  const parameters = childOf(childOf(derived, 'KeyDerivationMethod'), 'PBKDF2-params');
  const salt = decodeBase64(textAt(parameters, 'Salt', 'Specified'));
  const iterations = Number(textAt(parameters, 'IterationCount'));
  const bytes = Number(textAt(parameters, 'KeyLength') || '16');
  const hash = hashOf(attributeOf(childOf(parameters, 'PRF'), 'Algorithm'));
  const text = new TextEncoder().encode(password);
  const key =
    salt?.length && [16, 32].includes(bytes) ? await pbkdf2(hash, text, { salt, iterations, bytes }) : null;
  if (key === null)
    collector.fail('How the key is made from the password is not said in a way that is read (PBKDF2).');
  return key;
}

function hashOf(algorithm: string): Keys['macHash'] {
  if (/sha-?512/i.test(algorithm)) return 'SHA-512';
  return /sha-?256/i.test(algorithm) ? 'SHA-256' : 'SHA-1';
}

interface Opened {
  readonly bytes: Uint8Array;
  readonly isUnproven: boolean;
}

async function opened(
  secret: XmlElement | undefined,
  keys: Keys | null,
  takesUnproven: boolean,
): Promise<Opened | Refusal> {
  const field = 'secret';
  const plain = childOf(secret, 'PlainValue');
  if (plain !== undefined) {
    const bytes = decodeBase64(plain.text);
    return bytes === null
      ? new Refusal('The secret is not base64.', { field })
      : { bytes, isUnproven: false };
  }
  const value = childOf(secret, 'EncryptedValue');
  if (value === undefined || keys === null) return new Refusal('The key has no secret.', { field });
  if (!/#aes(?:128|256)-cbc$/.test(attributeOf(childOf(value, 'EncryptionMethod'), 'Algorithm'))) {
    return new Refusal('It is not encrypted with AES-CBC, the only cipher that is read.', { field });
  }
  const sealed = decodeBase64(textAt(value, 'CipherData', 'CipherValue'));
  if (sealed === null) return new Refusal('The secret is not base64.', { field });
  const mac = decodeBase64(textAt(secret, 'ValueMAC'));
  const isProven =
    keys.macKey !== null && mac?.length ? await verifiesHmac(keys.macHash, keys.macKey, mac, sealed) : false;
  if (!isProven && !takesUnproven) {
    return new Refusal(
      mac?.length
        ? 'The MAC of the secret is wrong: the key is, or the file was changed.'
        : 'The secret is encrypted and has no MAC.',
      {
        field,
        code: 'mac_missing',
        action: 'Only when you know where the file comes from, import it without checking MACs.',
      },
    );
  }
  const bytes = await openAesCbc(keys.key, sealed);
  return bytes === null
    ? new Refusal('The secret cannot be decrypted: the key is wrong.', { field, code: 'key_wrong' })
    : { bytes, isUnproven: !isProven };
}

function draftOf(one: XmlElement, bytes: Uint8Array): Draft {
  const key = childOf(one, 'Key');
  const type = /(?:^|:|#)(hotp|totp)$/i.exec(attributeOf(key, 'Algorithm'))?.[1]?.toLowerCase();
  if (type !== 'hotp' && type !== 'totp') {
    throw new Refusal('The key is neither for HOTP nor for TOTP.', { field: 'type' });
  }
  const parameters = childOf(key, 'AlgorithmParameters');
  const response = childOf(parameters, 'ResponseFormat');
  if (!/^(?:decimal)?$/i.test(attributeOf(response, 'Encoding'))) {
    throw new Refusal('Its codes are not decimal.', { field: 'ResponseFormat' });
  }
  const serial = textAt(one, 'DeviceInfo', 'SerialNo');
  const user = textAt(key, 'UserId') || textAt(one, 'DeviceInfo', 'UserId');
  const clientId = firstText(user, serial, attributeOf(key, 'Id'));
  const suite = childOf(parameters, 'Suite');
  return {
    clientId,
    label: firstText(textAt(key, 'FriendlyName'), clientId),
    issuer: firstText(textAt(key, 'Issuer'), textAt(one, 'DeviceInfo', 'Manufacturer')),
    type,
    // The schema has it as text; privacyIDEA as an attribute.
    algorithm: algorithmOf(suite?.text.trim() || attributeOf(suite, 'hashalgo')),
    digits: digitsOf(attributeOf(response, 'Length')),
    ...movingOf(type, childOf(key, 'Data'), textAt(key, 'Issuer') === 'privacyIDEA'),
    secret: bounded(bytes),
    ...(user !== '' && serial !== '' ? { name: serial } : {}),
  };
}

function movingOf(
  type: 'totp' | 'hotp',
  data: XmlElement | undefined,
  isPrivacyIdea: boolean,
): Partial<Draft> {
  if (type === 'hotp') return { counter: counterOf(plainOf(data, 'Counter')) };
  const period = periodOf(plainOf(data, 'TimeInterval'));
  const drift = textAt(data, 'TimeDrift', 'PlainValue');
  if (isPrivacyIdea)
    return { period, ...privacyIdeaState(period, textAt(data, 'Counter', 'PlainValue'), drift) };
  const driftSteps = wholeNumber(drift, 'TimeDrift', { min: -1_000_000, max: 1_000_000, absent: 0 });
  return { period, driftSteps };
}

function plainOf(data: XmlElement | undefined, name: string): string | undefined {
  const element = childOf(data, name);
  if (
    element !== undefined &&
    childOf(element, 'PlainValue') === undefined &&
    childOf(element, 'EncryptedValue')
  ) {
    throw new Refusal(`${name} is encrypted, which is not read.`, { field: name });
  }
  return textAt(element, 'PlainValue') || undefined;
}
