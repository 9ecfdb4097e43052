/** What a phone scans (security.md, case 15): whatever label and issuer hold, it reads back exactly, or is refused. */
import { execFileSync } from 'node:child_process';
import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { decodeBase32, parseOtpauthUri } from '@kanda/otp';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { findTool } from '../../../../../test/support/test-tools.ts';
import { Fault } from '../../../src/domain/errors.ts';
import { Secret } from '../../../src/domain/secret.ts';
import { assertScannable, qrSvgDataUrl } from '../../../src/http/routes/clients/qr.ts';
import {
  type EnrolledClient,
  expectProblem,
  startApp,
  type TestAccount,
  type TestApp,
} from '../support/start-app.ts';
import { type Bitmap, bytesOf, margins, moduleWidth, readPng, readSvg, scan, toPbm } from './qr-image.ts';

const zbarimg = findTool('zbarimg');
const folder = mkdtempSync(join(tmpdir(), 'kanda-qr-'));
let kanda: TestApp;
let account: TestAccount;

beforeAll(async () => {
  kanda = await startApp();
  account = await kanda.signUp();
});
afterAll(async () => {
  await kanda.close();
  rmSync(folder, { recursive: true });
});

let numbers = 0;
const register = (body: object) =>
  account.call('POST', '/api/totp/register', {
    clientId: `client-${++numbers}`,
    label: 'alice',
    issuer: 'MyApp',
    ...body,
  });

/** Names that have broken URIs and scanners elsewhere, and are to be taken as they are. */
const NAMES = [
  'a',
  'alice@example.com',
  'Alice Müller',
  ' leading and trailing ',
  '%3A',
  '%253A',
  '100%',
  '&secret=AAAAAAAAAAAAAAAA',
  'a&issuer=Evil&digits=8',
  '#fragment',
  '?query=1',
  'a/b/../c',
  'a+b=c',
  '"quoted" \'and\' `ticked`',
  '<img src=x onerror=alert(1)>',
  '\\u0041',
  "=cmd|' /C calc'!A0",
  '日本語のラベル',
  'שלום',
  'مرحبا',
  '👩‍👩‍👧‍👦 family',
  'e\u0301',
  '\u00e9',
  'no\u00a0break',
  "!'()*~_-.,;$[]{}|^",
];

describe.each(NAMES)('the name %j', (name) => {
  test('is in the URL so that it reads back exactly, as label and as issuer', async () => {
    for (const names of [{ label: name }, { issuer: name }, { label: name, issuer: name }]) {
      const answer = await register(names);
      expect(answer.statusCode, answer.body).toBe(201);
      const { secret, otpauthUrl, qrDataUrl } = answer.json<EnrolledClient>();
      expect(otpauthUrl).toMatch(/^otpauth:\/\/totp\/[\w%.~-]+:[\w%.~-]+\?[\w%.~=&-]+$/);
      expect(parseOtpauthUri(otpauthUrl)).toEqual({
        type: 'totp',
        issuer: 'MyApp',
        label: 'alice',
        ...names,
        secret: decodeBase32(secret),
        algorithm: 'SHA1',
        digits: 6,
        period: 30,
      });
      expect(scan(readPng(bytesOf(qrDataUrl, 'image/png')))).toBe(otpauthUrl);
    }
  });

  test.skipIf(zbarimg === null)('is what zbarimg reads from the PNG, byte for byte', async () => {
    const enrolled = (await register({ label: name, issuer: name })).json<EnrolledClient>();
    const rotated = (await account.call('POST', `/api/totp/rotate/${enrolled.clientId}`)).json();
    for (const { qrDataUrl, otpauthUrl } of [enrolled, rotated]) {
      expect(scannedByZbar(bytesOf(qrDataUrl, 'image/png'), 'png')).toBe(otpauthUrl);
    }
  });

  test('is what is read from the SVG', async () => {
    const { bitmap, otpauthUrl } = await registerSvg(name);
    expect(scan(bitmap)).toBe(otpauthUrl);
  });

  test.skipIf(zbarimg === null)('is what zbarimg reads from the SVG, byte for byte', async () => {
    const { bitmap, otpauthUrl } = await registerSvg(name);
    expect(scannedByZbar(toPbm(bitmap), 'pbm')).toBe(otpauthUrl);
  });
});

async function registerSvg(name: string): Promise<{ bitmap: Bitmap; otpauthUrl: string }> {
  const { qrDataUrl, otpauthUrl } = (await register({ label: name, issuer: name, qr: 'svg' })).json();
  return { bitmap: readSvg(bytesOf(qrDataUrl, 'image/svg+xml').toString()), otpauthUrl };
}

function scannedByZbar(image: Buffer, type: 'png' | 'pbm'): string {
  const file = join(folder, `code.${type}`);
  writeFileSync(file, image);
  const options = ['--quiet', '--raw', '--oneshot', '-Sdisable', '-Sqrcode.enable'];
  // zbarimg ends the text with a line feed of its own.
  const text = execFileSync(zbarimg as string, [...options, file], { encoding: 'utf8', stdio: 'pipe' });
  return text.replace(/\n$/, '');
}

