/**
 * Moves a store from SQLite to PostgreSQL and back with the command that an operator uses, killed once on each way,
 * and compares all three. Fails when anything is lost, added, done twice or still accepted anew.
 */
import { type ChildProcess, spawn } from 'node:child_process';
import { once } from 'node:events';
import { copyFileSync, mkdirSync } from 'node:fs';
import { join } from 'node:path';
import { DatabaseSync } from 'node:sqlite';
import { setTimeout as sleep } from 'node:timers/promises';
import pg from 'pg';
import { MASTER_KEY_FILE } from '../apps/server/src/compose/master-keys.ts';
import { DATABASE_FILE } from '../apps/server/src/compose/open-store.ts';
import { PostgresServer } from '../test/support/postgres-server.ts';
import { bareEnvironment } from '../tools/child-environment.mjs';
import { type Contents, differences, readPostgres, readSqlite, tablesOf } from './copy-digest.ts';
import { fillStore, post, usePages } from './copy-fill.ts';
import { killPointOf, PostgresTarget, SqliteTarget, type Target } from './copy-kill.ts';
import type { Fleet } from './fleet.ts';
import { peakMb, start } from './load.ts';

const KANDA = new URL('../apps/server/bin/kanda.mjs', import.meta.url).pathname;
const NODE_FLAGS = ['--max-semi-space-size=4', '--max-old-space-size=384'];

export interface CopyOptions {
  readonly folder: string;
  readonly clients: number;
  readonly events: number;
}

/** Fills, copies there and back, compares. @throws at the first thing that is not as it must be */
export async function copyThereAndBack({ folder, clients, events }: CopyOptions): Promise<void> {
  const [first, last] = ['first', 'last'].map((name) => join(folder, name)) as [string, string];
  mkdirSync(last);
  const begun = performance.now();
  const fleet = await fillStore(first, clients, events);
  const server = await serve(first);
  await usePages(server.url);
  await server.stop();
  copyFileSync(join(first, MASTER_KEY_FILE), join(last, MASTER_KEY_FILE));

  const firstFile = join(first, DATABASE_FILE);
  const lastFile = join(last, DATABASE_FILE);
  const tables = tablesOf(firstFile);
  const before = readSqlite(firstFile, tables);
  console.log(`\n## ${rowsOf(before)} rows copied to PostgreSQL and back, killed once on each way\n`);
  console.log([...before].map(([name, { rows }]) => `${name} ${rows}`).join(', '));
  console.log(`filled in ${seconds(performance.now() - begun)} s\n`);

  const postgres = await PostgresServer.start({ durable: true });
  try {
    const url = await postgres.createDatabase();
    console.log(
      '| way | killed at | rows kept | rest s | whole s | rows a second | memory MB |\n| --- | --- | --- | --- | --- | --- | --- |',
    );
    const there = await copyKilledOnce(
      'SQLite → PostgreSQL',
      first,
      url,
      before,
      new PostgresTarget(url),
      () => killPointOf(firstFile, tables, before),
    );
    const between = await readPostgres(url, tables);
    assertSame('SQLite and PostgreSQL', before, between);
    await assertLeft(first, {}, () => changeSqlite(firstFile));

    const back = await copyKilledOnce(
      'PostgreSQL → SQLite',
      url,
      last,
      between,
      new SqliteTarget(lastFile),
      () => killPointOf(firstFile, tables, before),
    );
    assertSame('the two SQLite stores', before, readSqlite(lastFile, tables));
    if (there !== back) throw new Error(`The copies told different digests:\n${there}\n${back}`);
    await assertLeft(last, { KANDA_DATABASE_URL: url }, () => changePostgres(url));
    // What was left is still what it was: nothing changed it meanwhile.
    assertSame('the left SQLite store, now and before', before, readSqlite(firstFile, tables));
    assertSame('the left PostgreSQL store, now and before', before, await readPostgres(url, tables));
  } finally {
    await postgres.stop();
  }
  console.log(
    '\nequal: the digests that both copies told, and those of all rows, read without Kanda, of all three',
  );
  console.log('refused by both stores that were left: a change, and a start of `kanda serve`');
  await assertServes(last, fleet);
}

/** Copies, kills the process on the way, copies on; prints a line and gives the digests that the command told. */
async function copyKilledOnce(
  way: string,
  from: string,
  to: string,
  contents: ReadonlyMap<string, Contents>,
  target: Target,
  choose: () => ReturnType<typeof killPointOf>,
): Promise<string> {
  const point = choose();
  const total = rowsOf(contents);
  try {
    const begun = performance.now();
    const killed = copying(from, to);
    for (;;) {
      const progress = await target.progress();
      if (progress !== null && point.isReached(progress)) break;
      if (killed.child.exitCode !== null || killed.child.signalCode !== null)
        throw new Error(`It ended before it could be killed:\n${killed.printed()}`);
      await sleep(5);
    }
    killed.child.kill('SIGKILL');
    await killed.ended;
    const killedMs = performance.now() - begun;
    if (killed.child.signalCode !== 'SIGKILL') throw new Error('It ended before it could be killed.');
    await target.untilAlone();

    const again = performance.now();
    const resumed = copying(from, to);
    const code = await resumed.ended;
    const restMs = performance.now() - again;
    if (code !== 0) throw new Error(`kanda store copy ended with ${code}:\n${resumed.printed()}`);
    const kept = Number(/with (\d+) that an earlier run had copied/.exec(resumed.printed())?.[1]);
    if (!(kept > 0 && kept < total)) throw new Error(`It did not go on where it was:\n${resumed.printed()}`);
    const wholeMs = killedMs + restMs;
    const memory = Math.max(killed.peakMb(), resumed.peakMb());
    console.log(
      `| ${way} | ${Math.round(point.part * 100)} % | ${kept} of ${total} | ${seconds(restMs)} | ${seconds(wholeMs)} | ${Math.round((total * 1000) / wholeMs)} | ${memory.toFixed(0)} |`,
    );
    return [...resumed.printed().matchAll(/^(\w+) +(\d+) +([0-9a-f]{64})$/gm)]
      .map(([line]) => line)
      .join('\n');
  } finally {
    await target.close();
  }
}

