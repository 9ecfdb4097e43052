/** Files that the real programs made; samples/README.md says which. */
import { createHmac } from 'node:crypto';
import { readdirSync } from 'node:fs';
import { expect, test } from 'vitest';
import { FORMATS } from '../src/index.ts';
import { Input } from '../src/reading/input.ts';
import { HEX, parse, sample, shown, told } from './support.ts';

const FOLDER = new URL('../samples/', import.meta.url);

interface Told {
  readonly used: { readonly step?: number; readonly counter?: number; readonly code: string } | null;
  readonly key: string;
  readonly confirmed?: boolean;
  readonly codes?: readonly string[];
  readonly spent?: string;
  readonly digits?: number;
  readonly hash?: string;
}

function toldOf(name: string): { readonly users: Record<string, Told>; readonly key?: string } {
  return JSON.parse(sample(`${name}.used.json`).toString());
}

/** RFC 4226, so that a code of the sample proves that key, hash, digits and factor were read as they were meant. */
function code(key: Uint8Array, factor: number, digits: number, hash: string): string {
  const data = Buffer.alloc(8);
  data.writeBigUInt64BE(BigInt(factor));
  const mac = createHmac(hash.toLowerCase(), key).update(data).digest();
  const at = (mac.at(-1) ?? 0) & 15;
  return String((mac.readUInt32BE(at) & 0x7fffffff) % 10 ** digits).padStart(digits, '0');
}

const FILES = readdirSync(FOLDER).filter(
  (name) => /\.(json|csv|xml|yaml|txt)$/.test(name) && !name.endsWith('.used.json'),
);

test.each(FILES)('%s is recognized, by one format alone', (name) => {
  const input = new Input(sample(name));
  expect(FORMATS.filter((format) => format.matches(input)).map((format) => format.name)).toHaveLength(1);
});

test.each([
  ['privacyidea.yaml', 'privacyidea', (record: { clientId?: string }) => record.clientId, 0],
  ['privacyidea.csv', 'privacyidea', (record: { clientId?: string }) => record.clientId, 0],
  ['keycloak.json', 'keycloak', (record: { clientId?: string }) => record.clientId, 0],
  ['django-otp.json', 'django-otp', (record: { clientId?: string }) => record.clientId, 4],
  ['better-auth.json', 'better-auth', (record: { clientId?: string }) => record.clientId, 4],
  ['devise.json', 'devise', (record: { clientId?: string }) => record.clientId, 4],
] as const)(
  '%s: 50 users, and the code that each has used is one of the secret that was read',
  async (file, name, nameOf, unconfirmed) => {
    const { users } = toldOf(name);
    const parsed = await parse(sample(file));
    expect(Object.keys(users)).toHaveLength(50);
    expect(parsed.records).toHaveLength(50 - unconfirmed);
    expect(parsed.problems.filter(({ kind }) => kind === 'skipped')).toHaveLength(unconfirmed);
    expect(parsed.problems.filter(({ kind }) => kind === 'refused' || kind === 'file')).toEqual([]);
    for (const { record } of parsed.records) {
      const user = users[nameOf(record) ?? ''];
      if (user?.used == null) continue;
      const factor = user.used.step ?? user.used.counter ?? -1;
      expect(code(record.secret, factor, record.digits, record.algorithm)).toBe(user.used.code);
    }
  },
);

test.each(['privacyidea.yaml', 'django-otp.json', 'devise.json'])(
  '%s: what was used is known',
  async (file) => {
    const { users } = toldOf(file.replace(/\.\w+$/, ''));
    const { records } = await parse(sample(file));
    for (const { record } of records) {
      const user = users[record.clientId ?? ''];
      if (user?.used?.counter !== undefined) expect(record.counter).toBe(user.used.counter + 1);
      else if (user?.used?.step !== undefined) {
        expect(record.lastUsedStep).toBeGreaterThanOrEqual(user.used.step);
        expect(record.lastUsedStep).toBeLessThanOrEqual(user.used.step + (file === 'devise.json' ? 2 : 0));
      } else expect(record.lastUsedStep).toBeUndefined();
    }
  },
);

test('recovery codes come along without those that were used', async () => {
  for (const name of ['django-otp', 'better-auth']) {
    const { users } = toldOf(name);
    const { records } = await parse(sample(`${name}.json`));
    const withCodes = records.filter(({ record }) => users[record.clientId ?? '']?.codes !== undefined);
    expect(withCodes.length).toBeGreaterThan(8);
    for (const { record } of withCodes) {
      const user = users[record.clientId ?? ''];
      expect([...(record.recoveryCodes ?? [])].sort()).toEqual([...(user?.codes ?? [])].sort());
      expect(record.recoveryCodes).not.toContain(user?.spent);
    }
  }
});

