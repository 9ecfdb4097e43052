/**
 * What reads text of strangers, fed with made-up text and with good text that was tampered with: it gives a
 * value or its own refusal, never another exception, never two readings of one thing, and no refusal quotes
 * what may be secret. Each search ends after a few seconds, whatever it has found by then.
 *
 * Seen to fail: with the checksum not looked at (crypto/api-key.ts), with a cursor compared by its number
 * alone (store/operations/page.ts), with names counted without escapes (http/server/json-body.ts), and with `toUpperCase` in
 * place of the table (packages/otp/src/base32.ts), which reads `ı` as `I`.
 */
import { createSecretKey, randomBytes } from 'node:crypto';
import { encodeBase32, formatOtpauthUri } from '@kanda/otp';
import fc from 'fast-check';
import { expect, test } from 'vitest';
import { createApiKey, parseApiKey } from '../../apps/server/src/crypto/api-key.ts';
import { createTokenIssuer } from '../../apps/server/src/crypto/bearer-token.ts';
import { Fault } from '../../apps/server/src/domain/errors.ts';
import { parseJsonBody } from '../../apps/server/src/http/server/json-body.ts';
import { pageAfter, pageFrom } from '../../apps/server/src/store/operations/page.ts';
import { ODD_CHARACTERS } from './mutations.ts';
import { textTargets } from './text-targets.ts';

const DURATION_SECONDS = 3;
const seed = Number(process.env.FUZZ_SEED ?? 20_260_131);
const limits = { seed, numRuns: 15_000, interruptAfterTimeLimit: DURATION_SECONDS * 1_000 };
console.log(`fuzzing parsers: FUZZ_SEED=${seed} repeats it`);

const check = <T extends unknown[]>(property: fc.IProperty<T>) => fc.assert(property, limits);
const checkAsync = <T extends unknown[]>(property: fc.IAsyncProperty<T>) => fc.assert(property, limits);

const oddCharacter = fc.constantFrom(...ODD_CHARACTERS);
const anyText = fc.oneof(
  fc.string({ unit: 'binary', maxLength: 80 }),
  fc.string({ unit: oddCharacter, maxLength: 40 }),
);

/** `good` with a few places cut out, doubled, changed in case or put between. */
function tampered(good: fc.Arbitrary<string>): fc.Arbitrary<string> {
  const edit = fc.record({
    at: fc.double({ min: 0, max: 1, noNaN: true }),
    how: fc.constantFrom('put', 'replace', 'cut', 'double', 'upper', 'lower'),
    what: oddCharacter,
  });
  return fc.tuple(good, fc.array(edit, { minLength: 1, maxLength: 4 })).map(([text, edits]) =>
    edits.reduce((so, { at, how, what }) => {
      const index = Math.floor(at * so.length);
      const here = so.slice(index, index + 1);
      const between = { put: what + here, replace: what, cut: '', double: here + here };
      const changed = { ...between, upper: here.toUpperCase(), lower: here.toLowerCase() }[how];
      return so.slice(0, index) + changed + so.slice(index + 1);
    }, text),
  );
}

/** What must hold for a parser is written down beside it, in the targets of `npm run fuzz`. */
function feed(name: string, inputs: fc.Arbitrary<string>): void {
  const target = textTargets.find((one) => one.name === name);
  if (target === undefined) throw new Error(`there is no target ${name}`);
  check(fc.property(inputs, (text) => void target.run(text)));
}

const secret = fc.uint8Array({ minLength: 1, maxLength: 64 });
const name = fc
  .string({ unit: 'binary', minLength: 1, maxLength: 30 })
  .map((text) => text.replace(/[:\p{Cc}\p{Cs}]/gu, '_'));
const account = {
  issuer: name,
  label: name,
  secret,
  algorithm: fc.constantFrom('SHA1' as const, 'SHA256' as const, 'SHA512' as const),
  digits: fc.constantFrom(6 as const, 8 as const),
};
const otpauthUri = fc
  .oneof(
    fc.record({ ...account, type: fc.constant('totp' as const), period: fc.integer({ min: 1, max: 300 }) }),
    fc.record({ ...account, type: fc.constant('hotp' as const), counter: fc.nat() }),
  )
  .map(formatOtpauthUri);

test('base32: what is read has one value, made of its 32 letters and nothing else', () => {
  feed('base32', fc.oneof(anyText, tampered(secret.map(encodeBase32))));
});

test('otpauth: what is read is written so that it reads the same again, and no refusal quotes it', () => {
  feed('otpauth', fc.oneof(anyText, tampered(otpauthUri)));
});

test('codes: nothing but exactly the ASCII digits', () => {
  const code = fc.nat({ max: 999_999 }).map((number) => String(number).padStart(6, '0'));
  feed('code', fc.oneof(anyText, tampered(code)));
});

test('cursors: a text is the cursor of one list and of one place, or of none', () => {
  const cursor = fc
    .tuple(fc.constantFrom(pageAfter, pageFrom), fc.integer({ min: 1, max: Number.MAX_SAFE_INTEGER }))
    .map(([kind, place]) => kind.encode(place));
  feed('cursor', fc.oneof(anyText, cursor, tampered(cursor)));
});

test('API keys: no text near to a key is one', () => {
  const macKey = createSecretKey(randomBytes(32));
  const key = fc
    .uint8Array({ minLength: 30, maxLength: 30 })
    .map((bytes) => createApiKey((length) => bytes.slice(0, length), macKey).text.reveal());
  feed('api-key', fc.oneof(anyText, key, tampered(key)));
  // Four changes may undo each other; one never does.
  check(
    fc.property(key, fc.nat(), oddCharacter, (text, place, what) => {
      const index = place % text.length;
      const changed = text.slice(0, index) + what + text.slice(index + 1);
      if (changed !== text) expect(parseApiKey(changed)).toBeNull();
    }),
  );
});

test('tokens: no text near to a token is taken', async () => {
  const now = Date.UTC(2026, 0, 31);
  const tokens = createTokenIssuer({
    kid: 'kid',
    key: createSecretKey(randomBytes(32)),
    ttlSeconds: 3_600,
    issuer: 'kanda',
    audience: 'kanda',
  });
  const claims = { accountPublicId: 'acc_1', holder: { sessionId: 'ses_1' }, scopes: [] } as const;
  const { token } = await tokens.issue(claims, now);
  expect((await tokens.verify(token, now)).accountPublicId).toBe('acc_1');
  await checkAsync(
    fc.asyncProperty(fc.oneof(anyText, tampered(fc.constant(token))), async (text) => {
      if (text === token) return;
      const refusal = await tokens.verify(text, now).catch((error) => error);
      expect(refusal).toBeInstanceOf(Fault);
      expect(['token_invalid', 'token_expired']).toContain(refusal.code);
    }),
  );
});

test('JSON bodies: what is taken is what JSON.parse reads, and no name stands twice', () => {
  const json = fc.json({ maxDepth: 4 });
  // A character of the target is a byte of the body.
  const bytes = fc.oneof(anyText, json, tampered(json)).map((text) => Buffer.from(text).toString('latin1'));
  feed('json-body', bytes);
  const field = fc.tuple(fc.string({ maxLength: 4 }), fc.json({ maxDepth: 1 }));
  check(
    fc.property(fc.array(field, { maxLength: 5 }), field, (others, [twice, value]) => {
      const written = [...others, [twice, value], [twice, value]].map(
        ([key, inner]) => `${JSON.stringify(key)}:${inner}`,
      );
      const body = Buffer.from(`{${written.join(',')}}`);
      expect(() => parseJsonBody(body)).toThrow(Fault);
    }),
  );
});
