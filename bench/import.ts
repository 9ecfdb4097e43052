/**
 * Imports a file of many secrets with the command that an operator uses, through a running server, while another account
 * validates: how long it takes, how much memory both processes take, and what the other account notices. Then what was
 * imported is exported again, beside the same. Then it is imported with the command killed half way, and with the server
 * killed half way. Fails when anything is missing or twice.
 */
import { once } from 'node:events';
import { createWriteStream, mkdirSync } from 'node:fs';
import { join } from 'node:path';
import { DatabaseSync } from 'node:sqlite';
import { setTimeout as sleep } from 'node:timers/promises';
import { encodeBase32 } from '@kanda/otp';
import { generateX25519Identity, identityToRecipient } from 'age-encryption';
import { openInstallation } from '../apps/server/src/compose/installation.ts';
import { DATABASE_FILE } from '../apps/server/src/compose/open-store.ts';
import { loadConfig } from '../apps/server/src/config/load.ts';
import { MIN_FACTOR_AGE_MS } from '../apps/server/src/domain/clients/secret-exports.ts';
import { CLI_ORIGIN } from '../apps/server/src/domain/log/events.ts';
import { makeFleet } from './fleet.ts';
import { ImportCommand, Server } from './import-processes.ts';
import { peakMb, resetPeak, residentMb } from './load.ts';
import { loadNow, OTHERS_CLIENTS, OtherAccount, PER_SECOND, shown } from './other-account.ts';
import { copyToPostgres } from './postgres.ts';

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
    for (const [index, size] of sizes.entries()) {
      await whole(place, size, index);
      await exported(place, size, index);
    }
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

/** All of it by one call of `GET /api/totp/export`, as fast as the server gives it. */
async function exported({ server, other, keys }: Place, size: number, account: number): Promise<void> {
  const identity = await generateX25519Identity();
  const recipient = await identityToRecipient(identity);
  const before = await other.during(() => sleep(ALONE_MS));
  const residentBefore = residentMb(server.pid);
  resetPeak(server.pid);
  const begun = performance.now();
  let bytes = 0;
  const beside = await other.during(async () => {
    const headers = { authorization: `Bearer ${keys[account]}` };
    const answer = await fetch(`${server.url}/api/totp/export?recipient=${recipient}`, { headers });
    if (answer.status !== 200 || answer.body === null)
      throw new Error(`${answer.status} ${await answer.text()}`);
    for await (const piece of answer.body) bytes += piece.length;
  });
  const took = performance.now() - begun;
  const peak = peakMb(server.pid);
  if (bytes < size * 100) throw new Error(`An export of ${size} secrets had ${bytes} bytes.`);
  const alone = [...before, ...(await other.during(() => sleep(ALONE_MS)))];
  console.log(
    `| exported, ${(bytes / 1e6).toFixed(1)} MB | ${size} | ${(took / 1000).toFixed(1)} | ${((size * 1000) / took).toFixed(0)} | | ` +
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
      const scopes = ['totp:import', 'totp:export', 'totp:read', 'logs:read'] as const;
      ownFactor(dataDir, account.id);
      const asked = { accountId: account.id, name: 'import', scopes, expiresAt: null };
      keys.push((await apiKeys.create(asked, { at: Date.now(), origin: CLI_ORIGIN })).text.reveal());
    }
    return keys;
  } finally {
    await close();
  }
}

/** Two-factor login that has been on for as long as an export asks for. No log-in shows it here. */
function ownFactor(dataDir: string, accountId: number): void {
  const database = new DatabaseSync(join(dataDir, DATABASE_FILE));
  database
    .prepare(
      'insert into account_authenticator (account_id, number, active, confirmed_at) values (?, 1, 1, ?)',
    )
    .run(accountId, Date.now() - MIN_FACTOR_AGE_MS);
  database.close();
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
