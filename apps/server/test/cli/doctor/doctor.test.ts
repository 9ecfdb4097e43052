import { spawnSync } from 'node:child_process';
import { createHash } from 'node:crypto';
import { once } from 'node:events';
import { chmodSync, chownSync, readdirSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { createServer, type RequestListener, type Server } from 'node:http';
import type { AddressInfo } from 'node:net';
import { join } from 'node:path';
import { afterAll, describe, expect, test } from 'vitest';
import { endAll, KandaProcess, temporaryFolder } from '../../../../../test/support/kanda-process.ts';
import type { Finding } from '../../../src/cli/doctor/finding.ts';
import { KANDA, kanda, type RunOptions } from '../lib/run-kanda.ts';
import { alter, damage, storeWithClient } from '../store/stores.ts';

/**
 * Who may not look into a folder of this test's: this user itself, once the folder is closed, or, as nothing
 * is closed to root, another one. null, after saying so, when there is none who can run Kanda at all.
 */
const OTHER_USER = otherUser();

function otherUser(): Pick<RunOptions, 'uid' | 'gid'> | null {
  if (process.getuid?.() !== 0) return {};
  const unknown = { uid: 65_534, gid: 65_534 };
  if (spawnSync(process.execPath, [KANDA, '--version'], unknown).status === 0) return unknown;
  console.warn(
    'SKIPPED: this is root, and no other user can read the project: a closed folder is not tested',
  );
  return null;
}

const servers: Server[] = [];
afterAll(async () => {
  for (const server of servers) server.close();
  await endAll();
});

interface Diagnosis {
  readonly code: number | null;
  readonly ok: boolean;
  readonly checks: readonly Finding[];
  /** The findings of one check. */
  of(check: string): readonly Finding[];
}

/** Runs `kanda doctor --json`, by default where no port is looked at. */
async function diagnose(
  dataDir: string,
  flags: readonly string[] = ['--port', '0'],
  env: Record<string, string> = {},
  user: Pick<RunOptions, 'uid' | 'gid'> = {},
): Promise<Diagnosis> {
  const run = await kanda(['doctor', '--json', '--data-dir', dataDir, ...flags], { env, ...user });
  const { ok, checks } = JSON.parse(run.stdout) as { ok: boolean; checks: Finding[] };
  return { code: run.code, ok, checks, of: (check) => checks.filter((finding) => finding.check === check) };
}

/** The port of something that answers HTTP and is no Kanda. */
async function listen(answer: RequestListener): Promise<string> {
  const server = createServer(answer).listen(0, '127.0.0.1');
  servers.push(server);
  await once(server, 'listening');
  return String((server.address() as AddressInfo).port);
}

describe('where all is well', () => {
  test('beside a running server: every check is reported, none is a problem, and the exit status is 0', async () => {
    const { dataDir } = await storeWithClient();
    const server = await KandaProcess.start({ dataDir });
    const run = await kanda(['doctor', '--data-dir', dataDir, '--port', String(server.port)]);
    expect(run).toMatchObject({ code: 0, stderr: '' });
    expect(run.stdout).not.toContain('✗');
    const lines = run.stdout.split('\n');
    for (const [check, found] of [
      ['Version', /Node 24\.\d+\.\d+, SQLite 3\.\d+\.\d+/],
      ['Settings', /as they should be/],
      ['Data directory', /mode 0700/],
      ['kanda.db', /mode 0600/],
      ['kanda.db-wal', /mode 0600/],
      ['master.key', /mode 0600/],
      ['Store', /1 account, 1 user, schema/],
      ['Integrity', /every page checked/],
      ['Events', /\d+ events are what the trees say/],
      ['Last seen', /the store that this node had at/],
      ['Journal', /write-ahead log/],
      ['Master key', /opens the store/],
      ['Disk space', /free/],
      ['Disk writes', /durable commit takes [\d.]+ ms/],
      ['Clock', /UTC, \d+ s after the newest event/],
      ['Server', /a Kanda answers on .* and is ready/],
      ["Server's clock", /the same as here/],
    ] as const) {
      expect(lines.filter((line) => line.slice(2).startsWith(`${check}  `))).toEqual([
        expect.stringMatching(found),
      ]);
    }
    expect(lines.some((line) => /^[✓!] (File system|Time service) /.test(line))).toBe(true);
    await server.stop();
  });

  test('before the first start: what is missing will be made, and doctor makes none of it', async () => {
    const folder = join(temporaryFolder(), 'new');
    const { code, ok, checks } = await diagnose(folder);
    expect({ code, ok }).toEqual({ code: 0, ok: true });
    expect(checks.filter(({ level }) => level === 'problem')).toEqual([]);
    expect(checks).toContainEqual(expect.objectContaining({ check: 'Data directory', level: 'look' }));
    expect(readdirSync(join(folder, '..'))).toEqual([]);
  });

  test('it changes nothing in the store and leaves nothing of its own behind', async () => {
    const { dataDir } = await storeWithClient();
    const digest = () =>
      createHash('sha256')
        .update(readFileSync(join(dataDir, 'kanda.db')))
        .digest('hex');
    const before = digest();
    await diagnose(dataDir);
    expect(digest()).toBe(before);
    // SQLite itself makes the two others, empty, for anyone who reads.
    const names = readdirSync(dataDir).filter((name) => !/-(wal|shm)$/.test(name));
    expect(names).toEqual(['kanda.db', 'master.key', 'signed-checkpoints', 'store-seen']);
  });
});

describe('a disk with less free than is kept for checking codes', () => {
  test('is to be repaired, and what is refused meanwhile is said', async () => {
    const { dataDir } = await storeWithClient();
    const { code, of } = await diagnose(dataDir, undefined, { KANDA_DISK_RESERVE: '999TB' });
    expect(code).toBe(1);
    const [space] = of('Disk space');
    expect(space?.found).toMatch(/free.* less than the .* that are kept \(KANDA_DISK_RESERVE\)/);
    expect(space?.remedy).toContain('enrolments');
  });
});

describe('a problem comes with its remedy, and the exit status is 1', () => {
  test.each([
    ['the master key', 'master.key', 0o644, 'problem', "chmod 600 '"],
    ['the database', 'kanda.db', 0o604, 'problem', "chmod 600 '"],
    ['the folder, for writing', '.', 0o770, 'problem', "chmod 700 '"],
    ['the folder, for reading', '.', 0o755, 'look', "chmod 700 '"],
    ['the database, for its group', 'kanda.db', 0o640, 'look', "chmod 600 '"],
  ] as const)('%s is open to others', async (_name, name, mode, level, remedy) => {
    const { dataDir } = await storeWithClient();
    chmodSync(join(dataDir, name), mode);
    const { code, of } = await diagnose(dataDir);
    const [finding] = of(name === '.' ? 'Data directory' : name);
    expect(finding).toMatchObject({ level, remedy: expect.stringContaining(remedy) });
    expect(code).toBe(level === 'problem' ? 1 : 0);
  });

  test.skipIf(OTHER_USER === null)(
    'this user may not look into the folder: run it as the one that the server runs as',
    async () => {
      const { dataDir } = await storeWithClient();
      if (OTHER_USER?.uid === undefined) chmodSync(dataDir, 0o000);
      const user = OTHER_USER ?? {};
      const { code, of } = await diagnose(dataDir, ['--port', '0'], {}, user);
      const list = await kanda(['account', 'list', '--data-dir', dataDir], user);
      chmodSync(dataDir, 0o700);
      expect(code).toBe(1);
      expect(of('Data directory')).toMatchObject([
        { level: 'problem', found: expect.stringContaining('closed to this user') },
      ]);
      expect(list).toMatchObject({
        code: 1,
        stderr: expect.stringMatching(/is closed to this user.*sudo -u/),
      });
    },
  );

  test.skipIf(OTHER_USER === null)('this user may not read the master key: run it as its owner', async () => {
    const user = OTHER_USER ?? {};
    const [dataDir, elsewhere] = [temporaryFolder(), temporaryFolder()];
    if (user.uid !== undefined && user.gid !== undefined) chownSync(dataDir, user.uid, user.gid);
    const key = join(elsewhere, 'key');
    writeFileSync(key, `${Buffer.alloc(32, 3).toString('base64')}\n`, { mode: 0o000 });
    const settings = ['--port', '0', '--data-dir', dataDir, '--master-key-file', key];
    const refused = await kanda(['serve', ...settings], user);
    expect(refused).toMatchObject({ code: 1, stdout: '' });
    expect(refused.stderr).toMatch(/key cannot be read \(EACCES.*\)\. Run this as the user who owns it\.\n$/);
    const { of } = await diagnose(dataDir, settings, {}, user);
    expect(of('Master key')).toMatchObject([
      { level: 'problem', found: expect.stringMatching(/EACCES.* Run this as the user who owns it\.$/) },
    ]);
  });

  test('the master key is missing, or another one', async () => {
    const { dataDir } = await storeWithClient();
    rmSync(join(dataDir, 'master.key'));
    const missing = await diagnose(dataDir);
    expect(missing.of('Master key')).toMatchObject([
      { level: 'problem', found: expect.stringContaining('none at') },
    ]);
    const env = { KANDA_MASTER_KEY: Buffer.alloc(32, 3).toString('base64') };
    const wrong = await diagnose(dataDir, ['--port', '0'], env);
    expect(wrong.of('Master key')).toMatchObject([
      { level: 'problem', found: expect.stringContaining('the wrong master key') },
    ]);
    expect([missing.code, wrong.code]).toEqual([1, 1]);
    expect(readdirSync(dataDir)).not.toContain('master.key');
  });

  test('settings: each fault with its variable and an example, and the other checks go on without them', async () => {
    const { dataDir } = await storeWithClient();
    const env = { KANDA_TOKEN_TTL: '1', KANDA_PROT: '3000' };
    const { code, of } = await diagnose(dataDir, ['--port', 'eighty', '--log-level', 'info'], env);
    expect(code).toBe(1);
    const found = of('Settings').map((finding) => finding.found);
    expect(found).toHaveLength(3);
    expect(found.join('\n')).toMatch(
      /KANDA_PROT is not[\s\S]*KANDA_PORT \(--port\)[\s\S]*Example: KANDA_PORT=3000/,
    );
    expect(of('Store')).toMatchObject([{ level: 'fine' }]);
  });

  test('the store is damaged', async () => {
    const { dataDir } = await storeWithClient();
    alter(
      join(dataDir, 'kanda.db'),
      'create table filling (x); insert into filling values (zeroblob(200000))',
    );
    damage(join(dataDir, 'kanda.db'));
    const { code, checks } = await diagnose(dataDir);
    expect(code).toBe(1);
    const said = checks.filter(({ level }) => level === 'problem').map(({ remedy }) => remedy);
    expect(said.join()).toContain('kanda restore --force');
  });

  test('a newer version wrote the store', async () => {
    const { dataDir } = await storeWithClient();
    alter(join(dataDir, 'kanda.db'), "insert into kysely_migration values ('9999-later', '2030-01-01')");
    const { code, of } = await diagnose(dataDir);
    expect(code).toBe(1);
    expect(of('Store')).toMatchObject([{ level: 'problem', found: expect.stringContaining('9999-later') }]);
  });

  test('a clock that was ahead has left clients that refuse every code', async () => {
    const { dataDir } = await storeWithClient();
    alter(join(dataDir, 'kanda.db'), 'update authenticator_state set watermark = 1000000000');
    const { of } = await diagnose(dataDir);
    expect(of('Codes ahead')).toMatchObject([
      { level: 'look', remedy: expect.stringContaining('unlock --reset-clock') },
    ]);
  });

  test('the clock is behind the newest event', async () => {
    const { dataDir } = await storeWithClient();
    alter(join(dataDir, 'kanda.db'), `update event set at = ${Date.now() + 600_000}`);
    const { code, of } = await diagnose(dataDir);
    expect(code).toBe(1);
    expect(of('Clock')).toMatchObject([
      { level: 'problem', found: expect.stringContaining('10 min behind the newest event') },
    ]);
  });

  test('another program has the port, and the one that is named in its place is free', async () => {
    const port = await listen((_request, response) => response.end('hello'));
    const { code, of } = await diagnose(temporaryFolder(), ['--port', port]);
    expect(code).toBe(1);
    expect(of('Port')).toMatchObject([{ level: 'problem', found: expect.stringContaining('not a Kanda') }]);
    const [, other = port] = /KANDA_PORT=(\d+), or --port \1$/.exec(of('Port')[0]?.remedy ?? '') ?? [];
    expect((await diagnose(temporaryFolder(), ['--port', other])).of('Port')).toMatchObject([
      { level: 'fine' },
    ]);
  });

  test.each([
    [-60, 'problem', 'behind this one'],
    [60, 'problem', 'ahead of this one'],
    [6, 'look', 'ahead of this one'],
  ] as const)("a server's clock that is %i s off", async (seconds, level, words) => {
    const port = await listen((request, response) => {
      response.setHeader('date', new Date(Date.now() + seconds * 1000).toUTCString());
      response.end(JSON.stringify(request.url === '/openapi.json' ? { info: { title: 'Kanda' } } : {}));
    });
    const { of } = await diagnose(temporaryFolder(), ['--port', port]);
    expect(of("Server's clock")).toMatchObject([{ level, found: expect.stringContaining(words) }]);
  });

  test('a server that cannot use its store', async () => {
    const port = await listen((request, response) => {
      response.statusCode = request.url === '/readyz' ? 503 : 200;
      response.end(JSON.stringify({ info: { title: 'Kanda' } }));
    });
    const { code, of } = await diagnose(temporaryFolder(), ['--port', port]);
    expect(code).toBe(1);
    expect(of('Server')).toMatchObject([
      { level: 'problem', found: expect.stringContaining('cannot use its store') },
    ]);
  });

  test('the data directory is a file', async () => {
    const file = join(temporaryFolder(), 'file');
    writeFileSync(file, '');
    const { code, of } = await diagnose(file);
    expect(code).toBe(1);
    expect(of('Data directory')).toMatchObject([
      { level: 'problem', found: expect.stringContaining('not a folder') },
    ]);
  });
});
