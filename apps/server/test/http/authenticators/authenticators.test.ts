/** Pending enrolments, confirmation, several authenticators and safe rotation, as an application calls them. */
import { parseOtpauthUri } from '@kanda/otp';
import { describe, expect, test } from 'vitest';
import {
  codeAt,
  expectProblem,
  MINUTE,
  SECOND,
  startAppWithAccount,
  wrongCodeAt,
} from '../support/start-app.ts';

const { kanda, account } = await startAppWithAccount();

let clients = 0;
const freshId = () => `user-${clients++}`;
const NAMES = { label: 'ada@example.com', issuer: 'MyApp', qr: 'none' };

const post = (path: string, body: object) => account.call('POST', path, body);
const register = (clientId: string, more = {}) =>
  post('/api/totp/register', { clientId, ...NAMES, confirm: true, ...more });
const confirm = (clientId: string, token: string, more = {}) =>
  post('/api/totp/confirm', { clientId, token, ...more });
const validate = async (clientId: string, token: string) =>
  (await post('/api/totp/validate', { clientId, token })).json();
const list = async (clientId: string) =>
  (await account.call('GET', `/api/totp/clients/${clientId}/authenticators`)).json().data;

/** Enrols and lets the step of the enrolment pass. */
async function enrolled(clientId = freshId()): Promise<{ clientId: string; secret: string }> {
  const { secret } = await account.enrol(clientId);
  return { clientId, secret };
}

describe('an enrolment with confirm', () => {
  test('is 201 and pending, is shown again with 200, and logs in after its first code', async () => {
    const clientId = freshId();
    const first = await register(clientId);
    expect(first.statusCode).toBe(201);
    const { secret, authenticatorId, expiresAt, status } = first.json();
    expect([status, Date.parse(expiresAt) - kanda.now()]).toEqual(['pending', 15 * MINUTE]);
    const again = await register(clientId, { expiresIn: 60 });
    expect([again.statusCode, again.json().secret]).toEqual([200, secret]);
    expect(Date.parse(again.json().expiresAt) - kanda.now()).toBe(MINUTE);
    expect(await validate(clientId, codeAt(secret, kanda.now()))).toEqual({
      valid: false,
      reason: 'pending',
    });
    expect((await confirm(clientId, codeAt(secret, kanda.now()))).json()).toEqual({
      confirmed: true,
      authenticatorId,
    });
    kanda.advance(30 * SECOND);
    expect(await validate(clientId, codeAt(secret, kanda.now()))).toEqual({ valid: true });
    expectProblem(await register(clientId), 409, 'client_exists');
    expectProblem(await confirm(clientId, '123456'), 404, 'authenticator_not_found');
  });

  test('says how many wrong codes are left, and ends after five', async () => {
    const clientId = freshId();
    const { secret } = (await register(clientId)).json();
    for (const attemptsLeft of [4, 3, 2, 1, 0]) {
      expect((await confirm(clientId, wrongCodeAt(secret, kanda.now()))).json()).toEqual({
        confirmed: false,
        reason: 'invalid_code',
        attemptsLeft,
      });
    }
    expectProblem(await confirm(clientId, codeAt(secret, kanda.now())), 404, 'client_not_found');
    expect((await register(clientId)).statusCode).toBe(201);
  });

  test('is shown as pending, and is gone when it has expired', async () => {
    const clientId = freshId();
    await register(clientId, { expiresIn: 60, name: 'Work phone' });
    const shown = (await account.call('GET', `/api/totp/clients/${clientId}`)).json();
    expect(shown).toMatchObject({ status: 'pending', authenticators: 0 });
    expect(await list(clientId)).toMatchObject([{ name: 'Work phone', status: 'pending', attemptsLeft: 5 }]);
    kanda.advance(MINUTE);
    expectProblem(await account.call('GET', `/api/totp/clients/${clientId}`), 404, 'client_not_found');
    expectProblem(await post('/api/totp/validate', { clientId, token: '123456' }), 404, 'client_not_found');
  });

  test('refuses one without confirm while it waits, and says what to do', async () => {
    const clientId = freshId();
    await register(clientId);
    const refused = await register(clientId, { confirm: false });
    expectProblem(refused, 409, 'client_exists');
    expect(refused.json().detail).toContain('"confirm": true');
  });

  test.each([59, 86_401, 1.5, '900'])('refuses expiresIn: %j', async (expiresIn) => {
    expectProblem(await register(freshId(), { expiresIn }), 400, 'body_invalid');
  });
});

