import { inspect } from 'node:util';
import { describe, expect, expectTypeOf, test } from 'vitest';
import { InvalidArgument, isValid, Kanda, Secret, type Verdict } from '../src/index.ts';
import { path } from '../src/paths.ts';

describe('isValid', () => {
  test.each([
    [{ valid: true }, true],
    [{ valid: false, reason: 'invalid_code' }, false],
    [{ valid: 'true' }, false],
    [{ valid: 1 }, false],
    [{}, false],
    [Object.create({ valid: true }), false],
    [new Error('no answer'), false],
    [true, false],
    ['true', false],
    [null, false],
    [undefined, false],
    [[true], false],
  ])('of %j is %s', (verdict, expected) => {
    expect(isValid(verdict)).toBe(expected);
  });

  test('of a promise is an error: an await is missing', () => {
    expect(() => isValid(Promise.resolve({ valid: true }))).toThrow(InvalidArgument);
    expect(() => isValid(Promise.resolve({ valid: true }))).toThrow(/await/);
  });

  test('tells the types of the two verdicts apart', () => {
    const verdict = { valid: false, reason: 'locked', retryAfter: 30 } as Verdict;
    if (isValid(verdict)) expectTypeOf(verdict.valid).toEqualTypeOf<true>();
    else expectTypeOf(verdict.reason).toExtend<string>();
  });
});

describe('what is secret does not print', () => {
  const KEY = 'kan_0123456789abcdef';
  const ways: readonly [string, (value: object) => string][] = [
    ['util.inspect', (value) => inspect(value, { showHidden: true, depth: 9 })],
    ['JSON', (value) => JSON.stringify({ value })],
    ['a template', (value) => `${value}`],
    ['String', (value) => String(value)],
    ['its own fields', (value) => Object.values(Object.getOwnPropertyDescriptors(value)).join()],
  ];

  test.each(ways)('by %s', (_, print) => {
    const secret = new Secret('JBSWY3DPEHPK3PXP');
    expect(print(secret)).not.toContain('JBSW');
    expect(print({ nested: [secret] })).not.toContain('JBSW');
    expect(print(new Kanda({ url: 'https://kanda.example.com', apiKey: KEY }))).not.toContain('0123');
    expect(secret.reveal()).toBe('JBSWY3DPEHPK3PXP');
  });

  test('not even in the error about a key that is none', () => {
    const wrong = () => new Kanda({ url: 'https://kanda.example.com', apiKey: ' kan_pasted with a space' });
    expect(wrong).toThrow(InvalidArgument);
    expect(wrong).not.toThrow(/pasted/);
  });
});

describe('a part of a path', () => {
  test.each([
    ['user-123', '/x/user-123/y'],
    ['a/../b', '/x/a%2F..%2Fb/y'],
    ['%2e%2e', '/x/%252e%252e/y'],
    ['a?b#c', '/x/a%3Fb%23c/y'],
    ['...', '/x/.../y'],
    ['Zoë', '/x/Zo%C3%AB/y'],
  ])('%s is encoded', (part, expected) => {
    expect(path`/x/${part}/y`).toBe(expected);
    expect(new URL(expected, 'http://kanda').pathname.split('/')).toHaveLength(4);
  });

  test.each(['', '.', '..', '\ud800', undefined, null, 7, ['..'], { toString: () => '..' }])(
    '%j is refused',
    (part) => {
      expect(() => path`/x/${part as string}/y`).toThrow(InvalidArgument);
    },
  );
});

test.each([
  [{ url: 'kanda.example.com' }],
  [{ url: 'ftp://kanda.example.com' }],
  [{ url: 'https://user:password@kanda.example.com' }],
  [{ url: 'https://kanda.example.com/?a=b' }],
  [{ apiKey: 'eyJhbGciOi' }],
  [{ apiKey: '' }],
  [{ retries: -1 }],
  [{ retries: 1.5 }],
  [{ timeoutMs: 0 }],
  [{ timeoutMs: Number.NaN }],
  [{ timeoutMs: Number.POSITIVE_INFINITY }],
])('%j is no option', (wrong) => {
  expect(() => new Kanda({ url: 'https://kanda.example.com', apiKey: 'kan_key', ...wrong })).toThrow(
    InvalidArgument,
  );
});
