/**
 * What users of other projects ran into when a phone's clock or a token's counter went wrong, each tried here from
 * outside. A title ends with where it happened.
 *
 * Seen to fail with the guard out: with a window of 40 steps (domain/verdicts/methods/totp.ts) a code of 20 minutes ago
 * was accepted; with the window around the drift alone, a clock that was put right was locked out; with all but the very
 * watermark acceptable, a code before it was accepted; with a resynchronisation that does not look whether its codes were
 * used (domain/authenticators/judge-resync.ts), it took them, and one that looks only whether the second is above the
 * watermark took the first; with a drift that is not reset, it went on. What a token's counter is found by begins after
 * the watermark, and that guard was not taken out.
 */
import { createHotpKey, decodeBase32, formatCode, hotp } from '@kanda/otp';
import { afterAll, beforeAll, expect, test } from 'vitest';
import { type AccountAccess, Caller, codeOf, openAccount } from '../support/caller.ts';
import { endAll, KandaProcess } from '../support/kanda-process.ts';
import { codeAt, LONG_PERIOD, withinOneStep } from '../support/long-steps.ts';

const VALID = { valid: true };
const INVALID = { valid: false, reason: 'invalid_code' };

let server: KandaProcess;
let access: AccountAccess;
let drifting: AccountAccess;
let caller: Caller;
/** Of an account whose policy follows drift. */
let follower: Caller;

beforeAll(async () => {
  server = await KandaProcess.start();
  [access, drifting] = [await openAccount(server.url), await openAccount(server.url)];
  connect();
  const policy = await follower.call('PUT', '/api/policy', { followDrift: true });
  expect(policy.status, policy.text).toBe(200);
});
afterAll(endAll);

function connect(): void {
  const anyone = new Caller(server.url);
  [caller, follower] = [anyone.withBearer(access.token), anyone.withBearer(drifting.token)];
}

const verdict = async (clientId: string, token: string, by = caller) =>
  (await by.validate(clientId, token)).json;

const authenticators = async (by: Caller, clientId: string) =>
  (await by.get(`/api/totp/clients/${clientId}/authenticators`)).json.data;
const pathOf = async (by: Caller, clientId: string) =>
  `/api/totp/clients/${clientId}/authenticators/${(await authenticators(by, clientId))[0].id}`;

const resync = async (by: Caller, path: string, tokens: readonly [string, string]) =>
  (await by.post(`${path}/resync`, { tokens })).json;

test('a token is found again by no code that was used, and never unasked: LinOTP#110', async () => {
  const clientId = 'token';
  const { secret } = await caller.enrol(clientId, { type: 'hotp', counter: 5 });
  const key = createHotpKey(decodeBase32(secret), 'SHA1');
  const press = (counter: number) => formatCode(hotp(key, counter, 6), 6);
  const path = await pathOf(caller, clientId);
  for (const counter of [8, 9]) expect(await verdict(clientId, press(counter))).toEqual(VALID);
  for (const first of [7, 8, 9]) {
    const answer = await resync(caller, path, [press(first), press(first + 1)]);
    expect(answer).toEqual({ resynced: false, reason: 'invalid_code' });
  }
  // Two codes in a row far ahead resynchronise nothing by themselves.
  await caller.post(`/api/totp/clients/${clientId}/unlock`);
  for (const counter of [40, 41]) expect(await verdict(clientId, press(counter))).toEqual(INVALID);
  expect(await verdict(clientId, press(10))).toEqual(VALID);
  expect(await resync(caller, path, [press(40), press(41)])).toEqual({ resynced: true });
  for (const counter of [9, 10, 40, 41]) expect(await verdict(clientId, press(counter))).toEqual(INVALID);
  expect(await verdict(clientId, press(42))).toEqual(VALID);
});

test('a phone is found again by no code that was used: LinOTP#110', async () => {
  await withinOneStep(async (clientId) => {
    const phone = await follower.enrol(clientId, { period: LONG_PERIOD });
    const path = await pathOf(follower, clientId);
    const pair = (first: number) => [codeAt(phone, first), codeAt(phone, first + 1)] as const;
    expect(await verdict(clientId, codeAt(phone), follower)).toEqual(VALID);
    for (const first of [-5, -1, 0]) {
      const answer = await resync(follower, path, pair(first));
      expect(answer).toEqual({ resynced: false, reason: 'invalid_code' });
    }
    expect(await resync(follower, path, pair(2))).toEqual({ resynced: true, drift: 3 });
    expect(await verdict(clientId, codeAt(phone, 3), follower)).toEqual(INVALID);
    expect(await verdict(clientId, codeAt(phone, 4), follower)).toEqual(VALID);
  });
});

test('no code of 20 minutes ago is right, by whatever call it is sent: privacyidea#1408', async () => {
  for (const by of [caller, follower]) {
    const clientId = by === caller ? 'still' : 'followed';
    const phone = await by.enrol(clientId);
    const minutesAgo = (minutes: number, seconds = 0) => codeOf(phone, -(minutes * 2) + seconds / 30);
    expect(await verdict(clientId, minutesAgo(20), by)).toEqual(INVALID);
    const path = await pathOf(by, clientId);
    const found = await resync(by, path, [minutesAgo(20), minutesAgo(20, 30)]);
    expect(found.resynced).not.toBe(true);
    const proof = { token: minutesAgo(20) };
    expect((await by.post(`/api/totp/rotate/${clientId}`, { proof })).json.code).toBe('proof_invalid');
    // Nor does a walk from there to now bring the window nearer.
    expect(await verdict(clientId, minutesAgo(10), by)).toEqual(INVALID);
    expect(await verdict(clientId, codeOf(phone), by)).toEqual(VALID);
    expect((await authenticators(by, clientId))[0].drift).toBe(0);
  }
});

/** A phone whose clock is four steps behind, and followed. */
async function behind(clientId: string) {
  const phone = await follower.enrol(clientId, { period: LONG_PERIOD });
  const path = await pathOf(follower, clientId);
  const resynced = await follower.post(`${path}/resync`, {
    tokens: [codeAt(phone, -5), codeAt(phone, -4)],
  });
  expect(resynced.json).toEqual({ resynced: true, drift: -4 });
  return { phone, path };
}

test('a clock that is followed and then put right locks no one out, and no older code is taken: nango#7097', async () => {
  await withinOneStep(async (clientId) => {
    const { phone } = await behind(clientId);
    expect(await verdict(clientId, codeAt(phone, -3), follower)).toEqual(VALID);
    expect(await verdict(clientId, codeAt(phone), follower)).toEqual(VALID);
    for (const steps of [-3, -2, -1, 0]) {
      expect(await verdict(clientId, codeAt(phone, steps), follower)).toEqual(INVALID);
    }
    expect(await verdict(clientId, codeAt(phone, 1), follower)).toEqual(VALID);
  });
});

test('a drift is forgotten when that is asked for, and set to nothing else: privacyidea#4199', async () => {
  await withinOneStep(async (clientId) => {
    const { phone, path } = await behind(clientId);
    for (const drift of [-4, 4, 1_000]) {
      expect((await follower.call('PATCH', path, { drift })).status).toBe(400);
    }
    expect((await follower.call('PATCH', path, { drift: 0 })).json).toMatchObject({ drift: 0 });
    await server.kill();
    server = await server.again();
    connect();
    expect(await verdict(clientId, codeAt(phone, -3), follower)).toEqual(INVALID);
    expect(await verdict(clientId, codeAt(phone), follower)).toEqual(VALID);
  });
});
