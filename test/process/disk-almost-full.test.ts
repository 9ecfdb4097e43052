/**
 * A disk that is almost full: what is left is kept for checking codes. The disk is a real file system of 64 MB, mounted
 * in a namespace of its own, which ends with the server.
 */
import { type ChildProcess, spawn, spawnSync } from 'node:child_process';
import { rmSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { setTimeout as sleep } from 'node:timers/promises';
import { fileURLToPath } from 'node:url';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { bareEnvironment } from '../../tools/child-environment.mjs';
import { Caller, codeOf, type Enrolled, openAccount } from '../support/caller.ts';
import { endAll, temporaryFolder } from '../support/kanda-process.ts';

const KANDA = fileURLToPath(new URL('../../apps/server/bin/kanda.mjs', import.meta.url));

/**
 * Fills the disk until 2 MB are left while the file `full` is there, and empties it again when it is gone: the mount
 * is seen by this shell and by the server alone.
 */
const SCRIPT = `
  mount -t tmpfs -o size=64m tmpfs "$1"
  (
    while :; do
      if [ -e "$2/full" ] && [ ! -e "$1/filling" ]; then
        free=$(df -k --output=avail "$1" | tail -1)
        head -c $(( (free - 2048) * 1024 )) /dev/zero > "$1/filling"
      elif [ ! -e "$2/full" ]; then rm -f "$1/filling"
      fi
      sleep 0.1
    done
  ) &
  filler=$!
  shift 2
  "$@" &
  server=$!
  trap 'kill -TERM $server' TERM
  wait $server
  wait $server
  kill $filler
`;

const canMount =
  spawnSync('unshare', ['-rm', '/bin/sh', '-ec', 'mount -t tmpfs tmpfs "$1"', 'sh', temporaryFolder()])
    .status === 0;
if (!canMount) {
  console.warn('SKIPPED: this user may not mount in a namespace (unshare -rm): no disk here is almost full');
}

describe.skipIf(!canMount)('on a disk that is almost full', () => {
  const disk = temporaryFolder();
  const full = join(temporaryFolder(), 'full');
  let shell: ChildProcess;
  let printed = '';
  let url: string;
  let owner: Caller;
  let ada: Enrolled;
  let numbers = 0;

  const enrol = () =>
    owner.post('/api/totp/register', {
      clientId: `client-${++numbers}`,
      label: 'ada',
      issuer: 'MyApp',
      qr: 'none',
    });
  /** Asks until the answer has this status. */
  async function until(status: number, ask: () => ReturnType<Caller['post']>) {
    for (;;) {
      const answer = await ask();
      if (answer.status === status) return answer.json;
      await sleep(200);
    }
  }

  beforeAll(async () => {
    shell = spawn(
      'unshare',
      [
        ...['-rm', '/bin/sh', '-c', SCRIPT, 'sh', disk, join(full, '..')],
        ...[process.execPath, KANDA, 'serve', '--port', '0', '--data-dir', join(disk, 'data')],
      ],
      { env: bareEnvironment(), stdio: ['ignore', 'pipe', 'pipe'] },
    );
    for (const stream of [shell.stdout, shell.stderr]) {
      stream?.setEncoding('utf8').on('data', (text: string) => {
        printed += text;
      });
    }
    while (!/listens on http/.test(printed)) {
      if (shell.exitCode !== null) throw new Error(printed);
      await sleep(50);
    }
    url = /listens on (http:\/\/[^"\s]+)/.exec(printed)?.[1] ?? '';
    const { token } = await openAccount(url);
    owner = new Caller(url).withBearer(token);
    ada = await owner.enrol('ada');
  });

  afterAll(async () => {
    const ended = new Promise((resolve) => shell.once('close', resolve));
    shell.kill('SIGTERM');
    await ended;
    await endAll();
  });

  test('nothing new is made, codes are checked, and it is said; with room again all goes on', async () => {
    writeFileSync(full, '');
    const refused = await until(507, enrol);
    expect(refused).toMatchObject({
      code: 'disk_almost_full',
      detail: expect.stringContaining('almost full'),
    });
    const signUp = { email: 'late@example.com', password: 'seven quiet herons over the pond' };
    const others = [
      await owner.post('/api/auth/register', signUp),
      await owner.post('/api/keys', { name: 'one more' }),
    ];
    for (const { json } of others) expect(json).toMatchObject({ code: 'disk_almost_full', status: 507 });

    expect((await owner.validate('ada', codeOf(ada))).json).toEqual({ valid: true });
    expect((await owner.get('/api/stats')).json).toMatchObject({ diskAlmostFull: true });
    expect((await owner.get('/readyz')).status).toBe(200);
    const metrics = await (await fetch(`${url}/metrics`)).text();
    const [free = 0, reserve = 0] = ['free', 'reserve'].map((name) =>
      Number(new RegExp(`^kanda_disk_${name}_bytes (\\S+)$`, 'm').exec(metrics)?.[1]),
    );
    expect(free).toBeGreaterThan(0);
    expect(free).toBeLessThan(reserve);
    expect(printed).toContain('The disk is almost full');

    rmSync(full);
    await until(201, enrol);
    expect((await owner.get('/api/stats')).json).toMatchObject({ diskAlmostFull: false });
    while (!printed.includes('The disk has room again')) await sleep(100);
  });
});
