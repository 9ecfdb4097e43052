/** `kanda account disable`, `enable`, `email` and `delete` beside a running server, on whatever store was chosen. */
import { spawn } from 'node:child_process';
import { existsSync } from 'node:fs';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { Caller, codeOf } from '../../../../../test/support/caller.ts';
import { endAll, KandaProcess } from '../../../../../test/support/kanda-process.ts';
import { storeVariables } from '../../../../../test/support/test-database.ts';
import { bareEnvironment } from '../../../../../tools/child-environment.mjs';
import { accountWithKey, KANDA, kanda, kandaDone, PASSWORD } from '../lib/run-kanda.ts';

afterAll(endAll);

const SCRIPT = '/usr/bin/script';
const hasScript = existsSync(SCRIPT);
if (!hasScript) console.warn('SKIPPED: without script (Debian: bsdutils) no command asks at a terminal.');

const ENDS_WITHIN_MS = 2_000;

describe('kanda account, on accounts that end, beside a running server', () => {
  let server: KandaProcess;
  let caller: Caller;
  beforeAll(async () => {
    server = await KandaProcess.start({ env: { KANDA_REGISTRATION: 'closed' } });
    caller = new Caller(server.url);
  });
  afterAll(() => caller.close());

  const account = (command: string, email: string, ...args: string[]) =>
    kanda(['account', command, '--email', email, '--data-dir', server.dataDir, ...args]);
  const logIn = (email: string) => caller.post('/api/auth/login', { email, password: PASSWORD });

  /** An account with a log-in, a key, and a token that the key was traded for. */
  async function holders(email: string) {
    const { apiKey, userId } = await accountWithKey(server.dataDir, email);
    const session: string = (await logIn(email)).json.token;
    const token: string = (await caller.post('/api/auth/token', { apiKey })).json.token;
    return { userId, apiKey, all: [session, apiKey, token].map((bearer) => caller.withBearer(bearer)) };
  }

  /** Asks with each until it is refused. */
  async function expectEndSoon(all: readonly Caller[], since: number): Promise<void> {
    for (const holder of all) {
      let lastGood = since;
      for (let status = 200; status === 200; ) {
        const sent = performance.now();
        status = (await holder.get('/api/totp/clients')).status;
        if (status === 200) lastGood = sent;
        else expect(status).toBe(401);
      }
      expect(lastGood - since).toBeLessThan(ENDS_WITHIN_MS);
    }
  }

  test('disable: tokens and keys end within two seconds, who logs in learns why; enable brings the key back', async () => {
    const email = 'disabled@example.com';
    const { all, apiKey } = await holders(email);
    for (const holder of all) expect((await holder.get('/api/totp/clients')).status).toBe(200);
    const disabled = await account('disable', email, '--json');
    await expectEndSoon(all, performance.now());
    expect(JSON.parse(disabled.stdout)).toMatchObject({ email, status: 'disabled' });
    expect((await logIn(email)).json).toMatchObject({
      code: 'credentials_invalid',
      detail: expect.stringContaining('has disabled this account'),
    });
    const wrong = await caller.post('/api/auth/login', { email, password: 'something that is not it' });
    expect(wrong.json.detail).not.toContain('disabled');
    const logs = ['logs', '--account', email, '--json', '--failures', '--data-dir', server.dataDir];
    const failures = (await kandaDone(logs)).stdout.trim().split('\n');
    expect(failures.map((line) => JSON.parse(line).reason)).toEqual([
      'account_disabled',
      'credentials_invalid',
    ]);

    expect((await account('enable', email)).code).toBe(0);
    expect((await caller.withBearer(apiKey).get('/api/totp/clients')).status).toBe(200);
    expect((await logIn(email)).status).toBe(200);
    expect(
      (await caller.withBearer(apiKey).events()).map(({ event, actor }) => `${event} by ${actor}`),
    ).toEqual(expect.arrayContaining(['account.disabled by cli', 'account.enabled by cli']));
  });

  test('disabled: show, diagnose and key create say so, and a key that leaked is revoked by its text all the same', async () => {
    const email = 'idle@example.com';
    const { apiKey } = await holders(email);
    await caller.withBearer(apiKey).enrol('alice', { period: 300 });
    await account('disable', email);
    const on = (...args: string[]) => [...args, '--account', email, '--data-dir', server.dataDir];
    const enable = `kanda account enable --email ${email}`;
    for (const command of ['show', 'diagnose']) {
      const { stdout } = await kandaDone(on('client', command, 'alice'));
      expect(stdout).toContain(`The account ${email} is disabled, and its API keys are refused`);
      expect(stdout).toContain(`Enable the account: ${enable}\n`);
      expect(stdout).not.toContain('can log in: nothing');
    }
    expect((await kandaDone(on('client', 'disable', 'alice'))).stdout).toMatch(/^The account .* is disabled/);
    const both = JSON.parse((await kandaDone(on('client', 'diagnose', '--json', 'alice'))).stdout).standing;
    expect(both).toMatchObject({
      accepts: false,
      why: expect.stringMatching(/^The account .*\nalice cannot/),
    });
    expect(both.todo).toMatch(/kanda account enable .*\nEnable the user: kanda client enable/);
    const made = await kandaDone(on('key', 'create', '--name', 'another'));
    expect(made.stderr).toContain(`The account ${email} is disabled, and this key is refused`);
    expect(made.stderr).toContain(enable);

    const revoked = await kanda(['key', 'revoke', apiKey, '--data-dir', server.dataDir]);
    expect(revoked.stdout).toMatch(/^The API key \w+ of idle@example\.com is revoked\.\n/);
    await account('enable', email);
    expect((await caller.withBearer(apiKey).get('/api/totp/clients')).status).toBe(401);
  });

  test('email: the new address logs in, the old one does not, log-ins go on', async () => {
    const { all } = await holders('old@example.com');
    await holders('taken@example.com');
    expect(await account('email', 'old@example.com', '--new', 'TAKEN@example.com')).toMatchObject({
      code: 1,
      stderr: expect.stringMatching(
        /^Another account has the address taken@example\.com\. Nothing was changed/,
      ),
    });
    expect((await account('email', 'old@example.com', '--new', 'New@example.com')).stdout).toMatch(
      /^userId {2}acc_\w+\nemail {3}new@example\.com\n$/,
    );
    expect((await logIn('new@example.com')).status).toBe(200);
    expect((await logIn('old@example.com')).status).toBe(401);
    for (const holder of all) expect((await holder.get('/api/totp/clients')).status).toBe(200);
  });

  test('delete: asks first; tokens and keys end within two seconds, codes are refused, and the log is said to stay', async () => {
    const email = 'deleted@example.com';
    const { all, userId, apiKey } = await holders(email);
    const alice = await caller.withBearer(apiKey).enrol('alice', { period: 300 });
    const unasked = await account('delete', email);
    expect(unasked).toMatchObject({
      code: 1,
      stderr: expect.stringMatching(/Nothing was changed\. Add --yes/),
    });
    // Each is known to the server before, as in use.
    for (const holder of all) expect((await holder.get('/api/totp/clients/alice')).status).toBe(200);

    const deleted = await account('delete', email, '--yes');
    await expectEndSoon(all, performance.now());
    expect(deleted.stdout).toBe(`${email} is deleted, with 1 user, log-ins and API keys.\n`);
    expect(deleted.stderr).toMatch(
      new RegExp(
        `^Its log stays, up to event \\d+, .* until you set KANDA_LOG_RETENTION: kanda logs --account ${userId}\\.`,
      ),
    );
    expect((await caller.withBearer(apiKey).validate('alice', codeOf(alice))).status).toBe(401);
    expect((await logIn(email)).status).toBe(401);
    const list = await kandaDone(['account', 'list', '--data-dir', server.dataDir]);
    expect(list.stdout).not.toContain(email);
    const shown = await kanda(['client', 'list', '--account', userId, '--data-dir', server.dataDir]);
    expect(shown).toMatchObject({
      code: 1,
      stderr: expect.stringMatching(/was deleted on .* Its log is there/),
    });

    const kept = await kandaDone(['logs', '--account', userId, '--data-dir', server.dataDir]);
    expect(kept.stdout).toMatch(/ client\.deleted {2}success {2}user alice {2}by cli\n/);
    expect(kept.stdout).not.toContain(email);
    const installation = [
      'logs',
      '--installation',
      '--event',
      'account.deleted',
      '--data-dir',
      server.dataDir,
    ];
    expect((await kandaDone(installation)).stdout).toMatch(new RegExp(` success {2}${userId} {2}by cli\n`));
    expect((await accountWithKey(server.dataDir, email)).userId).not.toBe(userId);
    expect(
      (await kandaDone(['audit', 'key', '--account', userId, '--data-dir', server.dataDir])).stdout,
    ).toContain(userId);
  });

  test.skipIf(!hasScript)(
    'delete: takes the address as a terminal sends it, decomposed or in capitals',
    async () => {
      const email = 'jos\u00e9@example.com';
      await accountWithKey(server.dataDir, email);
      const command = `'${process.execPath}' '${KANDA}' account delete --email '${email}' --data-dir '${server.dataDir}'`;
      // `script` (util-linux) runs it at a terminal.
      const child = spawn(SCRIPT, ['-qec', command, '/dev/null'], {
        env: bareEnvironment({ ...(await storeVariables(server.dataDir)), SHELL: '/bin/sh' }),
      });
      let printed = '';
      for await (const piece of child.stdout.setEncoding('utf8')) {
        const asked = printed.includes('again: ');
        printed += piece;
        if (!asked && printed.includes('again: ')) child.stdin.write('JOSE\u0301@example.com\r');
      }
      expect(printed).toContain(`${email} is deleted, with 0 users`);
    },
  );
});