describe('the image', () => {
  test.each([
    ['png', 1],
    ['svg', 1],
    ['png', 128],
    ['svg', 128],
  ])(
    'as %s, with a label of %i characters, has a quiet zone of 4 modules and at least 200 pixels',
    async (qr, length) => {
      const { qrDataUrl } = (await register({ qr, label: 'x'.repeat(length) })).json<EnrolledClient>();
      const bitmap =
        qr === 'png'
          ? readPng(bytesOf(qrDataUrl, 'image/png'))
          : readSvg(bytesOf(qrDataUrl, 'image/svg+xml').toString());
      const quietZone = 4 * moduleWidth(bitmap);
      expect(moduleWidth(bitmap)).toBeGreaterThanOrEqual(4);
      expect(margins(bitmap)).toEqual([quietZone, quietZone, quietZone, quietZone]);
      expect(bitmap.length).toBeGreaterThanOrEqual(200);
      expect(bitmap.every((row) => row.length === bitmap.length)).toBe(true);
    },
  );

  test('as SVG holds nothing but two paths, whatever the names', async () => {
    const name = '</svg><script>alert(1)</script>';
    const { qrDataUrl } = (await register({ label: name, qr: 'svg' })).json<EnrolledClient>();
    const svg = bytesOf(qrDataUrl, 'image/svg+xml').toString();
    expect(svg.match(/<\w+/g)).toEqual(['<svg', '<path', '<path']);
  });
});

describe.each(['label', 'issuer'])('the %s', (field) => {
  test.each([
    '',
    'a:b',
    ':',
    'line\r\nfeed',
    'tab\t',
    'nul\u0000',
    'del\u007f',
    'next line\u0085',
    'line separator\u2028',
    'paragraph separator\u2029',
    'override \u202egpj.exe',
    'mark \u200e',
    'mark \u200f',
    'isolate \u2066',
    'half a pair \ud83d',
    'x'.repeat(129),
    7,
    null,
    ['alice'],
  ])('is refused when it is %j', async (name) => {
    const problem = expectProblem(await register({ [field]: name }), 400, 'body_invalid');
    expect(problem.errors?.map(({ path }) => path)).toEqual([`/${field}`]);
  });

  test('may have 128 characters, whatever their bytes, as far as the QR code goes', async () => {
    expect((await register({ [field]: 'x'.repeat(128) })).statusCode).toBe(201);
    expectProblem(await register({ [field]: '🐘'.repeat(128) }), 400, 'label_too_long');
    expectProblem(await register({ [field]: '🐘'.repeat(129) }), 400, 'body_invalid');
  });
});

describe('label and issuer that are too long together for a phone', () => {
  test('are refused as label_too_long with every kind of image, and nothing is enrolled', async () => {
    for (const qr of ['png', 'svg', 'none']) {
      const body = { label: '🐘'.repeat(64), issuer: '日'.repeat(64), qr };
      const problem = expectProblem(await register(body), 400, 'label_too_long');
      expect(problem.errors?.map(({ path }) => path)).toEqual(['/label', '/issuer']);
      const clientId = `client-${numbers}`;
      expectProblem(await account.call('GET', `/api/totp/clients/${clientId}`), 404, 'client_not_found');
    }
  });

  test('begin above version 20, which has 97 modules', async () => {
    let longest = 0;
    let refused = 0;
    for (let length = 30; length <= 128; length += 1) {
      const answer = await register({ label: 'é'.repeat(length), issuer: 'é'.repeat(30), qr: 'svg' });
      if (answer.statusCode !== 201) {
        expectProblem(answer, 400, 'label_too_long');
        refused = length;
        break;
      }
      const svg = bytesOf(answer.json().qrDataUrl, 'image/svg+xml').toString();
      longest = Number(/viewBox="0 0 (\d+)/.exec(svg)?.[1]) - 8;
    }
    expect(longest).toBe(17 + 4 * 20);
    expect(refused).toBeGreaterThan(30);
  });

  // Seen to fail with a limit of 665 and of 667.
  test('are judged without a drawing as with one, byte by byte around the limit', () => {
    for (let length = 655; length <= 680; length++) {
      const url = new Secret('otpauth://totp/a:b?secret='.padEnd(length, 'A'));
      const refuses = (judge: (url: Secret<string>) => unknown) => {
        try {
          judge(url);
          return false;
        } catch (error) {
          if (!(error instanceof Fault)) throw error;
          return true;
        }
      };
      expect([length, refuses(assertScannable)]).toEqual([length, refuses(qrSvgDataUrl)]);
      expect(refuses(assertScannable)).toBe(length > 666);
    }
  });

  test('are refused for a short imported secret when a rotation could not be scanned', async () => {
    // Somewhere below the limit the 160 bits of a rotation no longer fit, though the imported 128 do.
    const secret = 'A'.repeat(26);
    let enrolled = 0;
    for (let length = 30; length <= 128; length++) {
      const answer = await register({
        label: 'é'.repeat(length),
        issuer: 'é'.repeat(30),
        secret,
        qr: 'none',
      });
      if (answer.statusCode !== 201) break;
      enrolled++;
      const rotated = await account.call('POST', `/api/totp/rotate/client-${numbers}`);
      expect(rotated.statusCode).toBe(200);
    }
    expect(enrolled).toBeGreaterThan(0);
  });
});
