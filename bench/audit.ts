/**
 * How long `kanda audit verify` takes for a log of a million events, from the store and from an export, each in a
 * process of its own, and how long the tree took to build.
 *
 *   node bench/audit.ts [EVENTS]
 */
import { execFileSync } from 'node:child_process';
import { randomBytes } from 'node:crypto';
import { createWriteStream, mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { cpus, tmpdir } from 'node:os';
import { join } from 'node:path';
import { DatabaseSync } from 'node:sqlite';
import { Readable } from 'node:stream';
import { pipeline } from 'node:stream/promises';
import { fileURLToPath } from 'node:url';
import { LogKeeper } from '../apps/server/src/background/log-keeper.ts';
import { noFigures } from '../apps/server/src/background/log-keeper-parts.ts';
import { openInstallation } from '../apps/server/src/compose/installation.ts';
import { DATABASE_FILE } from '../apps/server/src/compose/open-store.ts';
import { loadConfig } from '../apps/server/src/config/load.ts';
import { CLI_ORIGIN, EVENT_TYPES } from '../apps/server/src/domain/log/events.ts';
import { loggedEvent } from '../apps/server/src/domain/log/leaf.ts';
import { Secret } from '../apps/server/src/domain/secret.ts';
import { bareEnvironment } from '../tools/child-environment.mjs';

/** More than the tree of ten million events takes. */
const BUILD_WITHIN_MS = 600_000;
const KANDA = fileURLToPath(new URL('../apps/server/bin/kanda.mjs', import.meta.url));
const events = Number(process.argv[2] ?? 1_000_000);
const dataDir = mkdtempSync(join(tmpdir(), 'kanda-audit-bench-'));
const seconds = (begun: number) => ((performance.now() - begun) / 1000).toFixed(1);

try {
  console.log(`Node ${process.version}, ${cpus().length} × ${cpus()[0]?.model}, ${events} events`);
  const installation = await openInstallation(loadConfig({}, { 'data-dir': dataDir }));
  const account = await installation.accounts.register(
    { email: 'bench@example.com', password: new Secret(randomBytes(24).toString('base64')) },
    { at: Date.now(), origin: CLI_ORIGIN },
  );
  fill(account.id);

  const keeper = new LogKeeper({
    store: installation.store,
    trees: installation.logTrees,
    sink: null,
    log: { info() {}, error: console.error },
    figures: noFigures(),
    finishWithinMs: BUILD_WITHIN_MS,
  });
  const built = performance.now();
  const cpu = process.cpuUsage();
  // A stop takes no rests.
  await keeper.stop();
  while ((await installation.store.logHead(account.id))?.checkpointSize !== events)
    await keeper.sequence({ evenIfNotDue: true });
  const { user, system } = process.cpuUsage(cpu);
  const each = ((user + system) / events).toFixed(1);
  console.log(
    `tree built and signed in ${seconds(built)} s, ${each} µs of CPU an event, without leaving others their turn`,
  );

  const files = {
    checkpoint: join(dataDir, 'checkpoint'),
    export: join(dataDir, 'log.ndjson'),
  };
  writeFileSync(files.checkpoint, (await installation.auditLog.checkpoint(account)).note);
  const key = installation.auditLog.verifierKey(account);
  await pipeline(Readable.from(ndjson(account.id)), createWriteStream(files.export));
  await installation.close();

  const kept = ['--checkpoint', files.checkpoint, '--key', key];
  for (const [what, args] of [
    ['the store', ['--data-dir', dataDir, ...kept]],
    ['an export', ['--export', files.export, ...kept]],
  ] as const) {
    const begun = performance.now();
    const told = execFileSync(process.execPath, [KANDA, 'audit', 'verify', ...args], {
      encoding: 'utf8',
      env: bareEnvironment(),
    });
    console.log(`verified from ${what} in ${seconds(begun)} s: ${told.split('\n', 1)[0]}`);
  }

  async function* ndjson(accountId: number) {
    for (let after = 0; ; after += 2_000) {
      const page = await installation.store.readLog(accountId, after, 2_000);
      if (page.length === 0) return;
      yield page.map((event) => `${JSON.stringify(loggedEvent(event))}\n`).join('');
    }
  }
} finally {
  rmSync(dataDir, { recursive: true, force: true });
}

/** Rows as validations would have written them, of 10,000 clients by turns. */
function fill(accountId: number): void {
  const db = new DatabaseSync(join(dataDir, DATABASE_FILE));
  db.exec('pragma synchronous = off; pragma busy_timeout = 5000; begin');
  const insert = db.prepare('insert into event values (?, ?, ?, ?, 1, null, ?, ?, ?, ?, ?, ?)');
  const tail = db.prepare('insert or replace into event_tail values (?, ?, ?)');
  const newest = new Map<string, number>();
  const begin = Date.now() - 30 * 86_400_000;
  for (let id = 2; id <= events; id++) {
    const client = `client-${(id * 7919) % 10_000}`;
    const request = `req_00000000_${id.toString(36)}`;
    const agent = 'Mozilla/5.0 (X11; Linux x86_64; rv:128.0) Gecko/20100101 Firefox/128.0';
    const at = begin + id;
    const previous = newest.get(client) ?? 0;
    insert.run(
      accountId,
      id,
      at,
      EVENT_TYPES['totp.validated'],
      client,
      'key:aaaaaaaaaaaaaaaa',
      '10.0.0.1',
      agent,
      request,
      previous,
    );
    newest.set(client, id);
  }
  for (const [client, id] of newest) tail.run(accountId, client, id);
  db.prepare('update account_head set last_event = ? where account_id = ?').run(events, accountId);
  db.exec('commit; pragma wal_checkpoint(truncate)');
  db.close();
}