test('PSKC of privacyIDEA: names in lower case, the hash as an attribute, drift in seconds, the counter of TOTP', async () => {
  const { users, key } = toldOf('privacyidea');
  const file = sample('privacyidea.pskc.xml');
  const { records } = await parse(file, { key: Buffer.from(key ?? '', 'hex') });
  expect(records).toHaveLength(50);
  const bySerial = new Map(
    Object.values(users).map((user) => [(user as Told & { serial: string }).serial, user]),
  );
  for (const { record } of records) {
    const user = bySerial.get(record.clientId ?? '');
    expect(Buffer.from(record.secret).toString('hex')).toBe(user?.key);
    expect(record.algorithm.toLowerCase()).toBe(user?.hash);
    expect(record.digits).toBe(user?.digits);
    expect(record.lastUsedStep).toBe(user?.used?.step);
    if (user?.used?.counter !== undefined) expect(record.counter).toBe(user.used.counter + 1);
    expect(Math.abs(record.driftSteps ?? 0)).toBeLessThanOrEqual(1);
  }
  const wrong = await parse(file, { key: new Uint8Array(16) });
  expect(wrong.records).toEqual([]);
  expect(told(wrong).join()).toMatch(/wrong/);
});

test.each([
  ['pskc-plain.xml', {}],
  ['pskc-key.xml', { key: Buffer.from('12345678901234567890123456789012', 'hex') }],
  ['pskc-password.xml', { password: 'qwerty' }],
])('%s of python-pskc', async (file, options) => {
  expect(shown(await parse(sample(file), options))).toEqual([
    {
      clientId: 'CN=alice',
      label: 'alice@example.com',
      issuer: 'Example Bank',
      type: 'totp',
      algorithm: 'SHA1',
      digits: 8,
      period: 30,
      driftSteps: -2,
      name: 'T1',
      secret: HEX,
    },
    {
      clientId: 'T2',
      label: 'T2',
      issuer: 'Example',
      type: 'totp',
      algorithm: 'SHA256',
      digits: 6,
      period: 60,
      secret: `${HEX}313233343536373839303132`,
    },
    {
      clientId: 'H1',
      label: 'H1',
      issuer: 'Example',
      type: 'hotp',
      algorithm: 'SHA1',
      digits: 6,
      period: 0,
      counter: 42,
      secret: HEX,
    },
  ]);
});

test('keepassxc.csv: entries with a code, over lines that others span', async () => {
  const parsed = await parse(sample('keepassxc.csv'));
  expect(parsed.records.map(({ place, record }) => [place, record.label, record.digits])).toEqual([
    ['line 2', 'alice@example.com', 6],
    ['line 5', 'carol', 8],
  ]);
  expect(JSON.stringify(parsed)).not.toContain('not imported');
});

test('google-migration.txt: three accounts of one QR code', async () => {
  expect(shown(await parse(sample('google-migration.txt')))).toEqual([
    {
      label: 'alice@example.com',
      issuer: 'Example',
      type: 'totp',
      algorithm: 'SHA1',
      digits: 6,
      period: 30,
      secret: HEX,
    },
    {
      label: 'bob',
      issuer: 'Example',
      type: 'totp',
      algorithm: 'SHA256',
      digits: 8,
      period: 30,
      secret: `${HEX}313233343536373839303132`,
    },
    {
      label: 'carol',
      issuer: 'Example',
      type: 'hotp',
      algorithm: 'SHA1',
      digits: 6,
      period: 0,
      counter: 7,
      secret: HEX,
    },
  ]);
});

test.each([
  ['aegis.json', 'aegis', 2],
  ['auth0.json', 'auth0', 2],
  ['authelia.yml', 'authelia', 2],
  ['clerk.csv', 'clerk', 2],
  ['fortify.json', 'fortify', 2],
  ['kratos.json', 'kratos', 1],
  ['supabase.csv', 'supabase', 2],
])('by-hand/%s is recognized, and nothing of it is refused', async (file, format, count) => {
  const parsed = await parse(sample(`by-hand/${file}`));
  expect(parsed.format).toBe(format);
  expect(parsed.records).toHaveLength(count);
  expect(parsed.problems.filter(({ kind }) => kind !== 'skipped')).toEqual([]);
});
