/** A code approves an action: its receipt, what a library that knows nothing of Kanda reads in it, and that it is taken once. */
import { randomUUID } from 'node:crypto';
import { createLocalJWKSet, decodeProtectedHeader, jwtVerify } from 'jose';
import { beforeEach, describe, expect, test } from 'vitest';
import {
  codeAt,
  expectProblem,
  SECOND,
  START,
  startAppWithAccount,
  wrongCodeAt,
} from '../support/start-app.ts';
import { ACTION, approve, MINUTE, redeem } from './receipted.ts';

const { kanda, account } = await startAppWithAccount();

const jwks = async () =>
  createLocalJWKSet((await kanda.call('GET', '/.well-known/jwks.json')).json() as never);
const logOf = async (clientId: string) =>
  (await account.call('GET', `/api/logs?clientId=${clientId}`)).json<{
    data: { id: number; event: string; outcome: string; reason: string | null }[];
  }>().data;
beforeEach(() => kanda.setClock(START));

const validate = (body: object) => account.call('POST', '/api/totp/validate', body);

describe('the receipt of an accepted code', () => {
  test('is a JWT that jose verifies, with what was approved and where the log has it', async () => {
    const action = { ...ACTION, digest: 'sha-256:n4bQgYhMfWWaL-qgxVrQFaO_TxsrC4Is0V1sFbDwCgg' };
    const audience = 'https://payouts.example.com';
    const { clientId, receipt } = await approve(kanda, account, { action, audience });
    const { payload, protectedHeader } = await jwtVerify(receipt, await jwks(), {
      typ: 'kanda-receipt+jwt',
      algorithms: ['EdDSA'],
      issuer: `urn:kanda:${account.userId}`,
      audience,
      subject: clientId,
      currentDate: new Date(kanda.now()),
      maxTokenAge: 120,
    });
    expect(Object.keys(protectedHeader)).toEqual(['alg', 'typ', 'kid']);
    const iat = Math.floor(kanda.now() / 1000);
    const [accepted] = await logOf(clientId);
    expect(accepted).toMatchObject({ event: 'totp.validated', outcome: 'success' });
    expect(payload).toEqual({
      iss: `urn:kanda:${account.userId}`,
      aud: audience,
      sub: clientId,
      jti: expect.stringMatching(/^[A-Za-z0-9_-]{22}$/),
      iat,
      exp: iat + 120,
      amr: ['otp'],
      method: 'totp',
      action,
      event: accepted?.id,
    });
  });

  test('is there for an accepted code with an action, and for nothing else', async () => {
    const { clientId, secret } = await account.enrol('plain');
    const token = codeAt(secret, kanda.now());
    expect((await validate({ clientId, token })).json()).toEqual({ valid: true });
    const refused = { valid: false, reason: 'invalid_code' };
    expect((await validate({ clientId, token, action: ACTION })).json()).toEqual(refused);
    const wrong = wrongCodeAt(secret, kanda.now());
    expect((await validate({ clientId, token: wrong, action: ACTION })).json()).toEqual(refused);
    kanda.advance(MINUTE);
    const next = codeAt(secret, kanda.now());
    const answer = (await validate({ clientId, token: next, action: ACTION, details: true })).json();
    expect(answer).toEqual({
      valid: true,
      method: 'totp',
      authenticatorId: expect.any(String),
      remainingRecoveryCodes: 0,
      receipt: expect.any(String),
    });
  });

  test('says of a recovery code that it was one, and of a hardware token, too', async () => {
    const { clientId } = await account.enrol('loser');
    const { codes } = (await account.call('POST', `/api/totp/clients/${clientId}/recovery-codes`)).json<{
      codes: string[];
    }>();
    const answer = (await validate({ clientId, recoveryCode: codes[0], action: ACTION })).json();
    expect(answer).toEqual({
      valid: true,
      method: 'recovery_code',
      remainingRecoveryCodes: 9,
      receipt: expect.any(String),
    });
    const { payload } = await jwtVerify(answer.receipt, await jwks(), { currentDate: new Date(kanda.now()) });
    const [used] = await logOf(clientId);
    expect(used?.event).toBe('client.recovery_code_used');
    expect(payload).toMatchObject({ method: 'recovery_code', amr: ['otp'], event: used?.id });
    expect((await redeem(account.call, answer.receipt)).json()).toMatchObject({ method: 'recovery_code' });
    await account.enrol('carrier', { type: 'hotp', secret: 'GEZDGNBVGY3TQOJQGEZDGNBVGY3TQOJQ' });
    const pressed = await validate({ clientId: 'carrier', token: '755224', action: ACTION });
    expect((await redeem(account.call, pressed.json().receipt)).json()).toMatchObject({ method: 'hotp' });
  });

  test('lives for as long as it was asked to, up to ten minutes', async () => {
    const { receipt } = await approve(kanda, account, { receiptExpiresIn: 600 });
    kanda.advance(600 * SECOND - 1000);
    expect((await redeem(account.call, receipt)).statusCode).toBe(200);
    const { clientId, secret } = await account.enrol('hurried');
    const token = codeAt(secret, kanda.now());
    for (const receiptExpiresIn of [9, 601, 1.5, '60']) {
      const answer = await validate({ clientId, token, action: ACTION, receiptExpiresIn });
      expectProblem(answer, 400, 'body_invalid');
    }
    expect((await validate({ clientId, token })).json()).toEqual({ valid: true });
  });

  test.each([
    [{ audience: 'someone' }, '/audience'],
    [{ receiptExpiresIn: 60 }, '/receiptExpiresIn'],
    [{ action: ACTION, trustDevice: { label: 'Firefox' } }, '/trustDevice'],
    [{ action: { type: 'payout' } }, '/action/reference'],
    [{ action: { ...ACTION, amount: 5 } }, '/action/amount'],
    [{ action: { ...ACTION, reference: 'two words' } }, '/action/reference'],
    [{ action: { ...ACTION, reference: 'x'.repeat(201) } }, '/action/reference'],
    [{ action: ACTION, audience: '' }, '/audience'],
  ])('is not asked for with %j: 400, and the code is still good', async (more, path) => {
    const { clientId, secret } = await account.enrol(`asker-${JSON.stringify(more).length}-${path.length}`);
    const token = codeAt(secret, kanda.now());
    const problem = expectProblem(await validate({ clientId, token, ...more }), 400, 'body_invalid');
    expect(problem.errors?.[0]?.path).toBe(path);
    expect((await validate({ clientId, token })).json()).toEqual({ valid: true });
  });

  test('is none of a trusted device: that a browser was trusted approves nothing now', async () => {
    const body = { clientId: 'anyone', deviceToken: 'kdt_some', action: ACTION };
    const problem = expectProblem(await validate(body), 400, 'body_invalid');
    expect(problem.errors?.[0]?.path).toBe('/action');
  });

  test('is the same one for a request that is sent again with its Idempotency-Key', async () => {
    const { clientId, secret } = await account.enrol('sender');
    const body = { clientId, token: codeAt(secret, kanda.now()), action: ACTION };
    const send = () =>
      account.call('POST', '/api/totp/validate', body, { headers: { 'idempotency-key': 'payout-1' } });
    const first = await send();
    expect(first.json()).toEqual({ valid: true, receipt: expect.any(String) });
    const again = await send();
    expect(again.body).toBe(first.body);
    expect(again.headers['idempotent-replayed']).toBe('true');
    const { receipt } = first.json<{ receipt: string }>();
    expect((await redeem(account.call, receipt)).statusCode).toBe(200);
    expectProblem(await redeem(account.call, receipt), 409, 'receipt_redeemed');
  });
});

