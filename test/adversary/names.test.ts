/**
 * Hostile names and user agents (security.md, cases 15 and 17): a label or an issuer is refused, or what a phone
 * scans reads back exactly; and whatever a caller calls himself, the log has one line for one event and an
 * export runs nothing.
 *
 * Seen to fail with the guard out: with label and issuer put into the URI as they are (packages/otp/src/otpauth.ts,
 * encode), `%3A` read back as a colon; with cells written as they are (http/routes/log/csv.ts), formulas stood in the export.
 */
import { execFileSync } from 'node:child_process';
import { writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { decodeBase32, parseOtpauthUri } from '@kanda/otp';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { type AccountAccess, Caller, openAccount } from '../support/caller.ts';
import { endAll, KandaProcess, temporaryFolder } from '../support/kanda-process.ts';
import { rawRequest, sendRaw } from '../support/raw-socket.ts';
import { findTool } from '../support/test-tools.ts';

const TAKEN = [
  '%3A',
  '%253A%20',
  '&secret=AAAAAAAAAAAAAAAA',
  '?secret=AAAAAAAA&issuer=Evil',
  '#fragment',
  'a/b/../c',
  'a+b=c;d',
  ' leading and trailing ',
  '"quoted" <img src=x onerror=alert(1)>',
  '\\u0041\\n',
  "=cmd|' /C calc'!A0",
  '日本語のラベル',
  'שלום',
  'مرحبا',
  '👩‍👩‍👧‍👦 family',
  'e\u0301 is not \u00e9',
];
const REFUSED = [
  'a:b',
  ':',
  'a\r\nb',
  'a\nb',
  'a\0b',
  '\u001b[31m',
  '\u0085',
  '\u2028',
  '\u2029',
  '\u202egnirts',
  '\u200f',
  '\u2066a\u2069',
  '\ud800',
  '',
  ' ',
  '\u00a0',
  '\u200b\u2060',
  '\u3164',
  'x'.repeat(129),
];

const zbarimg = findTool('zbarimg');
const folder = temporaryFolder();
let server: KandaProcess;
let access: AccountAccess;
let caller: Caller;

beforeAll(async () => {
  server = await KandaProcess.start();
  access = await openAccount(server.url);
  caller = new Caller(server.url).withBearer(access.token);
});
afterAll(endAll);

describe('label and issuer', () => {
  test.skipIf(zbarimg === null)(
    'of every script and trick are what is read from the URI, and from the QR code by zbarimg',
    async () => {
      for (const [index, name] of TAKEN.entries()) {
        const { clientId, secret, otpauthUrl, qrDataUrl } = await caller.enrol(`named-${index}`, {
          label: name,
          issuer: name,
          qr: 'png',
        });
        expect(parseOtpauthUri(otpauthUrl), name).toMatchObject({
          label: name,
          issuer: name,
          secret: decodeBase32(secret),
        });
        // Other readers of URIs see no more parameters than there are.
        expect([...new URL(otpauthUrl).searchParams.keys()]).toEqual([
          'secret',
          'issuer',
          'algorithm',
          'digits',
          'period',
        ]);
        const image = join(folder, 'code.png');
        writeFileSync(image, Buffer.from(qrDataUrl?.split(',')[1] ?? '', 'base64'));
        const scanned = execFileSync(zbarimg as string, ['--raw', '--quiet', '-Sbinary', image], {
          encoding: 'utf8',
          // It complains there about a desktop that is not.
          stdio: ['ignore', 'pipe', 'ignore'],
        });
        expect(scanned.replace(/\n$/, '')).toBe(otpauthUrl);
        expect((await caller.get(`/api/totp/clients/${clientId}`)).json).toMatchObject({
          label: name,
          issuer: name,
        });
      }
    },
  );

  test('with a colon, a control character, a reordering mark or half a character are refused, and nothing is enrolled', async () => {
    for (const name of REFUSED) {
      for (const names of [{ label: name }, { issuer: name }]) {
        const body = { clientId: 'refused', label: 'alice', issuer: 'MyApp', ...names };
        const { status, json } = await caller.post('/api/totp/register', body);
        expect([status, json.code], JSON.stringify(names)).toEqual([400, 'body_invalid']);
      }
    }
    expect((await caller.get('/api/totp/clients/refused')).status).toBe(404);
  });
});

describe('what a caller calls himself', () => {
  const AGENTS = [
    '=1+1',
    '+1',
    '-1',
    '@SUM(A1)',
    '=HYPERLINK("http://evil.example","x")',
    "=cmd|' /C calc'!A0",
    '\ttab first',
    'a\u001b[31mred\u001b]0;title\u0007',
    'a\u009b31m',
    'a\u007fb',
    '"quoted, with a comma',
    '{"event":"totp.validated","outcome":"success"}',
    '<img src=x onerror=alert(1)>',
    '\u00e2\u0080\u00aereordered',
  ];

  /** A wrong guess by `agent`, byte by byte; gives the status, 400 when it is no HTTP header at all. */
  async function guess(agent: string): Promise<number> {
    const headers = {
      Authorization: `Bearer ${access.apiKey}`,
      'Content-Type': 'application/json',
      'User-Agent': agent,
    };
    const body = '{"clientId":"unknown","token":"000000"}';
    return (await sendRaw(server.port, rawRequest('POST', '/api/totp/validate', headers, body))).status;
  }

  test('is one line of each export, and no cell of it is a formula', async () => {
    let logged = 0;
    for (const agent of AGENTS) {
      const status = await guess(agent);
      expect([400, 404], agent).toContain(status);
      if (status === 404) logged++;
    }
    expect(logged).toBeGreaterThan(9);
    // Line ends within a header are another header, or no HTTP.
    expect([400, 404]).toContain(await guess('a\r\nX-Injected: 1'));
    expect(await guess('a\nb')).toBe(400);

    const events = (await caller.get('/api/logs?limit=200')).json.data as { userAgent: string | null }[];
    const csv = (await caller.get('/api/logs?format=csv')).text;
    const ndjson = (await caller.get('/api/logs?format=ndjson')).text;
    expect(csv.trimEnd().split('\r\n')).toHaveLength(events.length + 1);
    expect(csv.trimEnd().split('\n')).toHaveLength(events.length + 1);
    expect(
      ndjson
        .trimEnd()
        .split('\n')
        .map((line) => JSON.parse(line)),
    ).toEqual(events);
    for (const text of [csv, ndjson]) expect(text).not.toMatch(/[^\P{Cc}\r\n]/u);
    // Each cell begins where a line, a comma or a quotation mark behind these does.
    expect(csv).not.toMatch(/(?:^|,|\n)"?[=+@\t-]/);
    expect(csv).toContain("'=1+1");
  });

  test("is one line of the operator's log at most, and none of what it pretends to be", async () => {
    const lines = server.output.trimEnd().split('\n');
    for (const line of lines) expect(JSON.parse(line)).toMatchObject({ level: expect.any(Number) });
    expect(server.output).not.toMatch(/[^\P{Cc}\n]/u);
  });
});
