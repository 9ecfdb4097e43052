/**
 * Faults of the store under a real server with callers at work: while it lasts everybody who needs a commit gets
 * 503, no one `valid: true`, `/readyz` says so and `/healthz` goes on; when it is over the same process serves again,
 * and the log agrees with every answer.
 *
 * Seen to fail without the guard: with callers answered before COMMIT (store/sqlite/group-commit.ts) all but the busy
 * one failed, as callers and `/readyz` got 200 during the fault. (Who waits for the lock has not begun.)
 */
import { execFileSync, spawnSync } from 'node:child_process';
import { closeSync, mkdtempSync, openSync, rmdirSync, rmSync, writeFileSync, writeSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { DatabaseSync } from 'node:sqlite';
import { setTimeout as sleep } from 'node:timers/promises';
import { pathToFileURL } from 'node:url';
import { afterAll, expect, test } from 'vitest';
import { Caller, codeOf, type Enrolled, openAccount, wrongCodes } from '../support/caller.ts';
import { checkAgainstLog, expectUnavailable, FaultLoad } from '../support/fault-load.ts';
import { endAll, KandaProcess, type StartOptions, temporaryFolder } from '../support/kanda-process.ts';

const WORKERS = 12;
const WARM_UP_MS = 300;
const FAULT_MS = 1_000;
const RECOVERED_WITHIN_MS = 5_000;
const PERIOD_SECONDS = 300;
const FAILED_BEFORE = 3;

const mounts: string[] = [];
afterAll(async () => {
  await endAll();
  for (const mount of mounts) {
    execFileSync('umount', [mount]);
    rmdirSync(mount);
  }
});

interface Trouble {
  /** Returns when every further commit meets the fault. */
  begin(server: KandaProcess): void;
  end(server: KandaProcess): void;
  /** Whether what is answered 503 may have been committed all the same. */
  readonly fate: 'known' | 'unknown';
}

/** A server with one account; what was acknowledged before the fault, and callers who go on through it. */
interface Scene {
  readonly apiKey: string;
  readonly caller: Caller;
  readonly load: FaultLoad;
  /** Accepted once, and never again. */
  readonly burntCode: string;
  /** Right, and sent for the first time during the fault. */
  readonly unusedCode: string;
  readonly wrongCode: string;
}

/** The whole course: at work, in trouble, at work again in the same process, killed, started anew. */
async function expectRidesOut(name: string, options: StartOptions, trouble: Trouble): Promise<void> {
  const server = await KandaProcess.start(options);
  const scene = await setScene(name, server.url);
  const { load, caller } = scene;
  let over: number;
  let again: number;
  try {
    await sleep(WARM_UP_MS);
    trouble.begin(server);
    const begun = performance.now();
    try {
      await expectRefused(scene, server.url, trouble.fate);
      await sleep(FAULT_MS);
      over = performance.now();
    } finally {
      trouble.end(server);
    }
    const meanwhile = load.sent.filter(({ ended }) => ended > begun && ended < over);
    for (const { answer } of meanwhile.filter((sent) => sent.begun > begun)) expectUnavailable(answer);
    const refused = meanwhile.filter(({ answer }) => answer?.status === 503);
    expect(refused.length).toBeGreaterThanOrEqual(WORKERS);
    await expectReady(server.url);
    again = performance.now();
    await sleep(WARM_UP_MS);
  } finally {
    await load.stop();
  }
  const after = load.sent.filter(({ begun }) => begun > again);
  expect(after.length).toBeGreaterThan(WORKERS);
  for (const { answer } of after) expect(answer?.status, answer?.text).toBe(200);
  await expectNoMoreThanAnswered(scene, trouble.fate);
  caller.close();

  await server.kill();
  const restarted = await server.again();
  await expectNothingLost(scene, restarted.url, trouble.fate);
  expect((await restarted.stop()).code).toBe(0);
  const refusals = load.sent.filter(({ answer }) => answer?.status === 503).length;
  const recovery = Math.round(again - over);
  console.log(
    `${name}: ${load.sent.length} calls, ${refusals} answered 503, ready ${recovery} ms after the fault`,
  );
}

async function setScene(name: string, url: string): Promise<Scene> {
  const { apiKey } = await openAccount(url);
  const caller = new Caller(url).withBearer(apiKey);
  const [burnt, guessed, unused] = (await Promise.all(
    ['burnt', 'guessed', 'unused', 'spare'].map((clientId) =>
      caller.enrol(clientId, { period: PERIOD_SECONDS }),
    ),
  )) as [Enrolled, Enrolled, Enrolled];
  const burntCode = codeOf(burnt, 1);
  expect((await caller.validate('burnt', burntCode)).json).toEqual({ valid: true });
  const [wrongCode = '', ...wrong] = wrongCodes(guessed, 1 + FAILED_BEFORE);
  for (const code of wrong) {
    expect((await caller.validate('guessed', code)).json).toEqual({ valid: false, reason: 'invalid_code' });
  }
  const load = new FaultLoad(caller, name);
  await load.start(WORKERS);
  return { apiKey, caller, load, burntCode, unusedCode: codeOf(unused, 1), wrongCode };
}

/**
 * Anyone who needs a commit is answered 503; the process lives. What only reads goes on, unless there are commits of which
 * no one knows whether they are on the disk.
 */
async function expectRefused(
  { caller, apiKey, unusedCode, wrongCode }: Scene,
  url: string,
  fate: Trouble['fate'],
): Promise<void> {
  const anybody = new Caller(url);
  const [healthz, ...refused] = await Promise.all([
    anybody.get('/healthz'),
    anybody.get('/readyz'),
    anybody.post('/api/auth/token', { apiKey }),
    caller.validate('unused', unusedCode),
    caller.validate('guessed', wrongCode),
    caller.validate('unknown', '123456'),
    caller.post('/api/totp/register', { clientId: 'late', label: 'Late', issuer: 'MyApp', qr: 'none' }),
    caller.call('DELETE', '/api/totp/clients/spare'),
  ]);
  expect(healthz.status).toBe(200);
  // After these: before a commit is in doubt a read sees only what is on the disk, and is answered.
  const reading = await caller.get('/api/totp/clients/burnt');
  if (fate === 'known') expect(reading.status).toBe(200);
  else expectUnavailable(reading);
  for (const answer of refused) expectUnavailable(answer);
  anybody.close();
}

/** `/readyz` tells of the recovery, which comes by itself and soon. */
async function expectReady(url: string): Promise<void> {
  const anybody = new Caller(url);
  const deadline = performance.now() + RECOVERED_WITHIN_MS;
  let answer = await anybody.get('/readyz');
  while (answer.status !== 200 && performance.now() < deadline) {
    expectUnavailable(answer);
    await sleep(20);
    answer = await anybody.get('/readyz');
  }
  expect(answer.json).toEqual({ status: 'ok' });
  anybody.close();
}

/** The code that was answered 503 is not burnt, unless its fate was unknown, and in no case good twice. */
async function expectNoMoreThanAnswered({ caller, unusedCode }: Scene, fate: Trouble['fate']): Promise<void> {
  await expectFailures(caller, fate);
  const tries = await Promise.all([1, 2, 3].map(() => caller.validate('unused', unusedCode)));
  const accepted = tries.filter(({ json }) => json.valid === true).length;
  expect(fate === 'known' ? [1] : [0, 1]).toContain(accepted);
}

async function expectNothingLost(
  { apiKey, load, burntCode }: Scene,
  url: string,
  fate: Trouble['fate'],
): Promise<void> {
  const caller = new Caller(url).withBearer(apiKey);
  checkAgainstLog(await caller.events(), load, fate);
  await expectFailures(caller, fate);
  expect((await caller.validate('burnt', burntCode)).json).toEqual({ valid: false, reason: 'invalid_code' });
  caller.close();
}

/** Those that were acknowledged before the fault, and the one within it only where its fate was unknown. */
async function expectFailures(caller: Caller, fate: Trouble['fate']): Promise<void> {
  const { failures } = (await caller.get('/api/totp/clients/guessed')).json;
  expect(fate === 'known' ? [FAILED_BEFORE] : [FAILED_BEFORE, FAILED_BEFORE + 1]).toContain(failures);
}

test('busy: another process holds the write lock for longer than a call may wait', async () => {
  let holder: DatabaseSync | undefined;
  await expectRidesOut(
    'busy',
    {},
    {
      begin({ dataDir }) {
        holder = new DatabaseSync(join(dataDir, 'kanda.db'));
        holder.exec('pragma busy_timeout = 5000');
        holder.exec('begin immediate');
      },
      end() {
        holder?.exec('rollback');
        holder?.close();
      },
      fate: 'known',
    },
  );
});

test('an I/O error: the file system refuses every write to the files', async () => {
  // util-linux: a file may not grow beyond this size, and SQLite meets EFBIG, which it knows only as an I/O error.
  const limit = ({ pid }: KandaProcess, size: string) =>
    execFileSync('prlimit', ['--pid', String(pid), `--fsize=${size}:unlimited`]);
  await expectRidesOut(
    'io-error',
    {},
    {
      begin: (server) => limit(server, '1000'),
      end: (server) => limit(server, 'unlimited'),
      fate: 'known',
    },
  );
});

const small = smallFileSystem();
if (small === null) {
  console.warn(
    'NOT TESTED: a full disk, as no small file system can be mounted here (it takes the rights of root)',
  );
} else {
  test('full: the file system has no room left', async () => {
    const filler = join(small, 'filler');
    await expectRidesOut(
      'full',
      // Else the server sees within 2 s how full the disk is, and refuses an enrolment with 507 before it meets the fault.
      { dataDir: join(small, 'data'), env: { KANDA_DISK_RESERVE: 'off' } },
      {
        begin: () => fill(filler),
        end: () => rmSync(filler),
        fate: 'known',
      },
    );
  });
}

test('a sync that fails after the commit: 503, and what was committed is acknowledged to no one', async () => {
  const flag = join(temporaryFolder(), 'sync-fails');
  const preload = pathToFileURL(join(import.meta.dirname, '../support/failing-sync.mjs')).href;
  const env = { NODE_OPTIONS: `--import=${preload}`, TEST_SYNC_FAILS: flag };
  await expectRidesOut(
    'sync',
    { env },
    {
      begin: () => writeFileSync(flag, ''),
      end: () => rmSync(flag),
      fate: 'unknown',
    },
  );
});

/** A folder on a file system of its own of a few megabytes; null where that is not allowed. */
function smallFileSystem(): string | null {
  const folder = mkdtempSync(join(tmpdir(), 'kanda-small-'));
  const mounted = spawnSync('mount', ['-t', 'tmpfs', '-o', 'size=64m', 'kanda-test', folder], {
    stdio: 'ignore',
  });
  if (mounted.status !== 0) {
    rmdirSync(folder);
    return null;
  }
  mounts.push(folder);
  return folder;
}

/** Writes until there is no room for a single byte. */
function fill(path: string): void {
  const file = openSync(path, 'w');
  try {
    for (const size of [1 << 20, 4096, 1]) {
      const piece = Buffer.alloc(size);
      try {
        for (;;) writeSync(file, piece);
      } catch (error) {
        if ((error as NodeJS.ErrnoException).code !== 'ENOSPC') throw error;
      }
    }
  } finally {
    closeSync(file);
  }
}
