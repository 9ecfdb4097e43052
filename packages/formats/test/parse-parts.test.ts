/** A file that is read in parts gives what it gives as a whole. */
import { readdirSync } from 'node:fs';
import { expect, test } from 'vitest';
import {
  EntryTooLong,
  NotText,
  type Parsed,
  type ParseOptions,
  parseFile,
  partReaderOf,
} from '../src/index.ts';
import { BASE32, sample } from './support.ts';

const FOLDER = new URL('../samples/', import.meta.url);
const named = (folder: string) =>
  readdirSync(new URL(folder, FOLDER)).filter(
    (name) => /\.(json|csv|txt)$/.test(name) && !/\.used\./.test(name),
  );

/** Samples whose entries are lines; those that are arrays of rows once more as NDJSON. */
const STREAMED: readonly (readonly [string, string])[] = [
  ...named('.'),
  ...named('by-hand/').map((name) => `by-hand/${name}`),
].flatMap((name) => {
  const text = sample(name).toString();
  const rows = name.endsWith('.json') ? rowsIn(JSON.parse(text)) : [];
  const lines = rows.map((row) => `${JSON.stringify(row)}\n`).join('');
  return [[name, text] as const, [`${name} as NDJSON`, lines] as const].filter(
    ([, one]) => partReaderOf(Buffer.from(one), 'auto') !== null,
  );
});

function rowsIn(json: unknown): readonly unknown[] {
  if (Array.isArray(json)) return json;
  return Object.values(json as object).find(Array.isArray) ?? [];
}

function* piecesOf(bytes: Uint8Array, size: number): Generator<Uint8Array> {
  for (let from = 0; from < bytes.length; from += size) yield bytes.subarray(from, from + size);
}

async function inParts(
  text: string | Uint8Array,
  pieceSize: number,
  name = 'auto',
  options: ParseOptions = {},
): Promise<(Parsed & { readonly parts: number }) | null> {
  const bytes = Buffer.from(text as string);
  const read = partReaderOf(bytes.subarray(0, 64 * 1024), name, options);
  if (read === null) return null;
  const parts: Parsed[] = [];
  for await (const part of read(piecesOf(bytes, pieceSize))) parts.push(part);
  return {
    format: parts[0]?.format ?? null,
    records: parts.flatMap(({ records }) => records),
    problems: parts.flatMap(({ problems }) => problems),
    parts: parts.length,
  };
}

/** The same entries many times over, so that there are several parts. */
function repeated(name: string, text: string): string {
  const [first = '', ...rest] = text.trimEnd().split('\n');
  const hasHeadings = name.endsWith('.csv') && !/[0-9a-f]{20}/.test(first) && !first.startsWith('#');
  const body = hasHeadings ? rest : [first, ...rest];
  const times = Math.ceil(2_500 / body.length);
  const all = Array.from({ length: times }, () => body.join('\n')).join('\n');
  return hasHeadings ? `${first}\n${all}\n` : `${all}\n`;
}

test('samples of lines and rows are read in parts', () => {
  const names = STREAMED.map(([name]) => name);
  expect(names).toEqual(
    expect.arrayContaining(['privacyidea.csv', 'keepassxc.csv', 'better-auth.json as NDJSON']),
  );
});

test.each(STREAMED)(
  '%s',
  async (name, sampled) => {
    const text = repeated(name, sampled);
    const whole = await parseFile(Buffer.from(text), 'auto');
    for (const pieceSize of [61, 4_096, text.length]) {
      const parts = await inParts(text, pieceSize);
      expect(parts?.parts).toBeGreaterThan(1);
      expect(parts).toEqual({ ...whole, parts: parts?.parts });
    }
  },
  60_000,
);

const LINE_ENDS = ['\n', '\r\n', '\r'];
const TABLE = [
  'clientId,secret,label',
  `"a ""quoted"" one",${BASE32},"two\nlines"`,
  '',
  `"b"dropped,${BASE32},"x, y"`,
  `c,short,`,
  `d;${BASE32}`,
  `"é ü 山",${BASE32},🔑`,
  `e,${BASE32},"never closed`,
];

test.each(LINE_ENDS)('a table with quotes, and lines that end in %j', async (end) => {
  const text = `${TABLE.join(end)}${end}`;
  const whole = await parseFile(Buffer.from(text), 'csv');
  expect(whole.records.length).toBeGreaterThan(2);
  for (let pieceSize = 1; pieceSize < 12; pieceSize++) {
    const parts = await inParts(`${text}`, pieceSize, 'csv');
    expect(parts).toEqual({ ...whole, parts: 1 });
  }
});

