import { AssertionError, deepStrictEqual } from 'node:assert';
import { Console } from 'node:console';
import { PassThrough } from 'node:stream';
import { format, inspect } from 'node:util';
import { serialize } from 'node:v8';
import { describe, expect, it } from 'vitest';
import { Secret } from '../../src/domain/secret.ts';

/** Every form that the value could be recognized in. */
const TEXT = 'kan_7Qx9_hunter2correcthorse';
const BYTES = new TextEncoder().encode(TEXT);
const FORMS = [
  TEXT,
  'hunter2',
  Buffer.from(TEXT).toString('hex'),
  Buffer.from(TEXT).toString('base64'),
  [...BYTES].join(','),
  [...BYTES].join(', '),
  [...BYTES].map((byte) => byte.toString(16)).join(' '),
];

const INSPECTIONS = [
  {},
  { depth: null, showHidden: true },
  { depth: null, showHidden: true, getters: true, showProxy: true },
  { depth: null, showHidden: true, customInspect: false, getters: true, showProxy: true },
  { compact: false, colors: true, breakLength: 1 },
] as const;

const wrapped = (secret: unknown) => ({ a: [{ b: new Map([['c', { d: [secret] }]]) }] });

describe.each([
  { kind: 'text', secret: new Secret(TEXT) },
  { kind: 'bytes', secret: new Secret(BYTES) },
])('a secret of $kind', ({ secret }) => {
  it('is given to anyone who asks with reveal()', () => {
    expect(secret.reveal()).toBe(typeof secret.reveal() === 'string' ? TEXT : BYTES);
  });

  it.each(INSPECTIONS)('does not show in util.inspect with %j', (options) => {
    safe(inspect(secret, options));
    safe(inspect(wrapped(secret), options));
    safe(inspect(new Proxy(secret, {}), options));
    safe(inspect(new Error('failed', { cause: secret }), options));
    safe(inspect(Object.assign(new Error('failed'), { secret }), options));
  });

  it('reads [redacted] in util.inspect at any depth', () => {
    expect(inspect(secret)).toBe('[redacted]');
    expect(inspect({ nested: { deeper: secret } })).toContain('[redacted]');
    expect(inspect(secret, { depth: -1 })).toBe('[redacted]');
  });

  it('reads [redacted] in JSON', () => {
    expect(JSON.stringify(secret)).toBe('"[redacted]"');
    expect(JSON.stringify({ user: 'alice', password: secret, all: [secret] })).toBe(
      '{"user":"alice","password":"[redacted]","all":["[redacted]"]}',
    );
    safe(JSON.stringify(wrapped(secret), null, 2));
  });

  it('reads [redacted] wherever text is made of it', () => {
    expect(`${secret}`).toBe('[redacted]');
    expect(String(secret)).toBe('[redacted]');
    expect(`a${[secret, secret].join(' ')}`).toBe('a[redacted] [redacted]');
    expect(secret.toString()).toBe('[redacted]');
    expect(new Error(String(secret)).message).toBe('[redacted]');
    // biome-ignore lint/style/useTemplate: concatenation asks for another hint than a template does.
    expect('' + secret).toBe('[redacted]');
    expect(Number(secret)).toBeNaN();
    expect(encodeURIComponent(secret as unknown as string)).toBe('%5Bredacted%5D');
  });

  it.each(['%s', '%d', '%i', '%j', '%o', '%O', '%c', ''])('does not show in util.format(%j)', (template) => {
    safe(format(template, secret));
    safe(format(template, wrapped(secret)));
  });

  it('does not show on the console', () => {
    const sink = new PassThrough();
    const console = new Console(sink, sink);
    console.log(secret, { secret });
    console.error('%s %o', secret, secret);
    console.dir(wrapped(secret), { depth: null, showHidden: true });
    console.table([{ secret }]);
    const written: unknown = sink.read();
    expect(String(written)).toContain('[redacted]');
    safe(String(written));
  });

  it('has nothing to list, spread, assign or iterate', () => {
    expect(Reflect.ownKeys(secret)).toEqual([]);
    expect(Object.entries(secret)).toEqual([]);
    expect({ ...secret }).toEqual({});
    expect(Object.assign({}, secret)).toEqual({});
    expect(Object.getOwnPropertyDescriptors(secret)).toEqual({});
    const listed: string[] = [];
    for (const name in secret) listed.push(name);
    expect(listed).toEqual([]);
  });

  it('does not survive being cloned or serialized', () => {
    expect(structuredClone(secret)).toEqual({});
    safe(inspect(structuredClone(wrapped(secret)), { depth: null, showHidden: true }));
    safe(serialize(wrapped(secret)).toString('latin1'));
  });

  it('does not show in a failed assertion', () => {
    const failure = failureOf(() => deepStrictEqual({ secret }, { secret: 'something else' }));
    expect(failure).toBeInstanceOf(AssertionError);
    safe(`${failure}`);
    safe(inspect(failure, { depth: null }));
  });

  it('does not show in the error of a reveal() that lost its object', () => {
    const reveal = secret.reveal as () => unknown;
    const failure = failureOf(() => reveal.call(structuredClone(secret)));
    expect(failure).toBeInstanceOf(TypeError);
    safe(inspect(failure));
  });
});

it('the check above would see each form of the value', () => {
  const shown = [
    TEXT,
    inspect({ TEXT }),
    JSON.stringify([...BYTES]),
    inspect(BYTES),
    inspect(Buffer.from(BYTES)),
  ];
  for (const text of shown) expect(() => safe(text), text).toThrow();
});

function safe(text: string): void {
  // Inspecting bytes breaks lines; what is looked for is in one.
  const oneLine = text.replace(/\s+/g, ' ');
  for (const form of FORMS) expect(oneLine).not.toContain(form);
}

function failureOf(action: () => unknown): unknown {
  try {
    action();
  } catch (error) {
    return error;
  }
  return expect.fail('nothing was thrown');
}