describe('an authenticator that is added', () => {
  test('works beside the first once it is confirmed; renamed, listed, removed', async () => {
    const { clientId, secret } = await enrolled();
    const path = `/api/totp/clients/${clientId}/authenticators`;
    const added = await post(path, { name: 'Second phone', confirm: true, qr: 'none' });
    expect(added.statusCode).toBe(201);
    const { authenticatorId: id, secret: second, otpauthUrl } = added.json();
    expect(parseOtpauthUri(otpauthUrl)).toMatchObject({ label: 'alice@example.com', issuer: 'MyApp' });
    expect((await confirm(clientId, codeAt(second, kanda.now()), { authenticatorId: id })).json()).toEqual({
      confirmed: true,
      authenticatorId: id,
    });
    kanda.advance(30 * SECOND);
    for (const one of [secret, second]) {
      expect(await validate(clientId, codeAt(one, kanda.now()))).toEqual({ valid: true });
    }
    const renamed = await account.call('PATCH', `${path}/${id}`, { name: 'Tablet' });
    expect(renamed.json()).toMatchObject({
      id,
      name: 'Tablet',
      status: 'active',
      type: 'totp',
      weakSecret: false,
    });
    expect((await account.call('GET', `${path}/${id}`)).json()).toEqual(renamed.json());
    const [first] = await list(clientId);
    expect((await account.call('DELETE', `${path}/${first.id}`)).statusCode).toBe(204);
    kanda.advance(30 * SECOND);
    expect(await validate(clientId, codeAt(secret, kanda.now()))).toMatchObject({ valid: false });
    expect(await validate(clientId, codeAt(second, kanda.now()))).toEqual({ valid: true });
    expectProblem(await account.call('DELETE', `${path}/${id}`), 409, 'authenticator_last');
    expectProblem(await account.call('GET', `${path}/aut_999999`), 404, 'authenticator_not_found');
    expectProblem(await account.call('GET', `${path}/17`), 400, 'params_invalid');
  });

  test('works at once without confirm', async () => {
    const { clientId } = await enrolled();
    const added = await post(`/api/totp/clients/${clientId}/authenticators`, { qr: 'none' });
    expect(added.json()).not.toHaveProperty('status');
    expect(await validate(clientId, codeAt(added.json().secret, kanda.now()))).toEqual({ valid: true });
  });

  test('is refused for an unknown client and one too many', async () => {
    expectProblem(await post(`/api/totp/clients/${freshId()}/authenticators`, {}), 404, 'client_not_found');
    const { clientId } = await enrolled();
    const path = `/api/totp/clients/${clientId}/authenticators`;
    for (let more = 0; more < 4; more++) expect((await post(path, { qr: 'none' })).statusCode).toBe(201);
    expectProblem(await post(path, { qr: 'none' }), 409, 'authenticator_quota_exceeded');
  });
});

describe('a rotation with confirm', () => {
  test('keeps the old secret until the new one is confirmed', async () => {
    const { clientId, secret } = await enrolled();
    const rotated = await post(`/api/totp/rotate/${clientId}`, { confirm: true, qr: 'none' });
    expect([rotated.statusCode, rotated.json().status]).toEqual([201, 'pending']);
    const next = rotated.json().secret;
    const again = await post(`/api/totp/rotate/${clientId}`, { confirm: true, qr: 'none' });
    expect([again.statusCode, again.json().secret]).toEqual([200, next]);
    expect(await list(clientId)).toMatchObject([
      { status: 'active' },
      { status: 'pending', replaces: 'all' },
    ]);
    expect(await validate(clientId, codeAt(secret, kanda.now()))).toEqual({ valid: true });
    expect((await confirm(clientId, codeAt(next, kanda.now()))).json()).toMatchObject({ confirmed: true });
    kanda.advance(30 * SECOND);
    expect(await validate(clientId, codeAt(secret, kanda.now()))).toMatchObject({ valid: false });
    expect(await validate(clientId, codeAt(next, kanda.now()))).toEqual({ valid: true });
  });

  test('of one authenticator, at once', async () => {
    const { clientId, secret } = await enrolled();
    const added = await post(`/api/totp/clients/${clientId}/authenticators`, { qr: 'none' });
    const { authenticatorId, secret: second } = added.json();
    const { secret: third } = (await post(`/api/totp/rotate/${clientId}`, { authenticatorId })).json();
    expect(await validate(clientId, codeAt(second, kanda.now()))).toMatchObject({ valid: false });
    for (const one of [secret, third]) {
      expect(await validate(clientId, codeAt(one, kanda.now()))).toEqual({ valid: true });
    }
    const other = { authenticatorId: 'aut_999999' };
    expectProblem(await post(`/api/totp/rotate/${clientId}`, other), 404, 'authenticator_not_found');
  });
});

describe('an imported secret', () => {
  test('of 80 bits is refused with the field that takes it, and marked as weak', async () => {
    const clientId = freshId();
    const short = { clientId, ...NAMES, secret: 'JBSWY3DPEHPK3PXP' };
    const refused = await post('/api/totp/register', short);
    expectProblem(refused, 400, 'secret_invalid');
    expect(refused.json().detail).toContain('"allowShortSecret": true');
    expect((await post('/api/totp/register', { ...short, allowShortSecret: true })).statusCode).toBe(201);
    expect(await list(clientId)).toMatchObject([{ weakSecret: true }]);
    expectProblem(
      await post('/api/totp/register', { ...short, secret: 'JBSWY3DPEHPK3', allowShortSecret: true }),
      400,
      'secret_invalid',
    );
  });

  test('with lastUsedStep accepts no code up to that step', async () => {
    const clientId = freshId();
    const secret = 'JBSWY3DPEHPK3PXPJBSWY3DPEHPK3PXP';
    const lastUsedStep = Math.floor(kanda.now() / 30_000);
    const body = { clientId, ...NAMES, secret, lastUsedStep };
    expectProblem(
      await post('/api/totp/register', { ...body, lastUsedStep: lastUsedStep + 3 }),
      400,
      'body_invalid',
    );
    expect((await post('/api/totp/register', body)).statusCode).toBe(201);
    expect(await validate(clientId, codeAt(secret, kanda.now()))).toMatchObject({ valid: false });
    kanda.advance(30 * SECOND);
    expect(await validate(clientId, codeAt(secret, kanda.now()))).toEqual({ valid: true });
  });
});

