/**
 * What users of other projects ran into when an authenticator was made, confirmed, replaced or lost, each tried here from
 * outside. A title ends with where it happened.
 *
 * Seen to fail with the guard out: with a client judged that is pending (domain/verdicts/decide.ts), it was let in; with a
 * new secret each time that one is asked for (store/operations/authenticators), a reload ended the scanned one; with a
 * confirmation that burns no code, the code was accepted as a login; with the newest authenticator in the place of the
 * oldest confirmed one, a new secret ended the old one at once; with replaced ones that stay, the old one went on after
 * it; with recovery codes that stay when they are used, or bring another one, so they did; without the look-up of kept
 * answers (store/sqlite/judge.ts), the second submit was refused; with a browser's token that is accepted however often
 * it was replaced (domain/devices/judge-device.ts), an old one let in. That a new name leaves the secret alone, and that
 * neither kind of code passes for the other, is how the code is cut, and no guard of it could be taken out.
 */
import { randomUUID } from 'node:crypto';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { type AccountAccess, Caller, openAccount } from '../support/caller.ts';
import { endAll, KandaProcess } from '../support/kanda-process.ts';
import { codeAt, LONG_PERIOD, withinOneStep } from '../support/long-steps.ts';

const VALID = { valid: true };
const INVALID = { valid: false, reason: 'invalid_code' };
const PENDING = { valid: false, reason: 'pending' };

let server: KandaProcess;
let access: AccountAccess;
let caller: Caller;

beforeAll(async () => {
  server = await KandaProcess.start();
  access = await openAccount(server.url);
  caller = new Caller(server.url).withBearer(access.token);
});
afterAll(endAll);

async function killAndRestart(): Promise<void> {
  await server.kill();
  server = await server.again();
  caller = new Caller(server.url).withBearer(access.token);
}

interface Shown {
  readonly authenticatorId: string;
  readonly secret: string;
}

const NAMES = { label: 'ada@example.com', issuer: 'MyApp', qr: 'none' };

/** An enrolment that waits for its first code, as the page of an application asks for one. */
async function enrolPending(clientId: string, fields: object = {}): Promise<Shown & { status: number }> {
  const body = { clientId, ...NAMES, period: LONG_PERIOD, confirm: true, ...fields };
  const { status, json, text } = await caller.post('/api/totp/register', body);
  expect([200, 201], text).toContain(status);
  return { ...json, status };
}

const verdict = async (clientId: string, token: string) => (await caller.validate(clientId, token)).json;
const confirm = async (clientId: string, token: string) =>
  (await caller.post('/api/totp/confirm', { clientId, token })).json;
const clientOf = async (clientId: string) => (await caller.get(`/api/totp/clients/${clientId}`)).json;

