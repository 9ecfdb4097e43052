/**
 * Two servers on one data directory are one Kanda: what one has accepted, counted or revoked holds at the other.
 *
 * Seen to fail without the guard: with the state row remembered in each process instead of read in the
 * transaction (store/sqlite/judge.ts), ten guesses were evaluated and a rotated secret went on at the other.
 */
import { afterAll, beforeAll, expect, test } from 'vitest';
import { type AccountAccess, Caller, codeOf, createKey, openAccount, wrongCodes } from '../support/caller.ts';
import { endAll, KandaProcess, temporaryFolder } from '../support/kanda-process.ts';

const AT_ONCE = 64;
const ROUNDS = 10;
const GUESSES = 200;

let one: KandaProcess;
let other: KandaProcess;
let access: AccountAccess;
let atOne: Caller;
let atOther: Caller;

beforeAll(async () => {
  // Both at once on an empty folder: who makes the master key and the tables is a race too.
  const dataDir = temporaryFolder();
  [one, other] = await Promise.all([KandaProcess.start({ dataDir }), KandaProcess.start({ dataDir })]);
  access = await openAccount(one.url);
  atOne = new Caller(one.url).withBearer(access.apiKey);
  atOther = new Caller(other.url).withBearer(access.apiKey);
});
afterAll(endAll);

test('two first starts at once on an empty folder make one installation', async () => {
  const madeKey = [one, other].filter(({ output }) => output.includes('A new master key was made'));
  expect(madeKey).toHaveLength(1);
  // What one process issued the other understands: the keys are the same.
  const token = (await new Caller(one.url).post('/api/auth/token', { apiKey: access.apiKey })).json.token;
  expect((await new Caller(other.url).withBearer(token).get('/api/auth/me')).status).toBe(200);
});

test('identical right codes at once over both: one is accepted', async () => {
  for (let round = 0; round < ROUNDS; round++) {
    const client = await atOne.enrol(`shared-${round}`);
    const code = codeOf(client);
    const answers = await Promise.all(
      Array.from({ length: AT_ONCE }, (_, index) =>
        (index % 2 === 0 ? atOne : atOther).validate(client.clientId, code),
      ),
    );
    expect(answers.filter(({ json }) => json.valid === true)).toHaveLength(1);
    expect(answers.filter(({ json }) => json.reason === 'invalid_code')).toHaveLength(5);
    expect(answers.filter(({ json }) => json.reason === 'locked')).toHaveLength(AT_ONCE - 6);
  }
});

test('one recovery code at once over both: one is accepted, ten are wrong', async () => {
  for (let round = 0; round < ROUNDS; round++) {
    const clientId = `recovered-${round}`;
    await atOne.enrol(clientId);
    const { json } = await atOne.post(`/api/totp/clients/${clientId}/recovery-codes`, { count: 5 });
    const body = { clientId, recoveryCode: json.codes[0] };
    const answers = await Promise.all(
      Array.from({ length: AT_ONCE }, (_, index) =>
        (index % 2 === 0 ? atOne : atOther).post('/api/totp/validate', body),
      ),
    );
    expect(answers.map(({ json: verdict }) => verdict).filter(({ valid }) => valid)).toEqual([
      { valid: true, method: 'recovery_code', remainingRecoveryCodes: 4 },
    ]);
    expect(answers.filter(({ json: verdict }) => verdict.reason === 'invalid_code')).toHaveLength(10);
    expect(answers.filter(({ json: verdict }) => verdict.reason === 'locked')).toHaveLength(AT_ONCE - 11);
  }
});

test('one token of a trusted device at once over both: all are accepted, and get the same next one', async () => {
  const owner = new Caller(one.url).withBearer(access.token);
  await owner.call('PUT', '/api/policy', { trustedDevices: true });
  for (let round = 0; round < ROUNDS; round++) {
    const client = await atOne.enrol(`trusted-${round}`);
    const { clientId } = client;
    const trusting = { clientId, token: codeOf(client), trustDevice: { label: 'Firefox' } };
    const { deviceToken } = (await atOne.post('/api/totp/validate', trusting)).json;
    const answers = await Promise.all(
      Array.from({ length: AT_ONCE }, (_, index) =>
        (index % 2 === 0 ? atOne : atOther).post('/api/totp/validate', { clientId, deviceToken }),
      ),
    );
    expect(answers.filter(({ json }) => json.valid === true)).toHaveLength(AT_ONCE);
    const next = new Set(answers.map(({ json }) => json.deviceToken));
    expect(next.size).toBe(1);
    const body = { clientId, deviceToken: [...next][0] };
    expect((await atOther.post('/api/totp/validate', body)).json.valid).toBe(true);
    // Two back: a copy is in use, and the device ends at both.
    expect((await atOne.post('/api/totp/validate', { clientId, deviceToken })).json).toEqual({
      valid: false,
      reason: 'device_unknown',
    });
    expect((await atOther.get(`/api/totp/clients/${clientId}/devices`)).json.data).toEqual([]);
  }
});

test(`${GUESSES} guesses at once over both: five are evaluated, and the log of both is one`, async () => {
  const client = await atOther.enrol('guessed');
  const answers = await Promise.all(
    wrongCodes(client, GUESSES).map((code, index) =>
      (index % 2 === 0 ? atOne : atOther).validate('guessed', code),
    ),
  );
  expect(answers.filter(({ json }) => json.reason === 'invalid_code')).toHaveLength(5);
  expect(answers.filter(({ json }) => json.reason === 'locked')).toHaveLength(GUESSES - 5);
  for (const caller of [atOne, atOther]) {
    expect((await caller.get('/api/totp/clients/guessed')).json).toMatchObject({
      status: 'locked',
      failures: 5,
    });
  }
  const events = await atOne.events();
  expect(events.map(({ id }) => id)).toEqual(Array.from(events, (_, index) => index + 1));
  expect(await atOther.events()).toEqual(events);
});

test('an old secret is dead at the other process once one has answered the rotation', async () => {
  const client = await atOne.enrol('rotated');
  expect((await atOther.validate('rotated', codeOf(client))).json).toEqual({ valid: true });
  const { json } = await atOne.post('/api/totp/rotate/rotated');
  expect((await atOther.validate('rotated', codeOf(client, 1))).json).toMatchObject({ valid: false });
  const fresh = { secret: json.secret, period: 30 };
  expect((await atOther.validate('rotated', codeOf(fresh))).json).toEqual({ valid: true });
});

test('a key revoked at one stops at the other within two seconds, and so does its token', async () => {
  const owner = new Caller(one.url).withBearer(access.token);
  const { apiKey, keyId } = await createKey(owner);
  const { token } = (await new Caller(other.url).post('/api/auth/token', { apiKey })).json;
  const bearers = [apiKey, token].map((bearer) => new Caller(other.url).withBearer(bearer));
  for (const caller of bearers) expect((await caller.get('/api/totp/clients')).status).toBe(200);

  expect((await owner.call('DELETE', `/api/keys/${keyId}`)).status).toBe(204);
  const revoked = performance.now();
  for (const caller of bearers) {
    // Each call keeps the bearer in use, which must not stretch its life.
    let status = 200;
    let lastGood = revoked;
    while (status === 200 && performance.now() < revoked + 10_000) {
      const sent = performance.now();
      status = (await caller.get('/api/totp/clients')).status;
      if (status === 200) lastGood = sent;
    }
    expect(status).toBe(401);
    expect(lastGood - revoked).toBeLessThan(2_000);
  }
});
