// @ts-nocheck: its packages are installed on demand, elsewhere.
/** Walks through login-better-auth.mjs as browsers would: `npm ci && node walk-login.mjs` in this folder. */
import assert from 'node:assert/strict';
import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { generate } from 'otplib';

const PORT = 46_999;
const ORIGIN = `http://127.0.0.1:${PORT}`;
const PASSWORD = 'correct horse battery staple';

class Browser {
  #cookies = new Map();

  async call(method, path, body) {
    const cookie = [...this.#cookies].map(([name, value]) => `${name}=${value}`).join('; ');
    const headers = { origin: ORIGIN, cookie, ...(body && { 'content-type': 'application/json' }) };
    const answer = await fetch(ORIGIN + path, { method, headers, body: body && JSON.stringify(body) });
    for (const line of answer.headers.getSetCookie()) {
      const [, name, value] = /^([^=]+)=([^;]*)/.exec(line);
      if (value === '') this.#cookies.delete(name);
      else this.#cookies.set(name, value);
    }
    return { ...(await answer.json()), status: answer.status };
  }

  post = (path, body = {}) => this.call('POST', `/api/auth${path}`, body);
  account = async () => (await this.call('GET', '/account')).status;
}

const secretOf = ({ totpURI }) => new URL(totpURI).searchParams.get('secret');
const codeOf = async (enabled) => ({ code: await generate({ secret: secretOf(enabled) }) });

const server = spawn(process.execPath, ['login-better-auth.mjs', String(PORT)], {
  cwd: import.meta.dirname,
  stdio: ['ignore', 'ignore', 'inherit'],
});
try {
  while (!(await fetch(ORIGIN).catch(() => null))) {
    if (server.exitCode !== null) throw new Error('login-better-auth.mjs ended before it listened');
    await new Promise((resolve) => setTimeout(resolve, 50));
  }
  await walk();
  console.log('login-better-auth.mjs: sign-up, code, step-up, lost phone, new phone, log-out');
} finally {
  server.kill();
  await once(server, 'exit');
}

async function walk() {
  const first = new Browser();
  await first.post('/sign-up/email', { email: 'ada@example.com', password: PASSWORD, name: 'Ada' });
  const enabled = await first.post('/two-factor/enable', { password: PASSWORD });
  assert.equal((await first.post('/two-factor/verify-totp', await codeOf(enabled))).status, 200);
  assert.equal(await first.account(), 200);

  const second = new Browser();
  const begun = await second.post('/sign-in/email', { email: 'ada@example.com', password: PASSWORD });
  assert.equal(begun.twoFactorRedirect, true);
  assert.equal(await second.account(), 401);
  assert.equal((await second.post('/two-factor/verify-totp', { code: '000000' })).status, 401);
  assert.equal((await second.post('/two-factor/verify-totp', await codeOf(enabled))).status, 200);
  assert.equal((await second.post('/change-email', { newEmail: 'ada@example.org' })).status, 200);

  const third = new Browser();
  await third.post('/sign-in/email', { email: 'ada@example.org', password: PASSWORD });
  const [backupCode] = enabled.backupCodes;
  assert.equal((await third.post('/two-factor/verify-backup-code', { code: backupCode })).status, 200);
  assert.equal(await third.account(), 403);
  assert.equal((await third.post('/change-email', { newEmail: 'eve@example.org' })).status, 403);
  await third.post('/two-factor/disable', { password: PASSWORD });
  const anew = await third.post('/two-factor/enable', { password: PASSWORD });
  assert.equal((await third.post('/two-factor/verify-totp', await codeOf(anew))).status, 200);
  assert.equal(await third.account(), 200);
  assert.equal((await third.post('/two-factor/generate-backup-codes', { password: PASSWORD })).status, 200);
  await third.post('/sign-out');
  assert.equal(await third.account(), 401);
}