describe('an enrolment', () => {
  test('lets no one in before its first code was confirmed, and locks no one out: laravel/fortify#201, #693', async () => {
    await withinOneStep(async (clientId) => {
      const shown = await enrolPending(clientId);
      for (const steps of [-1, 0, 1]) {
        expect(await verdict(clientId, codeAt(shown, steps))).toEqual(PENDING);
      }
      await killAndRestart();
      expect(await verdict(clientId, codeAt(shown))).toEqual(PENDING);
      expect(await clientOf(clientId)).toMatchObject({ status: 'pending', failures: 0, failuresToday: 0 });
      expect(await confirm(clientId, codeAt(shown))).toMatchObject({ confirmed: true });
      expect(await verdict(clientId, codeAt(shown, 1))).toEqual(VALID);
    });
  });

  test('ends no QR code that was scanned when its page is loaded again: laravel/fortify#518', async () => {
    await withinOneStep(async (clientId) => {
      const scanned = await enrolPending(clientId);
      expect(scanned.status).toBe(201);
      const reloads = await Promise.all(Array.from({ length: 8 }, () => enrolPending(clientId)));
      for (const { status, secret, authenticatorId } of reloads) {
        expect({ status, secret, authenticatorId }).toEqual({ ...pick(scanned), status: 200 });
      }
      await killAndRestart();
      expect(pick(await enrolPending(clientId))).toEqual(pick(scanned));
      // A new secret only with fresh: true, and then the first one is dead.
      const other = await enrolPending(clientId, { fresh: true });
      expect(other.secret).not.toBe(scanned.secret);
      expect(await confirm(clientId, codeAt(scanned))).toMatchObject({ confirmed: false });
      expect(await confirm(clientId, codeAt(other))).toMatchObject({ confirmed: true });
    });
  });

  const pick = ({ secret, authenticatorId }: Shown) => ({ secret, authenticatorId });

  test('has no first login by the code that set it up, sent afterwards or at once: hanko#2723', async () => {
    await withinOneStep(async (clientId) => {
      const shown = await enrolPending(clientId);
      const code = codeAt(shown);
      const [confirmations, logins] = await Promise.all([
        Promise.all(Array.from({ length: 8 }, () => confirm(clientId, code))),
        Promise.all(Array.from({ length: 4 }, () => verdict(clientId, code))),
      ]);
      expect(confirmations.filter(({ confirmed }) => confirmed)).toHaveLength(1);
      for (const { valid } of logins) expect(valid).toBe(false);
      expect(await verdict(clientId, code)).toMatchObject({ valid: false });
      await caller.post(`/api/totp/clients/${clientId}/unlock`);
      expect(await verdict(clientId, codeAt(shown, -1))).toEqual(INVALID);
      expect(await verdict(clientId, codeAt(shown, 1))).toEqual(VALID);
    });
  });

  test('of a new secret has none of its codes accepted before it is confirmed, and none of the old one’s after: better-auth#10923', async () => {
    await withinOneStep(async (clientId) => {
      const old = await caller.enrol(clientId, { period: LONG_PERIOD });
      const rotated = await caller.post(`/api/totp/rotate/${clientId}`, { confirm: true, qr: 'none' });
      expect(rotated.status).toBe(201);
      expect(await verdict(clientId, codeAt(rotated.json))).toEqual(INVALID);
      expect(await verdict(clientId, codeAt(old, -1))).toEqual(VALID);
      await killAndRestart();
      expect(await verdict(clientId, codeAt(old))).toEqual(VALID);
      expect(await confirm(clientId, codeAt(rotated.json))).toMatchObject({ confirmed: true });
      expect(await verdict(clientId, codeAt(old, 1))).toEqual(INVALID);
      expect(await verdict(clientId, codeAt(rotated.json, 1))).toEqual(VALID);
    });
  });
});

describe('recovery codes', () => {
  const use = async (clientId: string, recoveryCode: string) =>
    (await caller.post('/api/totp/validate', { clientId, recoveryCode })).json;
  const pathOf = (clientId: string) => `/api/totp/clients/${clientId}/recovery-codes`;
  async function withCodes(clientId: string) {
    const phone = await caller.enrol(clientId, { period: LONG_PERIOD });
    const { json } = await caller.post(pathOf(clientId), { count: 5 });
    return { phone, codes: json.codes as string[] };
  }

  test('are not renewed by being used, and a used one stays used: laravel/fortify#255', async () => {
    await withinOneStep(async (clientId) => {
      const { codes } = await withCodes(clientId);
      const [first = '', second = '', third = ''] = codes;
      expect(await use(clientId, first)).toMatchObject({ valid: true, remainingRecoveryCodes: 4 });
      expect(await use(clientId, first)).toEqual(INVALID);
      await killAndRestart();
      expect(await use(clientId, first)).toEqual(INVALID);
      expect(await use(clientId, second)).toMatchObject({ valid: true, remainingRecoveryCodes: 3 });
      expect((await caller.get(pathOf(clientId))).json).toMatchObject({ remaining: 3, generation: 1 });
      // Only a call that asks for new ones voids those on the paper.
      await caller.post(pathOf(clientId), { count: 5 });
      expect(await use(clientId, third)).toEqual(INVALID);
    });
  });

  test('take the place of no code that the phone shows, and neither passes for the other: keycloak#44115', async () => {
    await withinOneStep(async (clientId) => {
      const { phone, codes } = await withCodes(clientId);
      const [first = ''] = codes;
      expect(await verdict(clientId, codeAt(phone))).toEqual(VALID);
      expect(await use(clientId, codeAt(phone, 1))).toEqual(INVALID);
      expect((await caller.validate(clientId, first)).json.code).toBe('totp_code_malformed');
      const both = { clientId, token: codeAt(phone, 1), recoveryCode: first };
      expect((await caller.post('/api/totp/validate', both)).status).toBe(400);
      expect(await verdict(clientId, codeAt(phone, 1))).toEqual(VALID);
      expect((await caller.get(pathOf(clientId))).json).toMatchObject({ remaining: 5 });
    });
  });
});

