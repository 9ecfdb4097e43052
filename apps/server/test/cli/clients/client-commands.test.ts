/** `kanda client` beside a running server, on whatever store the test file has chosen. */
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { Caller, codeOf, wrongCodes } from '../../../../../test/support/caller.ts';
import { endAll, KandaProcess } from '../../../../../test/support/kanda-process.ts';
import { accountWithKey, kanda, kandaDone, PASSWORD } from '../lib/run-kanda.ts';

afterAll(endAll);

describe('kanda client, beside a running server', () => {
  let server: KandaProcess;
  let owner: Caller;
  let shop: Caller;
  beforeAll(async () => {
    server = await KandaProcess.start({ env: { KANDA_REGISTRATION: 'closed' } });
    owner = new Caller(server.url).withBearer((await accountWithKey(server.dataDir)).apiKey);
    shop = new Caller(server.url).withBearer(
      (await accountWithKey(server.dataDir, 'shop@example.com')).apiKey,
    );
  });
  afterAll(() => {
    owner.close();
    shop.close();
  });

  const client = (command: string, ...args: string[]) =>
    kanda(['client', command, '--account', 'owner@example.com', '--data-dir', server.dataDir, ...args]);
  const json = async (command: string, ...args: string[]) => {
    const { code, stdout, stderr } = await client(command, '--json', ...args);
    expect({ code, stderr }).toEqual({ code: 0, stderr: '' });
    return JSON.parse(stdout);
  };
  const withCode = async (clientId: string, code: string) => {
    const { stdout } = await kandaDone(
      ['client', 'diagnose', '--with-code', '--json', '--account', 'owner@example.com', clientId].concat(
        '--data-dir',
        server.dataDir,
      ),
      { input: `${code}\n` },
    );
    return JSON.parse(stdout).code;
  };
  const lastEvents = async (clientId: string) =>
    (await owner.events(clientId)).map(({ event, actor }) => `${event} by ${actor}`);

  test('a delay: diagnose says why and what to type, and what it says to type ends it at the running server', async () => {
    const alice = await owner.enrol('alice', { period: 300 });
    // Long enough for the commands of this test, which are processes of their own.
    const login = await owner.post('/api/auth/login', { email: 'owner@example.com', password: PASSWORD });
    const policy = { firstDelaySeconds: 3_600, maxDelaySeconds: 3_600 };
    expect((await owner.withBearer(login.json.token).call('PUT', '/api/policy', policy)).status).toBe(200);
    for (const code of wrongCodes(alice, 5)) await owner.validate('alice', code);
    const told = await client('diagnose', 'alice');
    expect(told.code).toBe(0);
    expect(told.stdout).toMatch(
      /^alice cannot log in: 5 wrong codes in a row, 5 in 24 hours\. The user is in a delay until \d{4}-\S+ \S+ UTC, and no code is looked at\.\nFind out who/,
    );
    expect(told.stdout).toMatch(/\n\d{4}-\S+ \S+ UTC +127\.0\.0\.1 +wrong\n/);
    const { standing, attempts } = await json('diagnose', 'alice');
    expect(standing).toMatchObject({ accepts: false });
    expect(attempts).toHaveLength(5);
    expect((await owner.validate('alice', codeOf(alice))).json).toMatchObject({ reason: 'locked' });

    const typed = /kanda (client unlock .*)$/.exec(standing.todo)?.[1]?.split(' ') ?? [];
    const unlocked = await kanda([...typed, '--data-dir', server.dataDir]);
    expect(unlocked).toMatchObject({
      code: 0,
      stdout: 'alice can log in: nothing is in the way of a right code.\n',
    });
    expect((await owner.validate('alice', codeOf(alice))).json).toEqual({ valid: true });
    expect(await lastEvents('alice')).toContain('client.unlocked by cli');
  });

  test('disable and enable hold at the running server with the next code, and are events', async () => {
    const bob = await owner.enrol('bob', { period: 300 });
    expect((await client('disable', 'bob')).stdout).toMatch(/^bob cannot log in: the user is disabled/);
    expect((await owner.validate('bob', codeOf(bob))).json).toEqual({ valid: false, reason: 'disabled' });
    expect(await json('diagnose', 'bob')).toMatchObject({
      standing: { accepts: false, todo: expect.stringContaining('kanda client enable') },
      attempts: [{ reason: 'disabled' }],
    });
    expect(await json('enable', 'bob')).toMatchObject({
      client: { status: 'active' },
      standing: { accepts: true },
    });
    expect((await owner.validate('bob', codeOf(bob))).json).toEqual({ valid: true });
    expect(await lastEvents('bob')).toEqual(
      expect.arrayContaining(['client.disabled by cli', 'client.enabled by cli']),
    );
  });

  test('diagnose --with-code finds what is wrong with a code, accepts nothing, and is an event', async () => {
    const carol = await owner.enrol('carol');
    expect(await withCode('carol', codeOf(carol, -8))).toMatchObject({
      finding: 'behind',
      why: expect.stringMatching(/^The code is right for \d+ periods ago\. Set date and time/),
    });
    const dan = await owner.enrol('dan', { period: 300 });
    expect(await withCode('dan', codeOf(dan))).toMatchObject({ finding: 'right_now' });
    expect((await owner.validate('dan', codeOf(dan))).json).toEqual({ valid: true });
    expect(await withCode('dan', codeOf(dan))).toMatchObject({ finding: 'already_used' });
    expect(await lastEvents('dan')).toContain('client.diagnosed by cli');

    const words = await client('diagnose', '--with-code', 'dan');
    expect(words).toMatchObject({
      code: 1,
      stdout: '',
      stderr: expect.stringContaining('Standard input is empty'),
    });
  });

  test('a right code that was used before is said so, though its caller is not told', async () => {
    const frank = await owner.enrol('frank', { period: 300 });
    await owner.validate('frank', codeOf(frank));
    expect((await owner.validate('frank', codeOf(frank))).json).toMatchObject({ reason: 'invalid_code' });
    expect((await client('diagnose', 'frank')).stdout).toMatch(/ right, but used before\n/);
  });

  test('show and list have what the API has; another account has none of it', async () => {
    await owner.enrol('erin');
    const shown = await json('show', 'erin');
    expect(shown.client).toEqual((await owner.get('/api/totp/clients/erin')).json);
    expect(shown).toMatchObject({
      account: 'owner@example.com',
      authenticators: [{ type: 'totp', status: 'active' }],
      recoveryCodesLeft: 0,
      trustedDevices: 0,
    });
    expect((await client('show', 'erin')).stdout).toMatch(
      /^user +erin \(erin@example\.com, MyApp\) of owner@/,
    );
    const lines = (await client('list', '--search', 'erin', '--json')).stdout.trim().split('\n');
    expect(lines.map((line) => JSON.parse(line).clientId)).toEqual(['erin']);
    expect((await client('list', '--status', 'active')).stdout).toMatch(
      /^USER +STATUS +LAST ACCEPTED +LABEL\n/,
    );
    expect((await client('list', '--status', 'off')).stderr).toMatch(/^--status takes one of active, /);

    const other = ['client', 'show', 'erin', '--account', 'shop@example.com', '--data-dir', server.dataDir];
    expect(await kanda(other)).toMatchObject({
      code: 1,
      stdout: '',
      stderr: expect.stringMatching(
        /^shop@example\.com has no user erin, so every code of this user is refused\. /,
      ),
    });
  });

  test('delete: the user is gone at the running server, and who asks why learns who deleted the user', async () => {
    const grace = await owner.enrol('grace', { period: 300 });
    expect(await json('delete', 'grace')).toEqual({
      account: 'owner@example.com',
      clientId: 'grace',
      deleted: true,
    });
    expect((await owner.validate('grace', codeOf(grace))).status).toBe(404);
    expect(await lastEvents('grace')).toContain('client.deleted by cli');
    expect(await client('diagnose', 'grace')).toMatchObject({
      code: 1,
      stderr: expect.stringMatching(/This user was deleted on \d{4}-\S+ \S+ UTC by cli\./),
    });
  });

  test('of several accounts one has to be named; the test half is another one', async () => {
    const nameless = await kanda(['client', 'list', '--data-dir', server.dataDir]);
    expect(nameless).toMatchObject({
      code: 1,
      stderr: expect.stringMatching(/^There are several accounts: .*--account/),
    });
    expect(await client('list', '--test')).toMatchObject({
      code: 1,
      stderr: expect.stringMatching(/^owner@example\.com has no test half yet/),
    });
    const unknown = await kanda([
      'client',
      'list',
      '--account',
      'none@example.com',
      '--data-dir',
      server.dataDir,
    ]);
    expect(unknown).toMatchObject({
      code: 1,
      stderr: expect.stringMatching(/no account none@example\.com.*kanda account list/),
    });
  });
});
