/**
 * A caller who hangs up (security.md, case 7): its failure is kept, and no one else notices.
 *
 * Seen to fail: with a handler that gives up when its socket is gone (http/routes/verdicts/validate-code.ts), nothing counted.
 */
import type { AddressInfo } from 'node:net';
import { connect } from 'node:net';
import { afterEach, beforeEach, expect, test } from 'vitest';
import { codeAt, expectProblem, startApp, type TestApp, wrongCodeAt } from '../support/start-app.ts';

let kanda: TestApp;
let port: number;

beforeEach(async () => {
  kanda = await startApp();
  await kanda.app.listen({ host: '127.0.0.1', port: 0 });
  port = (kanda.app.server.address() as AddressInfo).port;
});
afterEach(() => kanda.close());

/** Sends a whole request and resets the connection without waiting for an answer. */
function sendAndReset(path: string, bearer: string, body: object): Promise<void> {
  const text = JSON.stringify(body);
  const request =
    `POST ${path} HTTP/1.1\r\nHost: kanda\r\nAuthorization: Bearer ${bearer}\r\n` +
    `Content-Type: application/json\r\nContent-Length: ${Buffer.byteLength(text)}\r\n\r\n${text}`;
  return new Promise((resolve, reject) => {
    const socket = connect(port, '127.0.0.1', () => {
      socket.write(request, () => socket.resetAndDestroy());
    });
    socket.on('close', () => resolve());
    socket.on('error', reject);
  });
}

test('a wrong code whose caller resets the connection is counted all the same', async () => {
  const account = await kanda.signUp();
  const { secret } = await account.enrol('alice');
  for (let attempt = 1; attempt <= 5; attempt++) {
    // Each second the bearer is looked up again: then the handler runs when the caller is long gone.
    kanda.advance(1_000);
    const token = wrongCodeAt(secret, kanda.now());
    await sendAndReset('/api/totp/validate', account.token, { clientId: 'alice', token });
    await expect
      .poll(async () => (await account.call('GET', '/api/totp/clients/alice')).json().failures, {
        interval: 10,
      })
      .toBe(attempt);
  }
});

test('callers who reset their connections do not spoil the validations that are judged with theirs', async () => {
  const account = await kanda.signUp();
  const bob = await account.enrol('bob');
  await account.enrol('mallory');
  for (let round = 0; round < 5; round++) {
    kanda.advance(30_000);
    const resets = Array.from({ length: 20 }, () =>
      sendAndReset('/api/totp/validate', account.token, { clientId: 'mallory', token: '000000' }),
    );
    const token = codeAt(bob.secret, kanda.now());
    const answers = await Promise.all([
      account.call('POST', '/api/totp/validate', { clientId: 'bob', token }),
      ...resets,
    ]);
    expect(answers[0].json()).toEqual({ valid: true });
  }
});

test('log-ins whose callers reset the connection still count against the account name', async () => {
  const account = await kanda.signUp();
  const wrong = { email: account.email, password: 'not the password at all' };
  for (let attempt = 0; attempt < 10; attempt++) await sendAndReset('/api/auth/login', 'none', wrong);
  const failed = async () =>
    (await account.call('GET', '/api/logs?event=account.login&outcome=failure')).json().data.length;
  await expect.poll(failed, { interval: 20 }).toBe(10);
  const from = { remoteAddress: kanda.freshAddress() };
  expectProblem(await kanda.call('POST', '/api/auth/login', wrong, from), 429, 'rate_limited');
});