test('a good login that is submitted twice is no error, and no second login for others: tinyauth#790', async () => {
  await withinOneStep(async (clientId) => {
    const phone = await caller.enrol(clientId, { period: LONG_PERIOD });
    const key = { 'idempotency-key': randomUUID() };
    const code = codeAt(phone);
    const clicks = await Promise.all([1, 2].map(() => caller.validate(clientId, code, key)));
    // The second may come while the first is under way; then it is asked to come again.
    for (const { status, json } of clicks) if (status !== 409) expect(json).toEqual(VALID);
    expect(clicks.some(({ status }) => status === 200)).toBe(true);
    expect((await caller.validate(clientId, code, key)).json).toEqual(VALID);
    for (const headers of [{}, { 'idempotency-key': randomUUID() }]) {
      expect((await caller.validate(clientId, code, headers)).json).toEqual(INVALID);
    }
    const accepted = (await caller.events(clientId)).filter(
      ({ event, outcome }) => event === 'totp.validated' && outcome === 'success',
    );
    expect(accepted).toHaveLength(1);
  });
});

test('a name that is changed makes no new secret, and shows none', async () => {
  await withinOneStep(async (clientId) => {
    const phone = await caller.enrol(clientId, { period: LONG_PERIOD });
    expect(await verdict(clientId, codeAt(phone))).toEqual(VALID);
    const { status, json, text } = await caller.call('PATCH', `/api/totp/clients/${clientId}`, {
      label: 'ada.lovelace@example.com',
      issuer: 'MyApp after the merger',
    });
    expect([status, json.label]).toEqual([200, 'ada.lovelace@example.com']);
    expect(text).not.toContain(phone.secret);
    expect(await verdict(clientId, codeAt(phone))).toEqual(INVALID);
    expect(await verdict(clientId, codeAt(phone, 1))).toEqual(VALID);
  });
});

test('trust in a browser lasts more than one login, for its newest tokens and no older one: better-auth#2728', async () => {
  await withinOneStep(async (clientId) => {
    expect((await caller.call('PUT', '/api/policy', { trustedDevices: true })).status).toBe(200);
    const phone = await caller.enrol(clientId, { period: LONG_PERIOD });
    const trustDevice = { label: 'Firefox', days: 1 };
    const trusted = await caller.post('/api/totp/validate', { clientId, token: codeAt(phone), trustDevice });
    const logIn = async (deviceToken: string) =>
      (await caller.post('/api/totp/validate', { clientId, deviceToken })).json;
    const tokens: string[] = [trusted.json.deviceToken];
    for (let login = 0; login < 5; login++) {
      if (login === 2) await killAndRestart();
      const answer = await logIn(tokens.at(-1) ?? '');
      expect(answer).toMatchObject({ valid: true, method: 'trusted_device' });
      tokens.push(answer.deviceToken);
    }
    expect(new Set(tokens).size).toBe(6);
    // One that is two logins old is a copy: it is refused, and ends the trust in all of them.
    for (const token of [tokens.at(-3), tokens.at(-1)]) {
      expect(await logIn(token ?? '')).toEqual({ valid: false, reason: 'device_unknown' });
    }
    expect(await verdict(clientId, codeAt(phone, 1))).toEqual(VALID);
  });
});