describe('a rotation with proof', () => {
  test('is made with a right code, which is burnt, and refused with a wrong one, which counts', async () => {
    const { clientId, secret } = await enrolled();
    const rotate = (proof: object, more = {}) => post(`/api/totp/rotate/${clientId}`, { proof, ...more });
    expectProblem(await rotate({ token: wrongCodeAt(secret, kanda.now()) }), 403, 'proof_invalid');
    expect((await account.call('GET', `/api/totp/clients/${clientId}`)).json().failures).toBe(1);
    const token = codeAt(secret, kanda.now());
    const pending = await rotate({ token }, { confirm: true });
    expect(pending.statusCode, pending.body).toBe(201);
    expect(await validate(clientId, token)).toEqual({ valid: false, reason: 'invalid_code' });
    expectProblem(await rotate({ token }), 403, 'proof_invalid');
    kanda.advance(30 * SECOND);
    const rotated = await rotate({ token: codeAt(secret, kanda.now()) });
    expect(rotated.statusCode, rotated.body).toBe(200);
    expect(await validate(clientId, codeAt(rotated.json().secret, kanda.now()))).toEqual({ valid: true });
  });

  test('takes a recovery code, once, also while the client is locked', async () => {
    const { clientId, secret } = await enrolled();
    const path = `/api/totp/clients/${clientId}/recovery-codes`;
    const [recoveryCode] = (await post(path, {})).json().codes;
    for (let guess = 0; guess < 5; guess++) await validate(clientId, wrongCodeAt(secret, kanda.now()));
    const locked = await post(`/api/totp/rotate/${clientId}`, { proof: { token: '000000' } });
    expectProblem(locked, 403, 'proof_invalid');
    expect(locked.headers['retry-after']).toBe('30');
    const rotate = () => post(`/api/totp/rotate/${clientId}`, { proof: { recoveryCode } });
    expect((await rotate()).statusCode).toBe(200);
    expectProblem(await rotate(), 403, 'proof_invalid');
    expect((await account.call('GET', path)).json().remaining).toBe(9);
  });

  test.each([{}, { token: '123456', recoveryCode: 'AAAA' }])('refuses %j', async (proof) => {
    const { clientId } = await enrolled();
    expectProblem(await post(`/api/totp/rotate/${clientId}`, { proof }), 400, 'body_invalid');
  });
});

describe('details of a verdict', () => {
  test('name the authenticator that showed the code', async () => {
    const { clientId } = await enrolled();
    const added = (await post(`/api/totp/clients/${clientId}/authenticators`, { qr: 'none' })).json();
    const token = codeAt(added.secret, kanda.now());
    expect((await post('/api/totp/validate', { clientId, token, details: true })).json()).toEqual({
      valid: true,
      method: 'totp',
      authenticatorId: added.authenticatorId,
      remainingRecoveryCodes: 0,
    });
  });
});

describe('a label or issuer', () => {
  test('is changed without a new secret', async () => {
    const { clientId, secret } = await enrolled();
    const changed = await account.call('PATCH', `/api/totp/clients/${clientId}`, { label: 'Ada Lovelace' });
    expect(changed.json()).toMatchObject({ label: 'Ada Lovelace', issuer: 'MyApp' });
    expect(await validate(clientId, codeAt(secret, kanda.now()))).toEqual({ valid: true });
    const events = (await account.call('GET', `/api/logs?clientId=${clientId}&event=client.updated`)).json();
    expect(events.data).toHaveLength(1);
  });

  test.each([{}, { label: 'a:b' }, { label: '' }, { secret: 'A' }])('%j is refused', async (body) => {
    const { clientId } = await enrolled();
    expectProblem(await account.call('PATCH', `/api/totp/clients/${clientId}`, body), 400, 'body_invalid');
  });

  test('that no phone could scan is refused, and an unknown client is 404', async () => {
    const { clientId } = await enrolled();
    const long = '\u{1F600}'.repeat(128);
    const texts = { label: long, issuer: long };
    expectProblem(await account.call('PATCH', `/api/totp/clients/${clientId}`, texts), 400, 'label_too_long');
    expectProblem(
      await account.call('PATCH', `/api/totp/clients/${freshId()}`, { label: 'a' }),
      404,
      'client_not_found',
    );
  });
});
