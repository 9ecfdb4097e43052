/**
 * Imports a file of many secrets with the command that an operator uses, through a running server, while another account
 * validates: how long it takes, how much memory both processes take, and what the other account notices. Then again
 * with the command killed half way, and with the server killed half way. Fails when anything is missing or twice.
 */
import { once } from 'node:events';
import { createWriteStream, mkdirSync } from 'node:fs';
import { loadavg } from 'node:os';
import { join } from 'node:path';
import { setTimeout as sleep } from 'node:timers/promises';
import { encodeBase32 } from '@kanda/otp';
import { openInstallation } from '../apps/server/src/compose/installation.ts';
import { loadConfig } from '../apps/server/src/config/load.ts';
import { CLI_ORIGIN } from '../apps/server/src/domain/log/events.ts';
import { type Fleet, makeFleet, quantile, Validator } from './fleet.ts';
import { ImportCommand, Server } from './import-processes.ts';
import { peakMb, resetPeak, residentMb } from './load.ts';
import { copyToPostgres } from './postgres.ts';

/** The other account: at this rate no client's turn comes again before its code is another one. */
const PER_SECOND = 100;
const OTHERS_CLIENTS = 12_000;
/** How long it is measured alone, before and after. */
const ALONE_MS = 10_000;
const SERVER_DOWN_MS = 1_000;

export interface ImportOptions {
  readonly folder: string;
  /** How many secrets each file has. */
  readonly sizes: readonly number[];
  /** How many those have during which a process is killed. */
  readonly killed: number;
  readonly postgres: boolean;
}

/** Everything is in one store; each import goes into an account of its own. */
interface Place {
  readonly server: Server;
  readonly keys: readonly string[];
  readonly other: OtherAccount;
  readonly folder: string;
}

/** Measures each size whole, and one with both kills. @throws when a secret is missing or there twice */
export async function importMany({ folder, sizes, killed, postgres }: ImportOptions): Promise<void> {
  const name = postgres ? 'PostgreSQL 18' : 'SQLite';
  const dataDir = join(folder, `import-${postgres ? 'postgres' : 'sqlite'}`);
  const fleet = await makeFleet(dataDir, 1, OTHERS_CLIENTS, sizes.length + 2);
  const keys = await importKeys(dataDir, sizes.length + 2);
  const databaseUrl = postgres ? await copyToPostgres(dataDir) : null;
  const server = await Server.start(dataDir, databaseUrl);
  const other = new OtherAccount(fleet, server.url);
  console.log(
    `\n## kanda import into ${name}, beside ${PER_SECOND} validations a second of another account\n`,
  );
  console.log(
    '| | secrets | s | a second | command MB | server MB before, most | other p50, p99 ms alone | beside | load |\n| --- | --- | --- | --- | --- | --- | --- | --- | --- |',
  );
  try {
    const place = { server, keys, other, folder: dataDir };
    await other.during(() => sleep(2_000));
    for (const [index, size] of sizes.entries()) await whole(place, size, index);
    await commandKilled(place, killed, sizes.length);
    await serverKilled(place, killed, sizes.length + 1);
  } finally {
    await other.stop();
    await server.stop();
  }
}

async function whole(place: Place, size: number, account: number): Promise<void> {
  const { server, other, folder, keys } = place;
  const file = await writeFile(folder, size);
  const apiKey = keys[account] as string;
  const before = await other.during(() => sleep(ALONE_MS));
  const residentBefore = residentMb(server.pid);
  resetPeak(server.pid);
  const begun = performance.now();
  const command = new ImportCommand(server.url, apiKey, file, folder);
  const beside = await other.during(() => command.done());
  const took = performance.now() - begun;
  const peak = peakMb(server.pid);
  const after = await other.during(() => sleep(ALONE_MS));
  assertCounts(command, { enrolled: size });
  await assertEachOnce(server.url, apiKey, size);
  const alone = [...before, ...after];
  console.log(
    `| whole | ${size} | ${(took / 1000).toFixed(1)} | ${((size * 1000) / took).toFixed(0)} | ${command.peakMb.toFixed(0)} | ` +
      `${residentBefore.toFixed(0)}, ${peak.toFixed(0)} | ${shown(alone)} | ${shown(beside)} | ${loadNow()} |`,
  );
}

