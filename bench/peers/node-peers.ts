import { randomBytes } from 'node:crypto';
import { join } from 'node:path';
import type { ReplayedRequest } from '../replay.ts';
import { installNodePeers, nodePackage } from './install.ts';
import { base32SecretOf, type Peer, userName } from './peer.ts';
import { answers, freePort, type Program, runProgram, startProgram } from './program.ts';

const DATABASE = 'peer.db';
/** What the fetch of a browser sends, and better-auth's protection against forged requests asks for. */
const ORIGIN = 'http://bench.example';

/** What a developer writes in an afternoon. */
export const afternoon: Peer = {
  name: "the afternoon's version",
  atMost: 6_000,
  accepts: '"valid":true',
  differs: 'no replay state, no lockout, secrets in clear; one row a validation is synced to the disk',
  async install() {
    const folder = await installNodePeers();
    return ['express', 'otplib', 'better-sqlite3'].map((name) => nodePackage(folder, name)).join(', ');
  },
  async enrol(folder, users) {
    const input = everyUser(users, (user) => [userName(user), base32SecretOf(user)]);
    await runNode('afternoon.mjs', ['enrol', join(folder, DATABASE)], input);
  },
  async start(folder) {
    const key = randomBytes(16).toString('hex');
    const { program, url } = await serve('afternoon.mjs', folder, { API_KEY: key });
    return {
      url,
      pids: [program.pid],
      requests: async (logins) =>
        logins.map(({ user, code }) => ({
          path: '/validate',
          headers: { 'content-type': 'application/json', authorization: `Bearer ${key}` },
          body: JSON.stringify({ name: userName(user), token: code }),
        })),
      stop: () => program.stop(),
    };
  },
  verdict: ({ status, body }) => {
    if (status !== 200) return 'refused';
    return body.includes('"valid":true') ? 'accepted' : 'wrong';
  },
};

/** better-auth where the code ends a sign-in: the way that its lockout and its count of attempts are on. */
export const betterAuthSignIn: Peer = betterAuth(
  'better-auth, sign-in',
  'challenges',
  'no replay state, no log; begins a session besides, which is durable',
);

/** better-auth where a user who has a session confirms something: the same call with the session's cookie. */
export const betterAuthSession: Peer = betterAuth(
  'better-auth, in a session',
  'sessions',
  'writes nothing: no replay state, no log, no count of failures',
);

function betterAuth(name: string, cookies: 'challenges' | 'sessions', differs: string): Peer {
  return {
    name,
    atMost: 2_500,
    accepts: '"token":',
    differs,
    async install() {
      const folder = await installNodePeers();
      return `${nodePackage(folder, 'better-auth')} on ${nodePackage(folder, 'better-sqlite3')}, WAL, synchronous full`;
    },
    async enrol(folder, users) {
      const input = everyUser(users, (user) => [userName(user), `base32:${base32SecretOf(user)}`]);
      await runNode('better-auth.mjs', ['enrol', join(folder, DATABASE)], input);
    },
    async start(folder, { asShipped }) {
      const { program, url } = await serve('better-auth.mjs', folder, {
        NODE_ENV: 'production',
        RATE_LIMIT: asShipped ? 'on' : 'off',
      });
      return {
        url,
        pids: [program.pid],
        async requests(logins) {
          const users = JSON.stringify(logins.map(({ user }) => userName(user)));
          const made = await runNode('better-auth.mjs', [cookies, join(folder, DATABASE)], users);
          return (JSON.parse(made) as string[]).map(
            (cookie, index): ReplayedRequest => ({
              path: '/api/auth/two-factor/verify-totp',
              // Its limit counts by address: each request comes from another one.
              headers: {
                'content-type': 'application/json',
                cookie,
                origin: ORIGIN,
                'x-forwarded-for': `10.0.${index >> 8}.${index & 255}`,
              },
              body: JSON.stringify({ code: logins[index]?.code }),
            }),
          );
        },
        stop: () => program.stop(),
      };
    },
    verdict: ({ status, body }) => {
      if (status === 200) return 'accepted';
      return body.includes('INVALID_CODE') ? 'wrong' : 'refused';
    },
  };
}

function everyUser(users: number, row: (user: number) => readonly [string, string]): string {
  return JSON.stringify(Array.from({ length: users }, (_, user) => row(user)));
}

async function runNode(script: string, args: readonly string[], input: string): Promise<string> {
  const folder = await installNodePeers();
  return runProgram(process.execPath, [join(folder, script), ...args], { input });
}

async function serve(
  script: string,
  folder: string,
  env: Readonly<Record<string, string>>,
): Promise<{ program: Program; url: string }> {
  const port = await freePort();
  const url = `http://127.0.0.1:${port}`;
  const program = await startProgram(
    process.execPath,
    [
      '--max-semi-space-size=4',
      join(await installNodePeers(), script),
      'serve',
      join(folder, DATABASE),
      String(port),
    ],
    { env: { NODE_ENV: 'production', ...env }, log: join(folder, 'peer.log') },
    () => answers(url),
  );
  return { program, url };
}
