import { execFile } from 'node:child_process';
import { existsSync, readdirSync } from 'node:fs';
import { join } from 'node:path';
import { DatabaseSync } from 'node:sqlite';
import { promisify } from 'node:util';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { Caller, codeOf } from '../../../../test/process/caller.ts';
import { endAll, KandaProcess, temporaryFolder } from '../../../../test/process/kanda-process.ts';
import { pythonWithRequests } from '../../../../tools/test-tools.ts';
import { accountWithKey, KANDA, kanda, kandaDone, PASSWORD } from './run-kanda.ts';

const run = promisify(execFile);
afterAll(endAll);

/** Creates an account with the password on standard input. */
function create(dataDir: string, email: string, ...more: string[]) {
  const args = ['account', 'create', '--email', email, '--password-stdin', '--data-dir', dataDir, ...more];
  return kanda(args, { input: `${PASSWORD}\n` });
}

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
    expect(made).toMatchObject({ code: 0, stderr: '' });
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
    while (status === 200 && performance.now() - resetAt < 2_000) {
      status = (await holder.get('/api/auth/me')).status;
    }
    expect(status).toBe(401);
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
    const nobody = await kanda([...args.slice(0, 3), 'nobody@example.com', ...args.slice(4)]);
    expect(nobody.code).toBe(1);
    expect(nobody.stderr).toMatch(/no account with the address nobody@example\.com.*kanda account list/);
  });

  test('list shows every account, as a table and as JSON', async () => {
    const { userId, email } = await accountWithKey(server.dataDir, 'listed@example.com');
    const table = await kandaDone(['account', 'list', '--data-dir', server.dataDir]);
    expect(table.stdout).toMatch(/^USER ID +EMAIL +CREATED\n/);
    expect(table.stdout).toMatch(new RegExp(`^${userId} +${email} +\\d{4}-\\d\\d-\\d\\dT`, 'm'));
    const json = await kandaDone(['account', 'list', '--json', '--data-dir', server.dataDir]);
    expect(JSON.parse(json.stdout)).toContainEqual({ userId, email, createdAt: expect.any(String) });
  });
});

describe('without a server', () => {
  test('create makes the store where there is none, and says to back the new master key up', async () => {
    const folder = join(temporaryFolder(), 'new');
    const made = await create(folder, 'first@example.com');
    expect(made.code).toBe(0);
    expect(made.stderr).toContain(`${join(folder, 'master.key')}. Back that file up now`);
    expect(readdirSync(folder)).toEqual(expect.arrayContaining(['kanda.db', 'master.key']));
  });

  test('list goes through all pages, oldest first', async () => {
    const folder = temporaryFolder();
    await accountWithKey(folder);
    const sqlite = new DatabaseSync(join(folder, 'kanda.db'));
    const copy = sqlite.prepare(
      `insert into account (public_id, email, password_hash, credential_version, data_key_master, data_key, created_at)
       select ?, ?, password_hash, 1, data_key_master, data_key, created_at from account where id = 1`,
    );
    for (let number = 1; number <= 401; number++) copy.run(`acc_${number}`, `user-${number}@example.com`);
    sqlite.close();
    const { stdout } = await kandaDone(['account', 'list', '--json', '--data-dir', folder]);
    const emails = (JSON.parse(stdout) as { email: string }[]).map(({ email }) => email);
    const others = Array.from({ length: 401 }, (_, index) => `user-${index + 1}@example.com`);
    expect(emails).toEqual(['owner@example.com', ...others]);
  });

  test.each([
    ['list', ['account', 'list']],
    ['reset-password', ['account', 'reset-password', '--email', 'a@example.com', '--password-stdin']],
    ['disable-two-factor', ['account', 'disable-two-factor', '--email', 'a@example.com']],
  ])('%s does not make a store out of a mistyped folder', async (_name, args) => {
    const folder = join(temporaryFolder(), 'mistyped');
    const refused = await kanda([...args, '--data-dir', folder], { input: PASSWORD });
    expect(refused.code).toBe(1);
    expect(refused.stderr).toMatch(/There is no store in .*mistyped.*--data-dir/);
    expect(existsSync(folder)).toBe(false);
  });

  test('the settings come from the environment too: folder and master key', async () => {
    const folder = temporaryFolder();
    const env = { KANDA_DATA_DIR: folder, KANDA_MASTER_KEY: Buffer.alloc(32, 7).toString('base64') };
    const args = ['account', 'create', '--email', 'env@example.com', '--password-stdin'];
    await kandaDone(args, { input: PASSWORD, env });
    expect(existsSync(join(folder, 'master.key'))).toBe(false);
    const { stdout } = await kandaDone(['account', 'list'], { env });
    expect(stdout).toContain('env@example.com');
    const other = { ...env, KANDA_MASTER_KEY: Buffer.alloc(32, 8).toString('base64') };
    const refused = await kanda(['account', 'list'], { env: other });
    expect(refused).toMatchObject({ code: 1, stdout: '' });
    expect(refused.stderr).toContain('the wrong master key');
  });
});

