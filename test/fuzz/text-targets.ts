/** What reads codes, secrets, keys and bodies: each gives a value or its own refusal, and never two readings of one thing. */
import assert from 'node:assert/strict';
import { createSecretKey } from 'node:crypto';
import {
  createHotpKey,
  decodeBase32,
  encodeBase32,
  formatOtpauthUri,
  OtpError,
  parseCode,
  parseOtpauthUri,
} from '@kanda/otp';
import { createApiKey, parseApiKey } from '../../apps/server/src/crypto/api-key.ts';
import { createTokenIssuer } from '../../apps/server/src/crypto/bearer-token.ts';
import { createDeviceTokens } from '../../apps/server/src/crypto/device-tokens.ts';
import { MasterKeyError, parseMasterKeys, writeMasterKeys } from '../../apps/server/src/crypto/master-key.ts';
import { isGuessable } from '../../apps/server/src/crypto/password-guesses.ts';
import {
  createAccountRecoveryCodes,
  createClientRecoveryCodes,
} from '../../apps/server/src/crypto/recovery-codes.ts';
import { normalizeEmail } from '../../apps/server/src/domain/accounts/accounts.ts';
import { assertPassword } from '../../apps/server/src/domain/accounts/password-rules.ts';
import {
  CLIENT_ID_PATTERN,
  DISPLAY_NAME_PATTERN,
  MAX_WRITTEN_LENGTH,
  readClientId,
} from '../../apps/server/src/domain/clients/names.ts';
import { Fault } from '../../apps/server/src/domain/errors.ts';
import { printable } from '../../apps/server/src/domain/log/events.ts';
import { Secret } from '../../apps/server/src/domain/secret.ts';
import { parseJsonBody } from '../../apps/server/src/http/server/json-body.ts';
import { pageAfter, pageFrom } from '../../apps/server/src/store/operations/page.ts';
import type { Target } from './fuzzer.ts';

/** A parser of text, which computes and does nothing else. */
export function parser(
  name: string,
  seeds: readonly string[],
  words: readonly string[],
  run: Target['run'],
): Target {
  return { name, seeds, words, run, computesAlone: true };
}

/** What `read` gives, or its own refusal; anything else that it throws is a finding. */
export function readOrRefusal<T>(
  read: () => T,
  refusal: abstract new (...args: never[]) => Error,
): { readonly value: T } | { readonly refused: string; readonly message: string } {
  try {
    return { value: read() };
  } catch (error) {
    if (!(error instanceof refusal)) throw error;
    return { refused: causeIn(error.message), message: error.message };
  }
}

/** A message without what it quotes: one for each cause. */
export function causeIn(message: string): string {
  return message.replace(/"(?:[^"\\]|\\.)*"|\d+/g, '#').slice(0, 100);
}

const KEY = createSecretKey(Buffer.alloc(32, 7));
const NOW = Date.UTC(2026, 0, 31);
const URI = 'otpauth://totp/MyApp:alice%40example.com?secret=GEZDGNBVGY3TQOJQGEZDGNBVGY3TQOJQ&issuer=MyApp';
const API_KEY = createApiKey((length) => new Uint8Array(length).fill(9), KEY).text.reveal();
const TOKENS = createTokenIssuer({
  kid: 'kid',
  key: KEY,
  ttlSeconds: 3_600,
  issuer: 'kanda',
  audience: 'kanda',
});
/** One that was issued under this key. */
const TOKEN =
  'eyJhbGciOiJIUzI1NiIsInR5cCI6IkpXVCIsImtpZCI6ImtpZCJ9.eyJzaWQiOiJzZXNfMSIsInNjb3BlIjoiIiwiaXNzIjoia2FuZGEiLCJhdWQi' +
  'OiJrYW5kYSIsInN1YiI6ImFjY18xIiwianRpIjoiYXpUMnpjVzRyTWpQdVBXNW10NEt1ZyIsImlhdCI6MTc2OTgxNzYwMCwiZXhwIjoxNzY5ODIxMjAw' +
  'fQ.S18AuBScsSypSUmnrU6fLwNbF2kWh3Yq8dYW3z4RabY';
assert.equal((await TOKENS.verify(TOKEN, NOW)).accountPublicId, 'acc_1');
const ACCOUNT_CODES = createAccountRecoveryCodes(KEY, (length) => new Uint8Array(length).fill(5));
const DEVICE_TOKENS = createDeviceTokens(KEY, (length) => new Uint8Array(length).fill(5));
const DEVICE_OWNER = { account: { publicId: 'acc_1' }, clientId: 'alice' };
const CLIENT_CODES = createClientRecoveryCodes(KEY, (length) => new Uint8Array(length).fill(5));
const MASTER_KEY = Buffer.alloc(32, 3).toString('base64');
const DISPLAY_NAME = new RegExp(DISPLAY_NAME_PATTERN, 'u');
const CLIENT_ID = new RegExp(CLIENT_ID_PATTERN, 'u');
const cursors = [pageAfter.encode(17), pageFrom.encode(9_007_199_254_740_991)];

