// @ts-nocheck: its packages are installed on demand, elsewhere.
/**
 * better-auth with its two-factor plugin, on better-sqlite3.
 *
 *   node better-auth.mjs enrol FILE         reads [[id, secret], …] from its input; each gets a session
 *   node better-auth.mjs challenges FILE    reads [id, …], begins a sign-in for each, prints their cookies
 *   node better-auth.mjs sessions FILE      reads [id, …], prints the cookies of their sessions
 *   node better-auth.mjs serve FILE PORT
 *
 * Users, sessions and sign-ins that wait for a code are written to its tables as its own code writes them:
 * thousands of sign-ups and passwords would be a benchmark of scrypt.
 */
import { readFileSync } from 'node:fs';
import { createServer } from 'node:http';
import { betterAuth } from 'better-auth';
import { generateRandomString, makeSignature, symmetricEncrypt } from 'better-auth/crypto';
import { getMigrations } from 'better-auth/db/migration';
import { toNodeHandler } from 'better-auth/node';
import { twoFactor } from 'better-auth/plugins';
import Database from 'better-sqlite3';

const [command, file, port] = process.argv.slice(2);
const SECRET = 'bench: signs and encrypts nothing but made-up users, 0123456789';
const MINUTES_MS = 60_000;
const db = new Database(file);
db.pragma('journal_mode = wal');
db.pragma('synchronous = full');
const options = {
  database: db,
  secret: SECRET,
  baseURL: 'http://bench.example',
  plugins: [twoFactor()],
  telemetry: { enabled: false },
  logger: { level: 'error' },
  // Its limit of 3 calls in 10 s an address would end the load in its first millisecond.
  rateLimit: { enabled: process.env.RATE_LIMIT === 'on' },
};
const auth = betterAuth(options);
const COMMANDS = { enrol, challenges, sessions, serve };
await COMMANDS[command]();

function input() {
  return JSON.parse(readFileSync(0, 'utf8'));
}

function inserter(table, columns) {
  const names = columns.map((column) => `"${column}"`).join(', ');
  return db.prepare(`insert into "${table}" (${names}) values (${columns.map(() => '?').join(', ')})`);
}

async function enrol() {
  await (await getMigrations(options)).runMigrations();
  const user = inserter('user', [
    'id',
    'name',
    'email',
    'emailVerified',
    'createdAt',
    'updatedAt',
    'twoFactorEnabled',
  ]);
  const factor = inserter('twoFactor', [
    'id',
    'secret',
    'backupCodes',
    'userId',
    'verified',
    'failedVerificationCount',
  ]);
  const session = inserter('session', ['id', 'expiresAt', 'token', 'createdAt', 'updatedAt', 'userId']);
  const now = new Date();
  const later = new Date(now.getTime() + 7 * 24 * 60 * MINUTES_MS).toISOString();
  const sealed = [];
  for (const [id, secret] of input())
    sealed.push([id, await symmetricEncrypt({ key: SECRET, data: secret })]);
  db.transaction(() => {
    for (const [id, secret] of sealed) {
      user.run(id, id, `${id}@example.com`, 1, now.toISOString(), now.toISOString(), 1);
      factor.run(`factor-${id}`, secret, '[]', id, 1, 0);
      session.run(`session-${id}`, later, `token-${id}`, now.toISOString(), now.toISOString(), id);
    }
  })();
}

async function challenges() {
  const verification = inserter('verification', [
    'id',
    'identifier',
    'value',
    'expiresAt',
    'createdAt',
    'updatedAt',
  ]);
  const now = new Date().toISOString();
  const expires = new Date(Date.now() + 10 * MINUTES_MS).toISOString();
  const begun = input().map((id) => ({ id, identifier: `2fa-${generateRandomString(20)}` }));
  db.transaction(() => {
    for (const { id, identifier } of begun) {
      verification.run(generateRandomString(32), identifier, id, expires, now, now);
      verification.run(generateRandomString(32), `2fa-attempts-${identifier}`, '0', expires, now, now);
    }
  })();
  const { name } = (await auth.$context).createAuthCookie('two_factor');
  console.log(
    JSON.stringify(await Promise.all(begun.map(({ identifier }) => signedCookie(name, identifier)))),
  );
}

async function sessions() {
  const { name } = (await auth.$context).authCookies.sessionToken;
  console.log(JSON.stringify(await Promise.all(input().map((id) => signedCookie(name, `token-${id}`)))));
}

async function signedCookie(name, value) {
  return `${name}=${encodeURIComponent(`${value}.${await makeSignature(value, SECRET)}`)}`;
}

function serve() {
  createServer(toNodeHandler(auth)).listen(Number(port), '127.0.0.1');
}