interface Copying {
  readonly child: ChildProcess;
  readonly ended: Promise<number | null>;
  printed(): string;
  /** The most memory that it had at once. */
  peakMb(): number;
}

/** `kanda store copy`; the URL of a database goes by the environment, as it should. */
function copying(from: string, to: string): Copying {
  const url = [from, to].find((place) => place.startsWith('postgres:')) ?? '';
  const [source, target] = [from, to].map((place) => (place === url ? 'KANDA_DATABASE_URL' : place)) as [
    string,
    string,
  ];
  const child = spawn(
    process.execPath,
    [...NODE_FLAGS, KANDA, 'store', 'copy', '--from', source, '--to', target],
    { env: bareEnvironment({ KANDA_DATABASE_URL: url }), stdio: ['ignore', 'pipe', 'pipe'] },
  );
  const printed: string[] = [];
  for (const stream of [child.stdout, child.stderr]) {
    stream?.setEncoding('utf8').on('data', (text: string) => printed.push(text));
  }
  let peak = 0;
  const watch = setInterval(() => {
    peak = Math.max(peak, peakMb(child.pid as number));
  }, 50);
  const ended = once(child, 'close').then(([code]) => {
    clearInterval(watch);
    return code as number | null;
  });
  return { child, ended, printed: () => printed.join(''), peakMb: () => peak };
}

/** Throws unless this store, which was left, refuses changes by a process that has it open, and a server's start. */
async function assertLeft(
  dataDir: string,
  env: Record<string, string>,
  change: () => Promise<unknown>,
): Promise<void> {
  const refusal = await change().then(
    () => 'nothing',
    (error: Error) => error.message,
  );
  if (!/This store was left for/.test(refusal))
    throw new Error(`A change to a store that was left: ${refusal}`);
  const child = spawn(
    process.execPath,
    [...NODE_FLAGS, KANDA, 'serve', '--port', '0', '--data-dir', dataDir],
    {
      env: bareEnvironment(env),
      stdio: ['ignore', 'ignore', 'pipe'],
    },
  );
  let told = '';
  child.stderr.setEncoding('utf8').on('data', (text: string) => {
    told += text;
  });
  const timer = setTimeout(() => child.kill('SIGKILL'), 30_000);
  const [code] = await once(child, 'close');
  clearTimeout(timer);
  if (code !== 1 || !told.includes('This store was left at')) {
    throw new Error(`kanda serve on a store that was left ended with ${code}: ${told}`);
  }
}

const CHANGE = 'update account_head set last_event = last_event + 1';

async function changeSqlite(path: string): Promise<void> {
  const sqlite = new DatabaseSync(path);
  try {
    sqlite.exec(CHANGE);
  } finally {
    sqlite.close();
  }
}

async function changePostgres(url: string): Promise<void> {
  const client = new pg.Client(url);
  await client.connect();
  await client.query(CHANGE).finally(() => client.end());
}

/** Throws unless this store is one to work with: a code of each account is accepted, and that code not again. */
async function assertServes(dataDir: string, fleet: Fleet): Promise<void> {
  const server = await serve(dataDir);
  try {
    for (const [member, { apiKey }] of fleet.members.entries()) {
      const code = { clientId: 'client-0', token: fleet.codeOf(member, 0, Date.now()) };
      const accepted = await post(server.url, '/api/totp/validate', 200, code, apiKey);
      const again = await post(server.url, '/api/totp/validate', 200, code, apiKey);
      if (String(accepted.valid) !== 'true' || String(again.valid) !== 'false') {
        throw new Error(`A code got ${JSON.stringify(accepted)}, and again ${JSON.stringify(again)}.`);
      }
    }
    await post(server.url, '/api/auth/register', 201, {
      email: 'new@example.com',
      password: 'an account made later',
    });
  } finally {
    await server.stop();
  }
  console.log(
    `served from the last store: a code of each of ${fleet.members.length} accounts was accepted, the same code again was not`,
  );
}

function serve(dataDir: string): ReturnType<typeof start> {
  return start([KANDA, 'serve', '--port', 'PORT', '--data-dir', dataDir], { KANDA_LOG_LEVEL: 'warn' });
}

function assertSame(
  which: string,
  one: ReadonlyMap<string, Contents>,
  other: ReadonlyMap<string, Contents>,
): void {
  const found = differences(one, other);
  if (found.length > 0) throw new Error(`${which} differ:\n${found.join('\n')}`);
}

function rowsOf(contents: ReadonlyMap<string, Contents>): number {
  return [...contents.values()].reduce((sum, { rows }) => sum + rows, 0);
}

function seconds(ms: number): string {
  return (ms / 1000).toFixed(1);
}
