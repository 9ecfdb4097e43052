import { readFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { copyToPostgres, postgresPid } from '../postgres.ts';
import type { ReplayedRequest } from '../replay.ts';
import { seed } from '../seed.ts';
import { type Login, type Peer, type RunningPeer, secretOf, userName } from './peer.ts';
import { answers, freePort, startProgram } from './program.ts';

const KANDA = fileURLToPath(new URL('../../apps/server/bin/kanda.mjs', import.meta.url));
const ECHO = fileURLToPath(new URL('../echo.mjs', import.meta.url));
/** As `npm start` runs it. */
const NODE_FLAGS = ['--max-semi-space-size=4', '--max-old-space-size=384'];
const KEY_FILE = 'bench-api-key';
const URL_FILE = 'bench-database-url';

export const kanda: Peer = {
  name: 'Kanda',
  atMost: 30_000,
  accepts: '"valid":true',
  differs: 'the code, its replay state, the failure count and the event are on the disk before the answer',
  install: async () => `this tree, on Node ${process.version} and its SQLite`,
  async enrol(folder, users) {
    const { apiKey } = await seed(folder, users, 0, secretOf);
    writeFileSync(join(folder, KEY_FILE), apiKey, { mode: 0o600 });
  },
  start: (folder) => startKanda(folder, {}, []),
  verdict({ body }) {
    if (body.includes('"valid":true')) return 'accepted';
    return body.includes('"invalid_code"') ? 'wrong' : 'refused';
  },
};

export const kandaOnPostgres: Peer = {
  ...kanda,
  name: 'Kanda on PostgreSQL',
  install: async () => `this tree, on Node ${process.version} and PostgreSQL 18 with its defaults`,
  async enrol(folder, users) {
    await kanda.enrol(folder, users);
    const url = await copyToPostgres(folder);
    writeFileSync(join(folder, URL_FILE), url, { mode: 0o600 });
  },
  start: (folder) =>
    startKanda(folder, { KANDA_DATABASE_URL: readFileSync(join(folder, URL_FILE), 'utf8') }, [postgresPid()]),
};

async function startKanda(
  folder: string,
  env: Readonly<Record<string, string>>,
  besides: readonly number[],
): Promise<RunningPeer> {
  const port = await freePort();
  const url = `http://127.0.0.1:${port}`;
  const program = await startProgram(
    process.execPath,
    [...NODE_FLAGS, KANDA, 'serve', '--port', String(port), '--data-dir', folder],
    {
      env: { KANDA_LOG_LEVEL: 'warn', MALLOC_ARENA_MAX: '2', MALLOC_MMAP_THRESHOLD_: '1048576', ...env },
      log: join(folder, 'kanda.log'),
    },
    () => answers(`${url}/readyz`),
  );
  const key = readFileSync(join(folder, KEY_FILE), 'utf8');
  return {
    url,
    pids: [program.pid, ...besides],
    requests: async (logins) => logins.map((login) => request(login, key)),
    stop: () => program.stop(),
  };
}

/** The yardstick of every comparison: the same request, an answer of the same size, nothing in between. */
export const echo: Peer = {
  name: 'bare echo',
  atMost: kanda.atMost,
  accepts: '"valid"',
  differs: 'checks nothing and keeps nothing',
  install: async () => `node:http on Node ${process.version}`,
  enrol: async () => {},
  async start(folder) {
    const port = await freePort();
    const url = `http://127.0.0.1:${port}`;
    const program = await startProgram(
      process.execPath,
      [...NODE_FLAGS, ECHO, String(port)],
      { log: join(folder, 'echo.log') },
      () => answers(url),
    );
    const key = `kan_${'0'.repeat(64)}`;
    return {
      url,
      pids: [program.pid],
      requests: async (logins) => logins.map((login) => request(login, key)),
      stop: () => program.stop(),
    };
  },
  verdict: () => 'accepted',
};

function request({ user, code }: Login, key: string): ReplayedRequest {
  return {
    path: '/api/totp/validate',
    headers: { 'content-type': 'application/json', authorization: `Bearer ${key}` },
    body: JSON.stringify({ clientId: userName(user), token: code }),
  };
}
