/** `kanda account` beside a running server, on whatever store the test file has chosen. */
import { execFile } from 'node:child_process';
import { promisify } from 'node:util';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { Caller, codeOf } from '../../../../../test/support/caller.ts';
import { endAll, KandaProcess } from '../../../../../test/support/kanda-process.ts';
import { accountWithKey, create, kanda, kandaDone, PASSWORD } from '../lib/run-kanda.ts';

const run = promisify(execFile);

afterAll(endAll);

describe('beside a running server', () => {
  let server: KandaProcess;
  let caller: Caller;
  beforeAll(async () => {
    server = await KandaProcess.start({ env: { KANDA_REGISTRATION: 'closed' } });
    caller = new Caller(server.url);
  });
  afterAll(() => caller.close());

  test('create makes an account, also where registration is closed, that can log in at once', async () => {
    const made = await create(server.dataDir, 'You@Example.com');
    expect(made).toMatchObject({ code: 0, stderr: expect.stringMatching(/^Created in the store \S+\n$/) });
    expect(made.stdout).toMatch(/^userId {2}acc_[0-9a-f]{30}\nemail {3}you@example\.com\n$/);
    const login = await caller.post('/api/auth/login', { email: 'you@example.com', password: PASSWORD });
    expect(login.status).toBe(200);
  });

  test("the key of --with-key works, and the account's log says that the command line made both", async () => {
    const { apiKey } = await accountWithKey(server.dataDir, 'keyed@example.com');
    const events = await caller.withBearer(apiKey).events();
    expect(events.map(({ event, actor }) => [event, actor])).toEqual([
      ['account.registered', 'cli'],
      ['key.created', 'cli'],
    ]);
  });

  test('the curl line that is printed with a key enrols a client as it stands', async () => {
    const made = await create(
      server.dataDir,
      'curl@example.com',
      '--with-key',
      'web shop',
      '--public-url',
      server.url,
    );
    const curl = made.stdout.slice(made.stdout.indexOf('curl -X POST'));
    const { stdout } = await run('sh', ['-c', `${curl.trimEnd()} --silent`]);
    expect(JSON.parse(stdout)).toMatchObject({ clientId: 'user-123', otpauthUrl: expect.any(String) });
  });

  test('reset-password: the old password and every token end within two seconds, the new one works', async () => {
    const { email } = await accountWithKey(server.dataDir, 'reset@example.com');
    const login = await caller.post('/api/auth/login', { email, password: PASSWORD });
    const holder = caller.withBearer(login.json.token);
    expect((await holder.get('/api/auth/me')).status).toBe(200);

    const password = 'another sentence of my own';
    const reset = await kanda(
      ['account', 'reset-password', '--email', email, '--password-stdin', '--data-dir', server.dataDir],
      { input: password },
    );
    const resetAt = performance.now();
    expect(reset.code).toBe(0);
    expect(reset.stderr).toMatch(/Every token of this account has ended/);

    let status = 200;
    let lastGood = resetAt;
    while (status === 200 && performance.now() < resetAt + 20_000) {
      const sent = performance.now();
      status = (await holder.get('/api/auth/me')).status;
      if (status === 200) lastGood = sent;
    }
    expect(status).toBe(401);
    expect(lastGood - resetAt).toBeLessThan(2_000);
    const logIn = (text: string) => caller.post('/api/auth/login', { email, password: text });
    expect((await logIn(PASSWORD)).status).toBe(401);
    expect((await logIn(password)).status).toBe(200);
  });

  test('disable-two-factor: the password is enough again, what runs goes on, and the log says who did it', async () => {
    const { email, userId } = await accountWithKey(server.dataDir, 'locked-out@example.com');
    const logIn = () => caller.post('/api/auth/login', { email, password: PASSWORD });
    const owner = caller.withBearer((await logIn()).json.token);
    const { json } = await owner.post('/api/auth/two-factor', { password: PASSWORD });
    const totp = codeOf({ secret: json.secret, period: 30 });
    expect((await owner.post('/api/auth/two-factor/confirm', { totp })).status).toBe(200);
    expect((await logIn()).json).toMatchObject({ code: 'totp_required' });

    const args = ['account', 'disable-two-factor', '--email', email, '--data-dir', server.dataDir];
    const done = await kanda(args);
    expect(done).toMatchObject({ code: 0, stdout: `userId  ${userId}\nemail   ${email}\n` });
    expect(done.stderr).toMatch(/Two-factor login is off/);
    expect((await logIn()).status).toBe(200);
    expect((await owner.get('/api/auth/me')).json.twoFactor).toMatchObject({ active: false });
    expect(
      (await owner.events()).filter(({ event }) => event === 'account.two_factor_disabled'),
    ).toMatchObject([{ outcome: 'success', actor: 'cli' }]);

    const again = await kanda(args);
    expect(again.code).toBe(1);
    expect(again.stderr).toMatch(/does not use two-factor login\. Nothing was changed/);
    const unknown = await kanda([...args.slice(0, 3), 'unknown@example.com', ...args.slice(4)]);
    expect(unknown.code).toBe(1);
    expect(unknown.stderr).toMatch(/no account with the address unknown@example\.com.*kanda account list/);
  });

  test('list shows every account, as a table and as JSON', async () => {
    const { userId, email } = await accountWithKey(server.dataDir, 'listed@example.com');
    const table = await kandaDone(['account', 'list', '--data-dir', server.dataDir]);
    expect(table.stdout).toMatch(/^USER ID +EMAIL +STATUS +CREATED\n/);
    expect(table.stdout).toMatch(new RegExp(`^${userId} +${email} +active +\\d{4}-\\d\\d-\\d\\dT`, 'm'));
    const json = await kandaDone(['account', 'list', '--json', '--data-dir', server.dataDir]);
    expect(JSON.parse(json.stdout)).toContainEqual({
      userId,
      email,
      status: 'active',
      operator: expect.any(Boolean),
      createdAt: expect.any(String),
    });
    const give = ['account', 'operator', '--email', email, '--data-dir', server.dataDir, '--json'];
    expect(JSON.parse((await kandaDone(give)).stdout)).toMatchObject({ email, operator: true });
    expect(JSON.parse((await kandaDone([...give, '--revoke'])).stdout)).toMatchObject({ operator: false });
  });
});
