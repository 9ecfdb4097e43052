/**
 * What one account's searches do to another account's validations on SQLite: the flooder searches all its clients (or
 * its log) for a text that none has, AT_ONCE times at once and again as soon as it is answered; the other sends right
 * codes, one after the other, alone and beside that.
 *
 *   node bench/searches.ts [AT_ONCE] [CLIENTS] [clients|log]
 */
import { mkdtempSync, rmSync } from 'node:fs';
import { cpus, loadavg, tmpdir } from 'node:os';
import { join } from 'node:path';
import { setTimeout as sleep } from 'node:timers/promises';
import { Caller } from '../test/support/caller.ts';
import { makeFleet, quantile, Validator } from './fleet.ts';
import { start } from './load.ts';

const KANDA = new URL('../apps/server/bin/kanda.mjs', import.meta.url).pathname;
const VALIDATIONS = 300;
const WARM_UP_MS = 2_000;
const MAX_P50_MS = 60;
const MAX_MS = 500;

const atOnce = Number(process.argv[2] ?? 300);
const clients = Number(process.argv[3] ?? 5_000);
const searched = process.argv[4] === 'log' ? '/api/logs?total=true&q=zzzzz' : '/api/totp/clients?q=zzzzz';

const dataDir = mkdtempSync(join(tmpdir(), 'kanda-searches-'));
try {
  const { members, codeOf } = await makeFleet(dataDir, 2, clients, 0);
  const [flooder, other] = members.map(({ apiKey }) => apiKey);
  if (flooder === undefined || other === undefined) throw new Error('two accounts are needed');
  const server = await start([KANDA, 'serve', '--port', 'PORT', '--data-dir', dataDir], {
    KANDA_LOG_LEVEL: 'error',
  });
  const validator = new Validator(server.url, 1);
  let client = 0;
  /** How long each of the validations took, ms. */
  const validate = async (count: number): Promise<number[]> => {
    const times: number[] = [];
    while (times.length < count) {
      const code = codeOf(1, client, Date.now());
      const { status, body, tookMs } = await validator.validate(other, `client-${client++}`, code);
      if (status !== 200 || body !== '{"valid":true}') throw new Error(`${status} ${body}`);
      times.push(tookMs);
    }
    return times;
  };
  await validate(VALIDATIONS);
  const alone = await validate(VALIDATIONS);

  const caller = new Caller(server.url, {}, atOnce).withBearer(flooder, atOnce);
  const statuses = new Map<number, number>();
  let over = false;
  const flood = Array.from({ length: atOnce }, async () => {
    while (!over) {
      const { status } = await caller.get(searched);
      statuses.set(status, (statuses.get(status) ?? 0) + 1);
    }
  });
  await sleep(WARM_UP_MS);
  const beside = await validate(VALIDATIONS);
  over = true;
  await Promise.all(flood);
  caller.close();
  validator.close();
  await server.stop();

  const load = loadavg()[0]?.toFixed(1);
  console.log(`Node ${process.version}, ${cpus().length} × ${cpus()[0]?.model}, load ${load}`);
  console.log(
    `${atOnce} at once of ${searched} over ${clients} clients; answered: ${[...statuses].map(([status, count]) => `${count} with ${status}`).join(', ')}\n`,
  );
  console.log("| another account's validations | p50 ms | slowest ms |\n| --- | --- | --- |");
  for (const [name, times] of [
    ['alone', alone],
    ['beside', beside],
  ] as const) {
    console.log(`| ${name} | ${quantile(times, 0.5).toFixed(1)} | ${Math.max(...times).toFixed(0)} |`);
  }
  if (quantile(beside, 0.5) > MAX_P50_MS || Math.max(...beside) > MAX_MS) {
    console.error(`The p50 may be ${MAX_P50_MS} ms and the slowest ${MAX_MS}.`);
    process.exitCode = 1;
  }
} finally {
  rmSync(dataDir, { recursive: true, force: true });
}
