/**
 * The snippets of the document that Kanda starts from, run as they stand against a real server. Only the
 * host (with its scheme) and the API key are put in, `$TOKEN` and, in curl's validation, the code that the
 * snippet shows as an example; what surrounds a snippet only gives it the names that it uses.
 */
import { execFile, execFileSync } from 'node:child_process';
import { readdirSync, readFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { promisify } from 'node:util';
import { parseOtpauthUri } from '@kanda/otp';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { callerEnvironment } from '../../tools/child-environment.mjs';
import { Caller, createKey, openAccount } from '../support/caller.ts';
import { endAll, KandaProcess, temporaryFolder } from '../support/kanda-process.ts';
import { ENDS_WITHIN_MS } from '../support/patience.ts';
import { findTool, pythonWithRequests } from '../support/test-tools.ts';

const SNIPPETS = new URL('snippets/', import.meta.url);
const SEED = readFileSync(new URL('seed.txt', SNIPPETS), 'utf8');
const FIXTURES = readdirSync(SNIPPETS).filter((name) => /\.(sh|mjs|py)$/.test(name));
/** How a line of the seed begins when it is a snippet. */
const CODE = /^(?:curl |const |import requests|res = requests)/;

const curl = findTool('curl');
const oathtool = findTool('oathtool');
const zbarimg = findTool('zbarimg');
const python = pythonWithRequests();

let server: KandaProcess;
beforeAll(async () => {
  server = await KandaProcess.start();
});
afterAll(endAll);

describe('the fixtures are the seed', () => {
  const withoutSpace = (text: string) => text.replace(/\s+/g, '');
  const seedSnippets = SEED.split('\n').filter((line) => CODE.test(line));

  test.each(FIXTURES)('%s is a snippet of the seed, white space aside', (name) => {
    const fixture = readFileSync(new URL(name, SNIPPETS), 'utf8');
    expect(seedSnippets.map(withoutSpace)).toContain(withoutSpace(fixture));
  });

  test('and every snippet of the seed has its fixture', () => {
    const fixtures = FIXTURES.map((name) => withoutSpace(readFileSync(new URL(name, SNIPPETS), 'utf8')));
    expect(seedSnippets).toHaveLength(12);
    expect([...fixtures].sort()).toEqual(seedSnippets.map(withoutSpace).sort());
  });
});

describe.skipIf(oathtool === null)('the snippets run unchanged', () => {
  test.skipIf(curl === null)('curl: key to token, enrolment, validation, rotation', async () => {
    const { apiKey } = await openAccount(server.url);

    const issued = await runShell('token.sh', { apiKey });
    expect(issued).toMatchObject({ token: expect.stringMatching(/^eyJ/), expiresIn: '1h' });

    const enrolled = await runShell('register.sh', { token: issued.token });
    expectEnrolment(enrolled);

    const code = oathtoolCode(enrolled.secret);
    expect(await runShell('validate.sh', { token: issued.token, code })).toEqual({ valid: true });
    expect(await runShell('validate.sh', { token: issued.token, code })).toEqual({
      valid: false,
      reason: 'invalid_code',
    });

    const rotated = await runShell('rotate.sh', { token: issued.token });
    expectEnrolment(rotated);
    expect(rotated.secret).not.toBe(enrolled.secret);
    const freshCode = oathtoolCode(rotated.secret);
    expect(await runShell('validate.sh', { token: issued.token, code: freshCode })).toEqual({ valid: true });
  });

  test('JavaScript: key to token, enrolment, validation, rotation', async () => {
    const { apiKey } = await openAccount(server.url);
    const printed = await runJavaScript(
      [
        snippet('token.mjs', { apiKey }),
        'const token = await getToken();',
        snippet('register.mjs'),
        snippet('validate.mjs'),
        snippet('rotate.mjs'),
        "import { execFileSync } from 'node:child_process';",
        `const code = execFileSync(${JSON.stringify(oathtool)}, ['--totp', '--base32', '-'], { input: secret }).toString().trim();`,
        "const first = await validate2FA('user-123', code);",
        "const again = await validate2FA('user-123', code);",
        "const rotatedQr = await rotateTotp('user-123');",
        'console.log(JSON.stringify({ secret, qrDataUrl, first, again, rotatedQr }));',
      ].join('\n'),
    );
    expect(printed).toMatchObject({ first: true, again: false });
    expect(printed.secret).toMatch(/^[A-Z2-7]{32}$/);
    expect(printed.rotatedQr).toMatch(/^data:image\/png;base64,/);
    expect(printed.rotatedQr).not.toBe(printed.qrDataUrl);
  });

  test.skipIf(python === null)('Python: key to token, enrolment, validation, rotation', async () => {
    const { apiKey } = await openAccount(server.url);
    const oathtoolOf = `subprocess.run([${JSON.stringify(oathtool)}, '--totp', '--base32', '-'], input=data['secret'], capture_output=True, text=True).stdout.strip()`;
    const printed = await runPython(
      [
        snippet('token.py', { apiKey }),
        snippet('register.py'),
        'import json, subprocess',
        'report = {"secret": data["secret"], "qr": qr_data_url}',
        `otp_from_user = ${oathtoolOf}`,
        snippet('validate.py'),
        'report["valid"] = valid',
        "client_id = 'user-123'",
        snippet('rotate.py'),
        'report["rotated"] = data["secret"]',
        'report["rotatedQr"] = qr_data_url',
        'print(json.dumps(report))',
      ].join('\n'),
    );
    expect(printed).toMatchObject({ valid: true, secret: expect.stringMatching(/^[A-Z2-7]{32}$/) });
    expect(printed.rotated).not.toBe(printed.secret);
    expect(printed.rotatedQr).not.toBe(printed.qr);
  });

  test.skipIf(python === null)(
    'Python: a wrong code raises the exception of the snippet, no other',
    async () => {
      const { apiKey } = await openAccount(server.url);
      const script = [
        snippet('token.py', { apiKey }),
        snippet('register.py'),
        // Nine steps back, so far outside of the window: right for this secret, and wrong now.
        'import json, subprocess, time',
        `otp_from_user = subprocess.run([${JSON.stringify(oathtool)}, '--totp', '--base32', '--now', f'@{int(time.time()) - 270}', '-'], input=data['secret'], capture_output=True, text=True).stdout.strip()`,
        'try:',
        ...snippet('validate.py')
          .split('\n')
          .map((line) => `    ${line}`),
        'except Exception as error:',
        '    print(json.dumps({"raised": str(error)}))',
      ].join('\n');
      expect(await runPython(script)).toEqual({ raised: 'Invalid OTP' });
    },
  );
});

describe('the QR code', () => {
  test.skipIf(zbarimg === null)('reads back as otpauthUrl, by another program', async () => {
    const { apiKey } = await openAccount(server.url);
    const caller = new Caller(server.url).withBearer(apiKey);
    const names = [
      { label: 'alice@example.com', issuer: 'MyApp' },
      { label: 'Zoë & Łukasz #1?', issuer: 'Čaj & Co. 100%' },
      { label: '山田 太郎', issuer: 'ラーメン屋 🍜' },
    ];
    for (const [index, { label, issuer }] of names.entries()) {
      const enrolled = await caller.enrol(`scanned-${index}`, { label, issuer, qr: 'png' });
      expect(scan(enrolled.qrDataUrl)).toBe(enrolled.otpauthUrl);
      expect(parseOtpauthUri(enrolled.otpauthUrl)).toMatchObject({ label, issuer });
    }
    const rotated = await caller.post('/api/totp/rotate/scanned-0');
    expect(scan(rotated.json.qrDataUrl)).toBe(rotated.json.otpauthUrl);
    caller.close();
  });
});

test("a login's token and an API key as the bearer do what the exchanged token does", async () => {
  const { token, apiKey } = await openAccount(server.url);
  const exchanged = await new Caller(server.url).post('/api/auth/token', { apiKey });
  for (const [index, bearer] of [token, apiKey, exchanged.json.token].entries()) {
    const caller = new Caller(server.url).withBearer(bearer);
    expect((await caller.enrol(`user-${index}`)).secret).toMatch(/^[A-Z2-7]{32}$/);
    caller.close();
  }
  await expect(createKey(new Caller(server.url).withBearer(apiKey))).rejects.toThrow(/403.*scope_missing/);
});

/** A fixture with this server as the host, and what else the snippet takes. */
function snippet(name: string, { apiKey, code }: { apiKey?: string; code?: string } = {}): string {
  let text = readFileSync(new URL(name, SNIPPETS), 'utf8');
  text = text.replaceAll('https://your-kanda-server', server.url);
  if (apiKey !== undefined) text = text.replaceAll('kan_your_api_key_here', apiKey);
  if (code !== undefined) text = text.replaceAll('847291', code);
  return text;
}

async function runShell(name: string, input: { apiKey?: string; code?: string; token?: string }) {
  return run('bash', ['-e'], snippet(name, input), { TOKEN: input.token ?? '' });
}

async function runJavaScript(text: string) {
  const file = join(temporaryFolder(), 'snippet.mjs');
  writeFileSync(file, text);
  return run(process.execPath, [file]);
}

async function runPython(text: string) {
  return run(python ?? '', ['-'], text);
}

/** What the program printed, read as JSON. */
async function run(program: string, args: string[], input = '', env: Record<string, string> = {}) {
  const running = promisify(execFile)(program, args, {
    env: callerEnvironment(env),
    timeout: ENDS_WITHIN_MS,
  });
  running.child.stdin?.end(input);
  const { stdout } = await running;
  return JSON.parse(stdout);
}

/** What oathtool shows for the secret now. It goes through standard input, out of the list of processes. */
function oathtoolCode(secret: string): string {
  return execFileSync(oathtool ?? '', ['--totp', '--base32', '-'], {
    input: secret,
    encoding: 'utf8',
  }).trim();
}

function expectEnrolment(answer: { secret: string; otpauthUrl: string }) {
  expect(answer).toEqual({
    clientId: 'user-123',
    secret: expect.stringMatching(/^[A-Z2-7]{32}$/),
    otpauthUrl: `otpauth://totp/MyApp:alice%40example.com?secret=${answer.secret}&issuer=MyApp&algorithm=SHA1&digits=6&period=30`,
    qrDataUrl: expect.stringMatching(/^data:image\/png;base64,/),
  });
}

function scan(dataUrl: string | null): string {
  const file = join(temporaryFolder(), 'qr.png');
  writeFileSync(file, Buffer.from((dataUrl ?? '').replace('data:image/png;base64,', ''), 'base64'));
  return execFileSync(zbarimg ?? '', ['--quiet', '--raw', '-Sdisable', '-Sqrcode.enable', file], {
    encoding: 'utf8',
    stdio: ['ignore', 'pipe', 'ignore'],
  }).trimEnd();
}
