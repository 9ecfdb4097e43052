import { globSync, readFileSync } from 'node:fs';
import { describe, expect, test } from 'vitest';
import {
  batchesOf,
  csvHeadings,
  isClientIdRule,
  type OtpRecord,
  type Parsed,
  previewOf,
  recordsToImport,
} from '../src/index.ts';
import { BASE32, RECORD } from './support.ts';

const COLUMN = { clientId: 'column', issuer: null };

function parsed(...records: Partial<OtpRecord>[]): Parsed {
  const placed = records.map((more, index) => ({
    place: `line ${index + 1}`,
    record: { ...RECORD, clientId: `user-${index + 1}`, ...more },
  }));
  return { format: 'test', records: placed, problems: [] };
}

const messages = (records: Partial<OtpRecord>[], rules = COLUMN) =>
  recordsToImport(parsed(...records), rules).problems.map(
    ({ kind, place, message }) => `${kind} ${place}: ${message}`,
  );

describe('records to import', () => {
  test.each([
    ['column', 'user-1'],
    ['label', 'alice@example.com'],
    ['issuer:label', 'Example:alice@example.com'],
    ['app-{clientId}.{name}', 'app-user-1.phone'],
  ])('have a clientId by the rule %s', (clientId, expected) => {
    const { records } = recordsToImport(parsed({ name: 'phone' }), { clientId, issuer: null });
    expect(records.map((one) => one.clientId)).toEqual([expected]);
  });

  test.each([
    ['{email}', false],
    ['plain', false],
    ['', false],
    ['{label}', true],
    ['column', true],
  ])('know the rule %s: %s', (rule, known) => expect(isClientIdRule(rule)).toBe(known));

  test('take the issuer of the file, else the one that is given', () => {
    const { records } = recordsToImport(parsed({}, { issuer: '' }), { clientId: 'column', issuer: 'MyApp' });
    expect(records.map(({ issuer }) => issuer)).toEqual(['Example', 'MyApp']);
  });

  test('change names that a phone cannot show, and say so', () => {
    const { records } = recordsToImport(parsed({ label: 'a:b\u202ec' }), COLUMN);
    expect(records[0]?.label).toBe('a b c');
    expect(messages([{ label: 'a:b' }])[0]).toContain('note line 1: Its label was changed');
    expect(messages([{ label: ' as it is ' }])).toEqual([]);
  });

  test('leave out a second user of the same name, but not a further authenticator', () => {
    const twice = [{}, { clientId: 'user-1' }, { clientId: 'user-1', additional: true as const }];
    expect(messages(twice)).toEqual(['refused line 2: user-1 comes twice: it is at line 1, too.']);
    expect(recordsToImport(parsed(...twice), COLUMN).records.map(({ place }) => place)).toEqual([
      'line 1',
      'line 3',
    ]);
  });

  test('are one user however the id is composed, and refused with the character that no id may have', () => {
    const twice = [{ clientId: 'Zo\u00eb' }, { clientId: 'Zoe\u0308' }, { clientId: 'a\u001b[31m' }];
    expect(messages(twice)).toEqual([
      'refused line 2: Zo\u00eb comes twice: it is at line 1, too.',
      'refused line 3: The clientId must not have a control character: character 2 is U+001B.',
    ]);
    const [first] = recordsToImport(parsed({ clientId: 'Zoe\u0308' }), COLUMN).records;
    expect(first).toMatchObject({ clientId: 'Zo\u00eb', fields: { clientId: 'Zo\u00eb' } });
  });

  test('have nothing that would have the server refuse others with them', () => {
    const codes = [...Array.from({ length: 60 }, (_, index) => `code-number-${index}`), 'x'.repeat(200)];
    const wild = [{ clientId: 'x'.repeat(600) }, { name: 'y'.repeat(600), recoveryCodes: codes }];
    expect(messages(wild)).toEqual([
      'refused line 1: The clientId must have 128 characters at most, and has 600.',
      'note line 2: 11 of its recovery codes were left out: too long, or more than 50.',
      'note line 2: Its name was cut after 128 characters.',
    ]);
    const { records } = recordsToImport(parsed(...wild), COLUMN);
    const fields = { name: 'y'.repeat(128), recoveryCodes: codes.slice(0, 50) };
    expect(records.map((one) => one.fields)).toMatchObject([fields]);
  });

  test('are sent 50 at a time, and fewer where they are long', () => {
    const many = recordsToImport(parsed(...Array.from({ length: 120 }, () => ({}))), COLUMN).records;
    expect(batchesOf(many).map((batch) => batch.length)).toEqual([50, 50, 20]);
    expect(batchesOf(many).flat()).toEqual(many);
    const recoveryCodes = Array.from({ length: 50 }, () => '\u0001'.repeat(128));
    const long = recordsToImport(parsed(...Array.from({ length: 50 }, () => ({ recoveryCodes }))), COLUMN);
    for (const batch of batchesOf(long.records)) {
      const body = JSON.stringify({ records: batch.map(({ fields }) => fields) });
      expect(Buffer.byteLength(body)).toBeLessThan(512 * 1024);
    }
  });

  test('are shown without their secrets', () => {
    const file = parsed({ lastUsedStep: 58_000_000, recoveryCodes: ['one-code', 'two-code'] });
    const shown = previewOf(file, recordsToImport(file, COLUMN).records, 5);
    expect(shown).toEqual([
      {
        place: 'line 1',
        clientId: 'user-1',
        label: 'alice@example.com',
        issuer: 'Example',
        codes: 'totp SHA1 6 30 s',
        secret: '160 bits',
        more: 'used to 58000000, 2 recovery codes',
      },
    ]);
    expect(JSON.stringify(shown)).not.toContain(BASE32);
  });
});

test('headings of a CSV file are those that look like names, and other files have none', () => {
  const bytes = (text: string) => new TextEncoder().encode(text);
  expect(csvHeadings(bytes(`User,Seed,${BASE32}\na,b,c\n`))).toEqual(['User', 'Seed']);
  expect(csvHeadings(bytes('{"a":1}'))).toEqual([]);
  expect(csvHeadings(new Uint8Array([0x50, 0x4b, 3, 4, 0xff, 0xfe]))).toEqual([]);
});

// A browser reads files with this package. Its imports are held by test/repo/layers.test.ts.
test('no file of the package uses what only Node has', () => {
  const folder = new URL('../src/', import.meta.url);
  const used = globSync('**/*.ts', { cwd: folder }).flatMap((name) => {
    const code = readFileSync(new URL(name, folder), 'utf8').replaceAll(/\/\*[\s\S]*?\*\/|\/\/.*$/gm, '');
    const found = code.match(/\b(?:Buffer|process|require|setImmediate|__dirname)\b\s*[.([]|\bnode:/g) ?? [];
    return found.map((word) => `${name}: ${word}`);
  });
  expect(used).toEqual([]);
});