async function commandKilled({ server, keys, folder }: Place, size: number, account: number): Promise<void> {
  const file = await writeFile(folder, size);
  const apiKey = keys[account] as string;
  const killed = new ImportCommand(server.url, apiKey, file, folder);
  await untilHalf(server.url, apiKey, size);
  killed.child.kill('SIGKILL');
  await killed.ended;
  const there = await clientsOf(server.url, apiKey);
  if (!(there > 0 && there < size)) throw new Error(`The command was killed with ${there} of ${size} there.`);
  const begun = performance.now();
  const again = new ImportCommand(server.url, apiKey, file, folder);
  await again.done();
  const took = performance.now() - begun;
  // The batch that was under way came in all the same.
  const { enrolled = 0, unchanged = 0 } = again.counts();
  if (unchanged < there || enrolled + unchanged !== size)
    throw new Error(`The command told:\n${again.printed}`);
  await assertEachOnce(server.url, apiKey, size);
  console.log(
    `| command killed at ${there}, then again | ${size} | ${(took / 1000).toFixed(1)} | | ${again.peakMb.toFixed(0)} | | | | ${loadNow()} |`,
  );
}

/** The command goes on by itself when the server is back. */
async function serverKilled(
  { server, keys, folder, other }: Place,
  size: number,
  account: number,
): Promise<void> {
  const file = await writeFile(folder, size);
  const apiKey = keys[account] as string;
  const begun = performance.now();
  const command = new ImportCommand(server.url, apiKey, file, folder);
  await untilHalf(server.url, apiKey, size);
  await other.pause();
  await server.kill();
  await sleep(SERVER_DOWN_MS);
  await server.again();
  const there = await clientsOf(server.url, apiKey);
  await command.done();
  const took = performance.now() - begun;
  const { enrolled = 0, unchanged = 0 } = command.counts();
  if (enrolled + unchanged !== size) throw new Error(`The command told:\n${command.printed}`);
  await assertEachOnce(server.url, apiKey, size);
  console.log(
    `| server killed with ${there} there | ${size} | ${(took / 1000).toFixed(1)} | | ${command.peakMb.toFixed(0)} | | | | ${loadNow()} |`,
  );
}

function assertCounts(command: ImportCommand, expected: Record<string, number>): void {
  if (JSON.stringify(command.counts()) !== JSON.stringify(expected))
    throw new Error(`The command told, in place of ${JSON.stringify(expected)}:\n${command.printed}`);
}

/** Another account's right codes, at a steady rate, each of another client. */
class OtherAccount {
  readonly #fleet: Fleet;
  readonly #validator: Validator;
  readonly #under = new Set<Promise<void>>();
  #times: number[] = [];
  #number = 0;
  #begun = performance.now();
  #timer: NodeJS.Timeout | null = null;

  constructor(fleet: Fleet, url: string) {
    this.#fleet = fleet;
    this.#validator = new Validator(url, PER_SECOND);
  }

  /** How long each call took while the work went on, ms from when it was due. */
  async during(work: () => Promise<unknown>): Promise<readonly number[]> {
    if (this.#timer === null) this.#go();
    await Promise.all(this.#under);
    this.#times = [];
    const times = this.#times;
    await work();
    await Promise.all(this.#under);
    return times;
  }

  #go(): void {
    this.#number = 0;
    this.#begun = performance.now();
    this.#timer = setInterval(() => {
      while (this.#begun + (this.#number * 1000) / PER_SECOND <= performance.now()) {
        const call = this.#once(this.#number++).finally(() => this.#under.delete(call));
        this.#under.add(call);
      }
    }, 2);
  }

