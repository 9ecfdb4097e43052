import type { Format } from '../format.ts';
import { MAX_PBKDF2_ITERATIONS, openAesGcm, pbkdf2, sha256 } from '../reading/ciphers.ts';
import { Collector, type Draft } from '../reading/collector.ts';
import type { Input } from '../reading/input.ts';
import { jsonIn, passwordRequired, passwordWrong } from '../reading/opened.ts';
import {
  algorithmOf,
  counterOf,
  digitsOf,
  isRow,
  periodOf,
  type Row,
  rowOf,
  textOf,
} from '../reading/values.ts';
import { Refusal, readSecret } from '../secret-text.ts';

/**
 * A backup of andOTP: a JSON list, or that list encrypted with a password (iterations, salt, nonce, AES-256-GCM; before
 * version 0.6.3 nonce and AES-256-GCM under the password's SHA-256). Source: andOTP's wiki and the importer of Aegis.
 * An encrypted one has no mark, so it is recognized as what is no text.
 */
export const andOtp: Format = {
  name: 'andotp',
  title: 'andOTP (JSON, or .aes)',
  matches: (input) => isPlain(input) || isSealed(input),
  async parse(input, { password }) {
    const collector = new Collector('andotp');
    const entries = isPlain(input) ? input.json : await open(collector, input.bytes, password);
    if (entries === null) return collector.done();
    if (!Array.isArray(entries)) collector.fail('The backup is not a list of entries.');
    else {
      for (const [index, entry] of (entries as unknown[]).entries()) {
        collector.add(`entry ${index + 1}`, () => draftOf(rowOf(entry, 'entry')));
      }
    }
    return collector.done();
  },
};

const SALT_AT = 4;
const NONCE_AT = 16;
const NONCE_BYTES = 12;
const LEAST_BYTES = NONCE_AT + NONCE_BYTES + 16;

function isPlain({ json }: Input): boolean {
  if (!Array.isArray(json)) return false;
  const first: unknown = json[0];
  return isRow(first) && 'secret' in first && 'thumbnail' in first && 'type' in first;
}

function isSealed({ bytes, text }: Input): boolean {
  const isArchive = bytes[0] === 0x50 && bytes[1] === 0x4b;
  return text === null && !isArchive && bytes.length >= LEAST_BYTES && bytes.length < 16 * 1024 * 1024;
}

async function open(collector: Collector, bytes: Uint8Array, password: string | undefined): Promise<unknown> {
  if (password === undefined) {
    passwordRequired(collector);
    return null;
  }
  const opened = (await openNew(bytes, password)) ?? (await openOld(bytes, password));
  const json = opened === null ? undefined : jsonIn(opened);
  if (json !== undefined) return json;
  passwordWrong(collector);
  return null;
}

async function openNew(bytes: Uint8Array, password: string): Promise<Uint8Array | null> {
  const iterations = new DataView(bytes.buffer, bytes.byteOffset).getInt32(0);
  if (iterations < 1 || iterations > MAX_PBKDF2_ITERATIONS) return null;
  const salt = bytes.subarray(SALT_AT, NONCE_AT);
  const key = await pbkdf2('SHA-1', new TextEncoder().encode(password), { salt, iterations, bytes: 32 });
  const sealed = bytes.subarray(NONCE_AT + NONCE_BYTES);
  return key === null ? null : openAesGcm(key, bytes.subarray(NONCE_AT, NONCE_AT + NONCE_BYTES), sealed);
}

async function openOld(bytes: Uint8Array, password: string): Promise<Uint8Array | null> {
  const key = await sha256(new TextEncoder().encode(password));
  return openAesGcm(key, bytes.subarray(0, NONCE_BYTES), bytes.subarray(NONCE_BYTES));
}

function draftOf(entry: Row): Draft {
  const type = textOf(entry.type).toLowerCase();
  if (type !== 'totp' && type !== 'hotp') {
    throw new Refusal('It is neither TOTP nor HOTP: Steam and MOTP make their codes in their own way.', {
      field: 'type',
      action: 'Enrol this user anew.',
    });
  }
  return {
    label: textOf(entry.label),
    issuer: textOf(entry.issuer),
    type,
    algorithm: algorithmOf(entry.algorithm),
    digits: digitsOf(entry.digits),
    ...(type === 'totp' ? { period: periodOf(entry.period) } : { counter: counterOf(entry.counter) }),
    secret: readSecret(textOf(entry.secret)),
  };
}
