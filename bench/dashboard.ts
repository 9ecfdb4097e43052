/**
 * What the dashboard's pages wait for, with a log of a million events, while validations run as fast as they can:
 * each page's calls of the API, one after the other, and the slowest of a hundred.
 *
 *   node bench/dashboard.ts [CLIENTS] [EVENTS]
 */
import { mkdtempSync, rmSync } from 'node:fs';
import { cpus, tmpdir } from 'node:os';
import { join } from 'node:path';
import { quantile } from './fleet.ts';
import { load, start } from './load.ts';
import { clientName, seed } from './seed.ts';

const KANDA = new URL('../apps/server/bin/kanda.mjs', import.meta.url).pathname;
const CONNECTIONS = 64;
const ROUNDS = 100;
/** Longer than the rounds take; the load is ended with the server. */
const LOAD_SECONDS = 240;
const MAX_MS = 100;

const clients = Number(process.argv[2] ?? 100_000);
const events = Number(process.argv[3] ?? 1_000_000);
const some = clientName(Math.floor(clients / 2));

/** What each page asks for, worst filters included. */
const PAGES: Readonly<Record<string, readonly string[]>> = {
  overview: [
    '/api/auth/me',
    '/api/stats?range=24h',
    '/api/stats?range=7d',
    '/api/stats?range=30d',
    '/api/totp/clients?limit=1',
    '/api/logs?limit=5',
    '/api/keys?limit=200',
  ],
  clients: [
    '/api/totp/clients?limit=50',
    '/api/totp/clients?limit=50&status=locked',
    '/api/totp/clients?limit=50&q=not-in-any-name',
  ],
  client: [`/api/totp/clients/${some}`, `/api/logs?clientId=${some}&limit=10`],
  keys: ['/api/keys?limit=200'],
  log: [
    '/api/logs?limit=50',
    '/api/logs?limit=200',
    '/api/logs?limit=50&event=client.locked',
    '/api/logs?limit=50&outcome=success',
    `/api/logs/${Math.floor(events / 2)}`,
  ],
  policy: ['/api/policy'],
};

const dataDir = mkdtempSync(join(tmpdir(), 'kanda-dashboard-bench-'));
try {
  const { apiKey } = await seed(dataDir, clients, events);
  const server = await start([KANDA, 'serve', '--port', 'PORT', '--data-dir', dataDir], {
    KANDA_LOG_LEVEL: 'error',
  });
  const headers = { authorization: `Bearer ${apiKey}` };
  const ask = async (path: string): Promise<number> => {
    const begun = performance.now();
    const answer = await fetch(`${server.url}${path}`, { headers });
    await answer.arrayBuffer();
    if (!answer.ok) throw new Error(`${path}: ${answer.status}`);
    return performance.now() - begun;
  };
  const validations = (seconds: number) =>
    load(server.url, {
      script: 'validate.lua',
      connections: CONNECTIONS,
      seconds,
      env: { BENCH_TOKEN: apiKey, BENCH_CLIENTS: String(clients) },
    });
  const alone = await validations(5);
  console.log(
    `Node ${process.version}, ${cpus().length} × ${cpus()[0]?.model}, ${clients} clients, ${events} events`,
  );
  console.log(`validations alone: ${alone.perSecond.toFixed(0)}/s, p99 ${alone.p99Ms.toFixed(1)} ms\n`);

  let resting = false;
  const running = (async () => {
    // In pieces, so that it ends soon after the last page was measured.
    for (let second = 0; second < LOAD_SECONDS && !resting; second += 5) await validations(5);
  })();
  console.log('| page | calls | p50 ms | p99 ms | slowest call | its p99 ms |');
  console.log('| --- | --- | --- | --- | --- | --- |');
  for (const [page, paths] of Object.entries(PAGES)) {
    const times = new Map<string, number[]>(paths.map((path) => [path, []]));
    for (let round = 0; round < ROUNDS; round++) {
      for (const path of paths) times.get(path)?.push(await ask(path));
    }
    const all = [...times.values()].flat();
    const [slowest = '', its = []] =
      [...times].sort(([, one], [, other]) => quantile(other, 0.99) - quantile(one, 0.99))[0] ?? [];
    const p99 = quantile(its, 0.99);
    console.log(
      `| ${page} | ${paths.length} | ${quantile(all, 0.5).toFixed(1)} | ${quantile(all, 0.99).toFixed(1)} | ${slowest} | ${p99.toFixed(1)} |`,
    );
    if (p99 > MAX_MS) process.exitCode = 1;
  }
  resting = true;
  await running;
  await server.stop();
} finally {
  rmSync(dataDir, { recursive: true, force: true });
}