  async #once(number: number): Promise<void> {
    const times = this.#times;
    const client = number % OTHERS_CLIENTS;
    const code = this.#fleet.codeOf(0, client, Date.now());
    const { apiKey = '' } = this.#fleet.members[0] ?? {};
    const { status, body, tookMs } = await this.#validator.validate(apiKey, `client-${client}`, code);
    if (status !== 200 || body !== '{"valid":true}') throw new Error(`${status} ${body}`);
    times.push(tookMs);
  }

  async pause(): Promise<void> {
    if (this.#timer !== null) clearInterval(this.#timer);
    this.#timer = null;
    await Promise.all(this.#under);
  }

  async stop(): Promise<void> {
    await this.pause();
    this.#validator.close();
  }
}

/** A file in Kanda's own format, with ids such as others have. */
async function writeFile(folder: string, size: number): Promise<string> {
  mkdirSync(folder, { recursive: true });
  const path = join(folder, `users-${size}.ndjson`);
  const file = createWriteStream(path);
  for (let number = 0; number < size; number++) {
    const line = JSON.stringify({ kanda: 1, ...recordOf(number) });
    if (!file.write(`${line}\n`)) await once(file, 'drain');
  }
  file.end();
  await once(file, 'close');
  return path;
}

const IDS = ['auth0|', 'Größe ', 'https://idp.example/users/', "o'brien+", '山田 '];

function recordOf(number: number) {
  const secret = Buffer.from(`kanda-bench-import-${String(number).padStart(7, '0')}`);
  return {
    clientId: `${IDS[number % IDS.length]}${number}`,
    label: `user${number}@example.com`,
    issuer: 'Bench',
    secret: encodeBase32(secret),
    lastUsedStep: 58_000_000 + (number % 1_000),
  };
}

async function importKeys(dataDir: string, count: number): Promise<readonly string[]> {
  const { store, apiKeys, close } = await openInstallation(loadConfig({}, { 'data-dir': dataDir }));
  try {
    const keys: string[] = [];
    for (let index = 1; index <= count; index++) {
      const account = await store.findAccountByEmail(`bench-${index}@example.com`);
      if (account === null) throw new Error('an account is missing');
      const scopes = ['totp:import', 'totp:read', 'logs:read'] as const;
      const asked = { accountId: account.id, name: 'import', scopes, expiresAt: null };
      keys.push((await apiKeys.create(asked, { at: Date.now(), origin: CLI_ORIGIN })).text.reveal());
    }
    return keys;
  } finally {
    await close();
  }
}

async function untilHalf(url: string, apiKey: string, size: number): Promise<void> {
  while ((await clientsOf(url, apiKey)) < size / 2) await sleep(50);
}

async function clientsOf(url: string, apiKey: string): Promise<number> {
  const answer = await fetch(`${url}/api/stats`, { headers: { authorization: `Bearer ${apiKey}` } });
  const { clients } = (await answer.json()) as { clients: { total: number } };
  return clients.total;
}

/** Each id has one event of its enrolment, and there are as many clients. */
async function assertEachOnce(url: string, apiKey: string, size: number): Promise<void> {
  const total = await clientsOf(url, apiKey);
  const headers = { authorization: `Bearer ${apiKey}` };
  const answer = await fetch(`${url}/api/logs?format=ndjson&event=client.registered`, { headers });
  const lines = (await answer.text()).split('\n').filter(Boolean);
  const enrolled = new Set(lines.map((line) => (JSON.parse(line) as { clientId: string }).clientId));
  const missing = Array.from({ length: size }, (_, number) => recordOf(number).clientId).filter(
    (id) => !enrolled.has(id),
  );
  if (total !== size || lines.length !== size || missing.length > 0)
    throw new Error(
      `Of ${size} secrets there are ${total}, by ${lines.length} events; missing: ${missing.slice(0, 3)}`,
    );
}

function shown(times: readonly number[]): string {
  return `${quantile(times, 0.5).toFixed(1)}, ${quantile(times, 0.99).toFixed(0)}`;
}

function loadNow(): string {
  return loadavg()[0]?.toFixed(1) ?? '';
}