export const textTargets: readonly Target[] = [
  parser(
    'base32',
    ['JBSWY3DPEHPK3PXP', 'jbsw y3dp-ehpk 3pxp', 'MZXW6==='],
    ['=', 'MZXW6', ' ', '-'],
    (text) => {
      const read = readOrRefusal(() => decodeBase32(text), OtpError);
      if ('refused' in read) return read.refused;
      assert.match(text, /^[A-Za-z2-7 =-]*$/);
      const letters = text.replace(/[ =-]/g, '').toUpperCase();
      // All but the bits behind the last whole byte.
      const whole = Math.floor((read.value.length * 8) / 5);
      assert.equal(encodeBase32(read.value).slice(0, whole), letters.slice(0, whole));
      return 'read';
    },
  ),
  parser(
    'otpauth',
    [URI, `${URI}&algorithm=SHA512&digits=8&period=60`, `${URI.replace('totp', 'hotp')}&counter=5`],
    [
      '&',
      'secret=',
      'issuer=',
      'algorithm=SHA256',
      'digits=',
      'period=',
      'counter=1',
      'hotp',
      '%3A',
      ':',
      '%',
    ],
    (text) => {
      const read = readOrRefusal(() => parseOtpauthUri(text), OtpError);
      if ('refused' in read) {
        const quoted = /secret=([A-Z2-7]{8,})/.exec(text)?.[1];
        if (quoted !== undefined) assert(!read.message.includes(quoted), 'a refusal quotes the secret');
        return read.refused;
      }
      const account = read.value;
      createHotpKey(account.secret, account.algorithm);
      const written = readOrRefusal(() => formatOtpauthUri(account), OtpError);
      // A name may be read that is not written: apps put a colon there.
      if ('refused' in written) assert(`${account.issuer}${account.label}`.includes(':'), written.refused);
      else assert.deepEqual(parseOtpauthUri(written.value), account);
      return `read, ${account.type}, ${account.algorithm}`;
    },
  ),
  parser('code', ['123456', '01234567'], ['0', '１'], (text) => {
    const values = ([6, 8] as const).map((digits) => {
      const value = parseCode(text, digits);
      assert.equal(value !== null, text.length === digits && /^[0-9]+$/.test(text));
      if (value !== null) assert.equal(value, Number(text));
      return value !== null;
    });
    return values.join();
  }),
  parser('cursor', cursors, ['YS4', 'Zi4', '=', 'LjE'], (text) => {
    const kinds = [pageAfter, pageFrom];
    const places = kinds.map((kind) => readOrRefusal(() => kind.decode(text), Fault));
    const read = places.flatMap((place, kind) => ('value' in place ? [{ kind, at: place.value }] : []));
    assert(read.length <= 1, 'one text is a cursor of two lists');
    for (const { kind, at } of read) assert.equal(kinds[kind]?.encode(at ?? 0), text);
    return `${read.length} ${read[0]?.kind}`;
  }),
  parser('api-key', [API_KEY], ['kan_', '_'], (text) => {
    const parsed = parseApiKey(text);
    if (parsed === null) return 'none';
    assert.match(text, /^kan_[a-z2-7]{16}_[a-z2-7]{39}$/);
    assert.equal(parsed.text.reveal(), text);
    assert(text.startsWith(`kan_${parsed.id}_`));
    return 'read';
  }),
  parser('token', [TOKEN, 'e30.e30.e30'], ['.', 'eyJhbGciOiJub25lIn0', 'e30', '='], async (text) => {
    if (text === TOKEN) return 'own';
    const refusal = await TOKENS.verify(text, NOW).catch((error) => error);
    assert(refusal instanceof Fault, `a token that was not issued is taken, or ends in ${refusal}`);
    assert(['token_invalid', 'token_expired'].includes(refusal.code), refusal.code);
    return refusal.code;
  }),
  parser(
    'json-body',
    ['{"clientId":"alice","token":"123456"}', '[[[[[[[[]]]]]]]]', '{"a":[{"b":null}],"c":1e3,"d":"\\u0000"}'],
    ['{', '}', '[', ']', '"a":', ',', '\\"', '"__proto__":', '\\u0061', '\xef\xbb\xbf', '\xff', 'true'],
    (text) => {
      // Characters are bytes here, as a body is not always UTF-8.
      const bytes = Buffer.from(text, 'latin1');
      const read = readOrRefusal(() => parseJsonBody(bytes), Fault);
      if ('refused' in read) return read.refused;
      assert.deepEqual(read.value, JSON.parse(bytes.toString()));
      // Written again it has as many colons outside of its texts: no name was there twice.
      const colons = (json: string) => json.replace(/"(?:[^"\\]|\\.)*"/gs, '').split(':').length;
      assert.equal(colons(bytes.toString()), colons(JSON.stringify(read.value)));
      return `read, ${typeof read.value}`;
    },
  ),
  parser(
    'master-key',
    [MASTER_KEY, `${MASTER_KEY},\n${MASTER_KEY}`],
    [MASTER_KEY, ',', '\n', '=', '-', '_'],
    (text) => {
      const read = readOrRefusal(() => parseMasterKeys(new Secret(text), 'KANDA_MASTER_KEY'), MasterKeyError);
      if ('refused' in read) {
        const long = text.trim().slice(0, 24);
        if (long.length === 24) assert(!read.message.includes(long), 'a refusal quotes the key');
        return read.refused;
      }
      const again = parseMasterKeys(writeMasterKeys(read.value), 'again');
      assert.deepEqual(
        again.map(({ id }) => id),
        read.value.map(({ id }) => id),
      );
      return `${read.value.length} keys`;
    },
  ),
  parser(
    'recovery-code',
    [ACCOUNT_CODES.create().reveal(), CLIENT_CODES.create().reveal()],
    ['-', ' ', '\u2014', '0', '1', '8', 'I', 'L', 'O', 'U'],
    (text) => {
      const macs = (typed: string) => [
        ACCOUNT_CODES.mac('acc_1', new Secret(typed)),
        CLIENT_CODES.mac('acc_1', 'alice', new Secret(typed)),
      ];
      const read = macs(text).map((mac) => mac !== null);
      // Capitals do not matter, of letters that have one.
      if (/^[\0-~]*$/.test(text)) assert.deepEqual(macs(text.toUpperCase()), macs(text.toLowerCase()));
      return read.join();
    },
  ),
  parser(
    'device-token',
    [DEVICE_TOKENS.create(DEVICE_OWNER).token.reveal()],
    ['kdt_', '_', 'a', '7', '1', 'A', ' ', '='],
    (text) => {
      const read = DEVICE_TOKENS.read(DEVICE_OWNER, new Secret(text));
      if (read === null) return 'none';
      const next = DEVICE_TOKENS.read(DEVICE_OWNER, read.next);
      assert.deepEqual(next?.presented, { ...read.presented, uses: read.presented.uses + 1 });
      return 'token';
    },
  ),
  parser(
    'password',
    ['a sentence of our own', 'correcthorsebatterystaple', 'kanda2026kanda2026', 'aaaaaaaaaaaaaaa1!'],
    ['123', 'abc', 'qwerty', 'alice', '2026', 'example', '!', 'zyx'],
    async (text) => {
      const judged = await assertPassword(isGuessable, new Secret(text), 'alice.smith@example.com').catch(
        (error) => error,
      );
      if (judged === undefined) return 'taken';
      assert(judged instanceof Fault, `a password ends in ${judged}`);
      return judged.code;
    },
  ),
  parser('name', ['alice@example.com', 'Größe 7', '\u3164'], ['\u200b', '\u202e', ':', '..'], (text) => {
    const shown = printable(text, 256);
    assert(!/[\p{Cc}\p{Cs}\p{Zl}\p{Zp}]/u.test(shown), 'a line of the log has what breaks lines');
    assert.equal(normalizeEmail(normalizeEmail(text)), normalizeEmail(text));
    return `${DISPLAY_NAME.test(text)} ${shown === text}`;
  }),
  parser(
    'client-id',
    [
      'user-123',
      'auth0|5f7c',
      "o'brien@example.com",
      'https://idp.example/u/%2F7',
      'Größe 7',
      '山田 太郎',
      '😀',
    ],
    [
      '\u0301',
      '\u200b',
      '\u202e',
      ' ',
      '..',
      '/',
      '\\',
      '%2F',
      '\ud800',
      '\u212a',
      '\u1f82',
      '\ue000',
      '\u0378',
    ],
    (text) => {
      const read = readClientId(text);
      if ('problem' in read) return causeIn(read.problem).replace(/U\+[0-9A-F#]+/, '');
      const { clientId } = read;
      assert.deepEqual(readClientId(clientId), read, 'what was read is read again as it is');
      assert.deepEqual(readClientId(text.normalize('NFD')), read, 'another spelling is another id');
      assert([...text].length <= MAX_WRITTEN_LENGTH && CLIENT_ID.test(text), 'openapi.json refuses it');
      assert([...clientId].length <= 128 && Buffer.byteLength(clientId) <= 512);
      assert(!/[^ \p{L}\p{M}\p{N}\p{P}\p{S}]/u.test(clientId), 'it has what cannot be printed');
      const { pathname } = new URL(`http://k/a/${encodeURIComponent(clientId)}/b`);
      const parts = pathname.split('/');
      assert.equal(parts.length, 4, 'its path has another part');
      assert.equal(decodeURIComponent(parts[2] ?? ''), clientId);
      return clientId === text ? 'read' : 'normalized';
    },
  ),
];
