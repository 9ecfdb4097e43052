// @ts-nocheck: its packages are installed on demand, elsewhere.
/**
 * The login of docs/guides/express.md with better-auth: its lines are counted beside those of the guide
 * (tools/guide-lines.ts). `node login-better-auth.mjs PORT` serves it.
 */
import { betterAuth } from 'better-auth';
import { APIError, createAuthMiddleware } from 'better-auth/api';
import { getMigrations } from 'better-auth/db/migration';
import { fromNodeHeaders, toNodeHandler } from 'better-auth/node';
import { twoFactor } from 'better-auth/plugins';
import Database from 'better-sqlite3';
import express from 'express';

const RECENT_MS = 5 * 60_000;
const port = Number(process.argv[2] ?? 3001);
const database = new Database(':memory:');

// By session: when a code was shown, and whether it was a backup code.
const shown = new Map();

const options = {
  database,
  secret: 'replace this with 32 random bytes of your own',
  baseURL: `http://127.0.0.1:${port}`,
  emailAndPassword: { enabled: true },
  user: { changeEmail: { enabled: true, updateEmailWithoutVerification: true } },
  plugins: [twoFactor({ issuer: 'MyApp' })],
  hooks: {
    // What is sensitive takes a code of the last five minutes.
    before: createAuthMiddleware(async (context) => {
      if (!SENSITIVE.has(context.path)) return;
      const session = await auth.api.getSession({ headers: context.headers });
      if (session?.user.twoFactorEnabled !== true) return;
      const last = shown.get(session.session.id);
      if (last?.method === 'totp' && Date.now() - last.at < RECENT_MS) return;
      // A user who has lost the phone turns the second factor off, and on again with a new one.
      if (last?.method === 'backup code' && context.path === '/two-factor/disable') return;
      throw new APIError('FORBIDDEN', { code: 'SECOND_FACTOR_REQUIRED' });
    }),
    after: createAuthMiddleware(async (context) => {
      const method = METHODS.get(context.path);
      if (method === undefined || context.context.returned instanceof APIError) return;
      const session = context.context.newSession?.session ?? context.context.session?.session;
      if (session) shown.set(session.id, { at: Date.now(), method });
    }),
  },
};
const SENSITIVE = new Set(['/change-email', '/two-factor/disable', '/two-factor/generate-backup-codes']);
const METHODS = new Map([
  ['/two-factor/verify-totp', 'totp'],
  ['/two-factor/verify-backup-code', 'backup code'],
]);
const auth = betterAuth(options);
await (await getMigrations(options)).runMigrations();

const app = express();
// Sign-up, sign-in, the code, backup codes, turning it on and off are its own routes.
app.all('/api/auth/*splat', toNodeHandler(auth));

async function signedIn(req, res, next) {
  const session = await auth.api.getSession({ headers: fromNodeHeaders(req.headers) });
  if (!session) return res.status(401).json({ error: 'not_signed_in' });
  // A backup code opens nothing but the way to a new phone.
  if (session.user.twoFactorEnabled && shown.get(session.session.id)?.method === 'backup code') {
    return res.status(403).json({ error: 'second_factor_required' });
  }
  req.user = session.user;
  next();
}

app.get('/account', signedIn, ({ user }, res) => {
  res.json({ email: user.email, twoFactor: user.twoFactorEnabled ? 'on' : 'off' });
});

app.listen(port, '127.0.0.1');