describe('what is refused says what to do', () => {
  let folder: string;
  beforeAll(async () => {
    folder = temporaryFolder();
    await accountWithKey(folder, 'taken@example.com');
  });

  test('an address that has an account', async () => {
    const refused = await create(folder, 'Taken@example.com');
    expect(refused.code).toBe(1);
    expect(refused.stderr).toContain('kanda account reset-password --email taken@example.com');
  });

  test('an address that has none', async () => {
    const args = ['account', 'reset-password', '--email', 'nobody@example.com', '--password-stdin'];
    const refused = await kanda([...args, '--data-dir', folder], { input: PASSWORD });
    expect(refused.code).toBe(1);
    expect(refused.stderr).toContain('kanda account list');
  });

  test.each([
    ['short', 'must have 15 characters or more'],
    ['', 'Standard input is empty'],
    ['a first line that is long\nand a second', 'more than one line'],
    ['x1'.repeat(600), 'more than 1024 characters'],
    [`${'kanda'.repeat(4)}`, 'one of the first that an attacker tries'],
  ])('the password %j', async (input, reason) => {
    const args = ['account', 'create', '--email', 'a@example.com', '--password-stdin', '--data-dir', folder];
    const refused = await kanda(args, { input });
    expect(refused.code).toBe(1);
    expect(refused.stderr).toContain(reason);
    if (input.length > 5) expect(refused.stderr).not.toContain(input);
  });

  test('no terminal to ask on', async () => {
    const refused = await kanda(['account', 'create', '--email', 'a@example.com', '--data-dir', folder]);
    expect(refused.code).toBe(1);
    expect(refused.stderr).toContain('--password-stdin < password.txt');
  });

  test('a password on the command line, where all could read it', async () => {
    const refused = await create(folder, 'a@example.com', '--password', PASSWORD);
    expect(refused.code).toBe(1);
    expect(refused.stderr).toContain("unknown option '--password'");
    expect(refused.stderr).not.toContain(PASSWORD);
  });

  test('what is no address, and a name that no key can have', async () => {
    expect((await create(folder, 'nobody')).stderr).toContain('Example: --email you@example.com');
    const named = await create(folder, 'b@example.com', '--with-key', 'bell\u0007');
    expect(named.stderr).toContain('Example: --with-key "web shop"');
    const { stdout } = await kandaDone(['account', 'list', '--json', '--data-dir', folder]);
    expect(JSON.parse(stdout)).toHaveLength(1);
  });
});

/** Plays a person on a terminal: waits for each text, then types the answer. Prints what the terminal showed. */
const TYPIST = `
import json, os, pty, sys
command, dialogue = json.loads(sys.argv[1]), json.loads(sys.argv[2])
pid, terminal = pty.fork()
if pid == 0:
    os.execvp(command[0], command)
shown = b''
def read():
    global shown
    try:
        part = os.read(terminal, 4096)
    except OSError:
        part = b''
    shown += part
    return part
for expected, answer in dialogue:
    while expected.encode() not in shown and read():
        pass
    os.write(terminal, answer.encode())
while read():
    pass
status = os.waitstatus_to_exitcode(os.waitpid(pid, 0)[1])
print(json.dumps({'code': status, 'shown': shown.decode()}))
`;

describe.skipIf(pythonWithRequests() === null)('on a terminal', () => {
  async function converse(args: string[], dialogue: [string, string][]) {
    const command = JSON.stringify([process.execPath, KANDA, ...args]);
    const python = pythonWithRequests() ?? '';
    const { stdout } = await run(python, ['-c', TYPIST, command, JSON.stringify(dialogue)], {
      env: { PATH: process.env.PATH },
      timeout: 30_000,
    });
    return JSON.parse(stdout) as { code: number; shown: string };
  }

  test('the password is asked for twice and never shown', async () => {
    const folder = temporaryFolder();
    const args = ['account', 'create', '--email', 'typist@example.com', '--data-dir', folder];
    const typed = `wrong\u007f\u007f\u007f\u007f\u007f${PASSWORD}\r`;
    const { code, shown } = await converse(args, [
      ['Password: ', typed],
      ['The same again: ', `${PASSWORD}\r`],
    ]);
    expect(code).toBe(0);
    expect(shown).toContain('email   typist@example.com');
    expect(shown).not.toContain(PASSWORD);
    expect(shown).not.toContain('wrong');
    const server = await KandaProcess.start({ dataDir: folder });
    const caller = new Caller(server.url);
    const login = await caller.post('/api/auth/login', { email: 'typist@example.com', password: PASSWORD });
    expect(login.status).toBe(200);
    caller.close();
  });

  test.each<[string, [string, string][], string]>([
    [
      'two that differ',
      [
        ['Password: ', `${PASSWORD}\r`],
        ['again: ', `${PASSWORD}!\r`],
      ],
      'The two passwords differ',
    ],
    ['Ctrl-C', [['Password: ', 'half a sen\u0003']], 'Stopped. Nothing was changed.'],
    [
      'one that is too short, before it has to be typed again',
      [['Password: ', 'short\r']],
      '15 characters or more',
    ],
  ])('%s: refused, and no account is made', async (_name, dialogue, reason) => {
    const folder = temporaryFolder();
    await accountWithKey(folder);
    const args = ['account', 'create', '--email', 'typist@example.com', '--data-dir', folder];
    const { code, shown } = await converse(args, dialogue);
    expect(code).toBe(1);
    expect(shown).toContain(reason);
    const { stdout } = await kandaDone(['account', 'list', '--json', '--data-dir', folder]);
    expect(JSON.parse(stdout)).toHaveLength(1);
  });
});
