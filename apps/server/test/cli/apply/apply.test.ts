/** `kanda apply` before a server and beside one, on whatever store the test file has chosen. */
import { readFileSync, rmSync, statSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { afterAll, beforeEach, describe, expect, test } from 'vitest';
import { Caller } from '../../../../../test/support/caller.ts';
import { endAll, KandaProcess, temporaryFolder } from '../../../../../test/support/kanda-process.ts';
import { kanda, kandaDone, PASSWORD } from '../lib/run-kanda.ts';

afterAll(endAll);

const FILE = `accounts:
  - email: You@example.com
    passwordFile: password.txt
    policy: { freeFailures: 4 }
    keys:
      - name: web shop
        scopes: [totp:write, totp:read]
        expires: 2999-12-31
        file: web-shop.key
      - { name: tests, test: true, file: test.key }
    webhooks:
      - url: https://app.example.com/webhooks/kanda
        events: [client.locked]
        secretFile: webhook.secret
`;

let folder: string;
let dataDir: string;
const at = (name: string) => join(folder, name);
const read = (name: string) => readFileSync(at(name), 'utf8').trim();
const write = (text: string) => writeFileSync(at('kanda.yaml'), text);
const apply = (...flags: string[]) => kanda(['apply', at('kanda.yaml'), '--data-dir', dataDir, ...flags]);
const changes = async () => JSON.parse((await apply('--dry-run', '--json')).stdout);
const logOf = async () =>
  (await kandaDone(['logs', '--data-dir', dataDir])).stdout.split('\n').map((line) => line.split(/ {2,}/)[1]);

beforeEach(() => {
  folder = temporaryFolder();
  dataDir = join(folder, 'data');
  writeFileSync(at('password.txt'), `${PASSWORD}\n`);
  write(FILE);
});

test('makes everything before the first start, and finds nothing to do afterwards', async () => {
  const planned = await apply('--dry-run');
  expect(planned.stdout).toContain('+ account you@example.com');
  expect(planned.stdout).toContain('~ policy of you@example.com: freeFailures 5 → 4');
  expect([planned.code, `${planned.stdout}${planned.stderr}`]).toEqual([
    0,
    expect.not.stringContaining(PASSWORD),
  ]);

  expect(await apply('--yes')).toMatchObject({ code: 0, stderr: expect.stringMatching(/Done\.\n$/) });
  for (const name of ['web-shop.key', 'test.key', 'webhook.secret'])
    expect(statSync(at(name)).mode & 0o777, name).toBe(0o600);
  const log = await logOf();
  expect(await changes()).toEqual({ changes: [], unchanged: 5 });
  expect(await apply()).toMatchObject({ code: 0, stdout: expect.stringContaining('Nothing to do.') });
  expect(await logOf()).toEqual(log);

  const server = await KandaProcess.start({ dataDir });
  const caller = new Caller(server.url);
  try {
    const logIn = await caller.post('/api/auth/login', { email: 'you@example.com', password: PASSWORD });
    expect(logIn.status).toBe(200);
    const owner = caller.withBearer(logIn.json.token);
    expect((await owner.get('/api/policy')).json.policy.freeFailures).toBe(4);
    expect((await caller.withBearer(read('web-shop.key')).get('/api/totp/clients')).status).toBe(200);
    expect((await caller.withBearer(read('test.key')).get('/api/test/clock')).status).toBe(200);
    const webhooks = (await owner.get('/api/webhooks')).json.data;
    expect(webhooks).toMatchObject([{ events: ['client.locked'], status: 'active' }]);
  } finally {
    caller.close();
    await server.stop();
  }
});

describe('beside a running server', () => {
  let server: KandaProcess;
  beforeEach(async () => {
    await kandaDone(['apply', at('kanda.yaml'), '--data-dir', dataDir, '--yes']);
    server = await KandaProcess.start({ dataDir });
  });

  test('changes what differs, and leaves what the file does not name', async () => {
    await kandaDone(['key', 'create', '--data-dir', dataDir, '--name', 'by hand']);
    write(
      FILE.replace('freeFailures: 4', 'tellReplays: true')
        .replace('[client.locked]', '[client.locked, webhook.switched_off]')
        .replace('    policy', '    disabled: true\n    policy'),
    );
    expect((await changes()).changes.map(({ text }: { text: string }) => text)).toEqual([
      'account you@example.com is disabled: its log-ins and keys are refused',
      'policy of you@example.com: freeFailures 4 → 5, tellReplays false → true',
      'webhook https://app.example.com/webhooks/kanda of you@example.com: client.locked webhook.switched_off',
    ]);
    expect((await apply('--yes')).code).toBe(0);
    expect(await changes()).toEqual({ changes: [], unchanged: 5 });
    const keys = JSON.parse((await kandaDone(['key', 'list', '--data-dir', dataDir, '--json'])).stdout);
    expect(keys.map(({ name }: { name: string }) => name)).toEqual(['by hand', 'web shop']);
    await server.stop();
  });

  test.each<[string, (text: string) => string, () => void, RegExp]>([
    [
      'a key with other scopes',
      (text) => text.replace(', totp:read]', ']'),
      () => {},
      /key cannot be changed/,
    ],
    [
      'a key with another end',
      (text) => text.replace('2999-12-31', 'never'),
      () => {},
      /key cannot be changed/,
    ],
    ['a key whose file is gone', (text) => text, () => rmSync(at('web-shop.key')), /A key is shown once/],
    ['a secret whose file is gone', (text) => text, () => rmSync(at('webhook.secret')), /rotate-secret/],
    [
      'a new key over a file',
      (text) => text.replace('web shop', 'shop 2'),
      () => {},
      /is there already\. Remove that/,
    ],
    [
      'a key twice',
      (text) => text.replace('name: tests, test: true', 'name: web shop'),
      () => {},
      /in the file twice/,
    ],
    [
      'a key file with something else',
      (text) => text,
      () => writeFileSync(at('web-shop.key'), read('test.key')),
      /has something else/,
    ],
    [
      'a policy out of its bounds',
      (text) => text.replace('Failures: 4', 'Failures: 9999'),
      () => {},
      /must be from/,
    ],
  ])('%s: says what to do, and changes nothing', async (_what, change, prepare, said) => {
    prepare();
    write(change(FILE));
    const log = await logOf();
    const { code, stderr } = await apply('--yes');
    expect([code, stderr]).toEqual([1, expect.stringMatching(said)]);
    expect(stderr).toMatch(/^Nothing was changed\./);
    expect(await logOf()).toEqual(log);
    await server.stop();
  });
});

describe('a file that is wrong', () => {
  test.each<[string, string, RegExp]>([
    ['no YAML', 'accounts: [', /kanda\.yaml is not YAML/],
    ['a field twice', `${FILE}accounts: []\n`, /is not YAML: Map keys must be unique at line 15/],
    [
      'a misspelt field',
      FILE.replace('name: web', 'nmae: web'),
      /kanda\.yaml:6: accounts\/0\/keys\/0\/nmae is not a field/,
    ],
    [
      'an unknown event',
      FILE.replace('client.locked', 'client.gone'),
      /kanda\.yaml:13: accounts\/0\/webhooks\/0\/events\/0 must/,
    ],
    [
      'no address',
      FILE.replace('You@example.com', 'you'),
      /kanda\.yaml:2: accounts\/0\/email must be an e-mail address/,
    ],
    ['an account twice', `${FILE}  - { email: you@EXAMPLE.com, passwordFile: password.txt }\n`, /twice/],
    ['a password that is missing', FILE.replace('password.txt', 'none.txt'), /its password cannot be read/],
    [
      'a variable that is not set',
      FILE.replace('passwordFile: password.txt', 'passwordVariable: NONE'),
      /NONE .* is not set/,
    ],
    ['an end that is no time', FILE.replace('2999-12-31', 'soon'), /"soon", not a time/],
    [
      'a webhook of this machine',
      FILE.replace('https://app.example.com', 'https://127.0.0.1'),
      /webhook https:\/\/127/,
    ],
    [
      'two secrets in one file',
      FILE.replace('test.key', './web-shop.key'),
      /web-shop\.key is named for two things/,
    ],
    ['a secret over the password', FILE.replace('test.key', 'password.txt'), /named for two things/],
    ['an end in the past', FILE.replace('2999-12-31', '2001-01-01'), /later end/],
    ['a folder that is missing', FILE.replace('web-shop.key', 'none/web-shop.key'), /cannot be made/],
  ])('%s: nothing is made, not even a store', async (_what, text, said) => {
    write(text);
    const { code, stderr } = await apply('--yes');
    expect([code, stderr]).toEqual([1, expect.stringMatching(said)]);
    expect((await kanda(['account', 'list', '--data-dir', dataDir])).code).toBe(1);
  });

  test('a password that is too weak is refused before anything is made', async () => {
    writeFileSync(at('password.txt'), 'password1234567');
    const { code, stderr } = await apply('--yes');
    expect([code, stderr]).toEqual([1, expect.stringContaining('the password of you@example.com')]);
    expect(stderr).not.toContain('password1234567');
  });
});

test('without a terminal it takes --yes, and the plan is shown all the same', async () => {
  const { code, stdout, stderr } = await apply();
  expect([code, stderr]).toEqual([1, expect.stringContaining('Add --yes')]);
  expect(stdout).toContain('+ account you@example.com');
});

test('an account that another file made has its password left alone, and needs none in the file', async () => {
  await kandaDone(['apply', at('kanda.yaml'), '--data-dir', dataDir, '--yes']);
  rmSync(at('password.txt'));
  write(FILE.replace('    passwordFile: password.txt\n', ''));
  expect(await changes()).toEqual({ changes: [], unchanged: 5 });
});

describe('an account that someone else made', () => {
  beforeEach(async () => {
    const args = [
      'account',
      'create',
      '--email',
      'you@example.com',
      '--password-stdin',
      '--data-dir',
      dataDir,
    ];
    await kandaDone(args, { input: 'quite another sentence, of a stranger' });
  });

  // Seen to fail: its keys were made in the stranger's account.
  test('differs from ours in its password, and nothing is put into it', async () => {
    const { code, stderr } = await apply('--yes');
    expect([code, stderr]).toEqual([1, expect.stringContaining('another password than the file names')]);
    expect((await kandaDone(['key', 'list', '--data-dir', dataDir])).stdout).toBe('');
  });

  test('is taken as it is by a file that names no password', async () => {
    write(FILE.replace('    passwordFile: password.txt\n', ''));
    expect((await apply('--yes')).code).toBe(0);
  });
});

test('a webhook is found again however its URL is written', async () => {
  write(FILE.replace('https://app.example.com/webhooks/kanda', 'https://APP.example.com'));
  expect((await apply('--yes')).code).toBe(0);
  expect(await changes()).toEqual({ changes: [], unchanged: 5 });
});

test('kanda account create --if-absent twice is the same account', async () => {
  const create = (...more: string[]) =>
    kanda(
      [
        'account',
        'create',
        '--if-absent',
        '--email',
        'you@example.com',
        '--json',
        '--data-dir',
        dataDir,
      ].concat(more),
      { input: PASSWORD },
    );
  const first = await create('--password-stdin', '--with-key', 'shop');
  const second = await create('--password-stdin', '--with-key', 'shop');
  expect([first.code, second.code]).toEqual([0, 0]);
  const { userId, apiKey } = JSON.parse(first.stdout);
  expect(apiKey).toMatch(/^kan_/);
  expect(JSON.parse(second.stdout)).toEqual({ userId, email: 'you@example.com' });
});