test.each(LINE_ENDS)('a list of URIs whose lines end in %j', async (end) => {
  const uris = [
    '# mine',
    '',
    `otpauth://totp/a?secret=${BASE32}`,
    'no URI',
    `otpauth://totp/b?secret=${BASE32}`,
  ];
  const text = `${uris.join(end)}\n`;
  const whole = await parseFile(Buffer.from(text), 'otpauth');
  expect(whole.records).toHaveLength(2);
  for (let pieceSize = 1; pieceSize < 40; pieceSize++) {
    expect(await inParts(text, pieceSize, 'otpauth')).toEqual({ ...whole, parts: 1 });
  }
});

test('columns that are not named are said once, however large the file is', async () => {
  const text = `user,seed\n${`u,${BASE32}\n`.repeat(5_000)}`;
  const parts = await inParts(text, 4_096, 'csv');
  expect(parts?.problems.map(({ code }) => code)).toEqual(['map_required']);
  const mapped = await inParts(text, 4_096, 'auto', { map: { secret: 'seed', clientId: 'user' } });
  expect(mapped?.records).toHaveLength(5_000);
});

test('a file that stops being text is read no further', async () => {
  const bytes = Buffer.concat([
    Buffer.from(`otpauth://totp/a?secret=${BASE32}\n`.repeat(2_000)),
    Buffer.from([0xff, 0xfe]),
  ]);
  await expect(inParts(bytes, 4_096)).rejects.toThrow(NotText);
});

test.each([
  ['one JSON document in lines', `{\n"users": [\n{"a": 1}\n]\n}\n`],
  ['one JSON document in one line', `{"kanda":1,"secret":"${BASE32}"}\n`],
  ['a JSON array', `[\n{"totp_secret":"${BASE32}"}\n]\n`],
  ['UTF-16', Buffer.from(`\ufeffclientId,secret\na,${BASE32}\n`, 'utf16le')],
  ['nothing', ''],
])('%s is read as a whole', async (_name, text) => {
  expect(await inParts(text, 64)).toBeNull();
});

const LINES = Array.from({ length: 1_500 }, (_, index) => ({ clientId: `c${index}`, secret: BASE32 }));
const asNdjson = (rows: readonly unknown[]) => `${rows.map((row) => JSON.stringify(row)).join('\n')}\n`;

test('objects of one file may have different keys, in whichever part they are', async () => {
  const used = { lastUsedStep: 58_000_000, digits: 8 };
  const text = asNdjson(LINES.map((row, index) => (index % 1_000 === 7 ? { ...row, ...used } : row)));
  const whole = await parseFile(Buffer.from(text), 'csv');
  expect(whole.records.filter(({ record }) => record.digits === 8)).toHaveLength(2);
  const parts = await inParts(text, 4_096, 'csv');
  expect(parts).toEqual({ ...whole, parts: 2 });
});

test('a broken line where a part begins is refused alone, and so is one without what the first had', async () => {
  const rows = LINES.map((row, index) => (index === 1_000 ? row : { ...row, step: 58_000_000 }));
  const lines = asNdjson(rows).split('\n');
  lines[1_001] = '{"clientId":';
  const map = { map: { secret: 'secret', lastUsedStep: 'step' } };
  const whole = await parseFile(Buffer.from(lines.join('\n')), 'csv', map);
  expect(whole.records).toHaveLength(1_499);
  expect(await inParts(lines.join('\n'), 4_096, 'csv', map)).toEqual({ ...whole, parts: 2 });
});

test('a quote that is never closed is not read into memory', async () => {
  const text = `clientId,secret\na,"${'x'.repeat(4_000_000)}`;
  const error = await inParts(text, 65_536, 'csv').catch((thrown: unknown) => thrown);
  expect(error).toBeInstanceOf(EntryTooLong);
  expect(String(error)).toContain('line 2 ');
});

test('a line that does not end is not read into memory', async () => {
  const uri = `otpauth://totp/a?secret=${BASE32}\n`;
  const read = inParts(`${uri}${uri}${'x'.repeat(4_000_000)}`, 65_536, 'otpauth');
  await expect(read).rejects.toThrow('line 3 ');
});