describe('a receipt', () => {
  test('is redeemed once, and the log says so, and which code it was for', async () => {
    const { clientId, receipt } = await approve(kanda, account);
    const [accepted] = await logOf(clientId);
    const taken = await redeem(account.call, receipt);
    expect(taken.statusCode, taken.body).toBe(200);
    expect(taken.json()).toEqual({
      redeemed: true,
      clientId,
      action: ACTION,
      audience: account.userId,
      method: 'totp',
      event: accepted?.id,
      issuedAt: new Date(Math.floor(kanda.now() / 1000) * 1000).toISOString(),
    });
    expectProblem(await redeem(account.call, receipt), 409, 'receipt_redeemed');
    expect((await logOf(clientId)).slice(0, 2)).toMatchObject([
      { event: 'receipt.redeemed', outcome: 'failure', reason: 'receipt_redeemed' },
      { event: 'receipt.redeemed', outcome: 'success', reason: String(accepted?.id) },
    ]);
  });

  test('is redeemed by a request that is sent again with its Idempotency-Key, as the first time', async () => {
    const { receipt } = await approve(kanda, account);
    const sendWith = (key: string) =>
      account.call('POST', '/api/receipts/redeem', { receipt }, { headers: { 'idempotency-key': key } });
    const key = randomUUID();
    const first = await sendWith(key);
    expect(first.statusCode).toBe(200);
    expect(first.headers['idempotent-replayed']).toBeUndefined();
    const again = await sendWith(key);
    expect(again.body).toBe(first.body);
    expect(again.headers['idempotent-replayed']).toBe('true');
    expectProblem(await sendWith(randomUUID()), 409, 'receipt_redeemed');
  });

  test('is redeemed until the second in which it expires', async () => {
    kanda.setClock(START + 500);
    const kept = await approve(kanda, account);
    const late = await approve(kanda, account);
    kanda.setClock(START + 120 * SECOND - 1);
    expect((await redeem(account.call, kept.receipt)).statusCode).toBe(200);
    kanda.setClock(START + 120 * SECOND);
    expectProblem(await redeem(account.call, late.receipt), 409, 'receipt_expired');
    expect((await logOf(late.clientId))[0]).toMatchObject({
      event: 'receipt.redeemed',
      outcome: 'failure',
      reason: 'receipt_expired',
    });
  });

  test('is not redeemed when it was issued while the clock was ahead', async () => {
    kanda.advance(30 * MINUTE);
    const { receipt } = await approve(kanda, account);
    kanda.advance(-29 * MINUTE);
    expectProblem(await redeem(account.call, receipt), 404, 'receipt_unknown');
  });

  test('is redeemed by its own account alone, and by a key that may', async () => {
    const other = await kanda.signUp();
    const { receipt } = await approve(kanda, account);
    expectProblem(await redeem(other.call, receipt), 403, 'receipt_foreign');
    const { call } = await account.createKey();
    expectProblem(await redeem(call, receipt), 403, 'scope_missing');
    const redeemer = await account.createKey({ scopes: ['receipts:redeem'] });
    expectProblem(
      await redeemer.call('POST', '/api/totp/validate', { clientId: 'x', token: '123456' }),
      403,
      'scope_missing',
    );
    expect((await redeem(redeemer.call, receipt)).statusCode).toBe(200);
  });

  test('is redeemed for the audience that it names', async () => {
    const { receipt } = await approve(kanda, account, { audience: 'payouts' });
    expectProblem(
      await redeem(account.call, receipt, { audience: 'refunds' }),
      403,
      'receipt_audience_wrong',
    );
    expect((await redeem(account.call, receipt, { audience: 'payouts' })).statusCode).toBe(200);
  });

  test('of a test key is redeemed by test keys alone, in the time of its half, and the other way round', async () => {
    const { call } = await account.createKey({
      mode: 'test',
      scopes: ['totp:write', 'totp:validate', 'receipts:redeem'],
    });
    await call('POST', '/api/test/clock', { advanceSeconds: 86_400 });
    const ids = ['first', 'second'];
    const receipts: string[] = [];
    for (const clientId of ids) {
      await call('POST', '/api/totp/register', { clientId, label: clientId, issuer: 'MyApp', qr: 'none' });
      const { code } = (await call('GET', `/api/test/clients/${clientId}/code`)).json<{ code: string }>();
      const answer = await call('POST', '/api/totp/validate', { clientId, token: code, action: ACTION });
      receipts.push(answer.json<{ receipt: string }>().receipt);
    }
    const [first, second] = receipts as [string, string];
    expectProblem(await redeem(account.call, first), 403, 'receipt_foreign');
    const { receipt } = await approve(kanda, account);
    expectProblem(await redeem(call, receipt), 403, 'receipt_foreign');
    expect((await redeem(call, first)).statusCode).toBe(200);
    await call('POST', '/api/test/clock', { advanceSeconds: 120 });
    expectProblem(await redeem(call, second), 409, 'receipt_expired');
    const { payload } = await jwtVerify(second, await jwks(), {
      currentDate: new Date(kanda.now() + 86_400_000),
    });
    expect(payload.iss).toMatch(/^urn:kanda:acc_test_/);
  });
});

test('the public keys can be kept for five minutes, and hold nothing private', async () => {
  const answer = await kanda.call('GET', '/.well-known/jwks.json');
  expect(answer.headers['cache-control']).toBe('public, max-age=300');
  expect(answer.headers['content-type']).toBe('application/json; charset=utf-8');
  const { receipt } = await approve(kanda, account);
  expect(answer.json()).toEqual({
    keys: [
      {
        kty: 'OKP',
        crv: 'Ed25519',
        x: expect.stringMatching(/^[A-Za-z0-9_-]{43}$/),
        kid: decodeProtectedHeader(receipt).kid,
        alg: 'EdDSA',
        use: 'sig',
      },
    ],
  });
});
