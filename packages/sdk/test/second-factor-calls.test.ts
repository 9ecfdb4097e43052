/** What pages are answered, and what Kanda is asked for that, in an application whose user is attacked. */
import { beforeEach, expect, test } from 'vitest';
import { Kanda } from '../src/kanda.ts';
import type { SecondFactorUser, TwoFactor } from '../src/second-factor/options.ts';
import { SecondFactor } from '../src/second-factor/second-factor.ts';
import type { SecondFactorState } from '../src/second-factor/state.ts';

type Answer = readonly [status: number, body: object, headers?: Record<string, string>];

const problem = (status: number, code: string, headers: Record<string, string> = {}): Answer => [
  status,
  { type: `/docs/errors/${code}`, title: 'T', status, detail: 'D.', code, requestId: 'req_1' },
  headers,
];
const ENROLMENT = {
  clientId: 'alice',
  status: 'pending',
  secret: 'JBSWY3DPEHPK3PXP',
  otpauthUrl: 'otpauth://totp/MyApp:alice?secret=JBSWY3DPEHPK3PXP',
  authenticatorId: 'aut_1',
  expiresAt: '2027-01-15T08:15:00.000Z',
};

let clock: number;
let calls: string[];
let errors: unknown[];
let kept: Map<string, Response>;
let answerTo: (call: string) => Answer;
let sessions: Map<string, SecondFactorState>;
let record: { twoFactor: TwoFactor; twoFactorEndedAt?: number };

beforeEach(() => {
  [clock, calls, errors] = [1_800_000_000_000, [], []];
  [sessions, kept] = [new Map(), new Map()];
  record = { twoFactor: 'off' };
  answerTo = (call) => {
    if (call.endsWith('/confirm')) return [200, { confirmed: true, authenticatorId: 'aut_1' }];
    if (call.endsWith('/validate')) return [200, { valid: true }];
    return [200, call.startsWith('DELETE') ? {} : ENROLMENT];
  };
});

/** Kanda as these tests have it answer, which keeps what it has answered to an Idempotency-Key. */
const asked: typeof fetch = async (input, init) => {
  const call = `${init?.method} ${new URL(String(input)).pathname}`;
  if (call === 'POST /api/auth/token') return Response.json({ token: 'a token', expiresIn: '1h' });
  calls.push(call);
  const [status, body, headers = {}] = answerTo(call);
  const type = status < 400 ? 'application/json' : 'application/problem+json; charset=utf-8';
  const answer = new Response(JSON.stringify(body), {
    status,
    headers: { 'content-type': type, ...headers },
  });
  const key = new Headers(init?.headers).get('idempotency-key') ?? '';
  const first = kept.get(key) ?? answer;
  if (first.ok) kept.set(key, first.clone());
  return first.clone();
};

const factor = new SecondFactor<string>({
  kanda: new Kanda({ url: 'http://kanda.test', apiKey: 'kan_unused', fetch: asked, retries: 0 }),
  issuer: 'MyApp',
  user: (): SecondFactorUser => ({
    clientId: 'alice',
    label: 'alice@example.com',
    signedInAt: clock,
    ...record,
  }),
  session: (name) => ({
    get: () => sessions.get(name),
    set: (state) => {
      sessions.set(name, JSON.parse(JSON.stringify(state)));
    },
  }),
  onChange: (_name, _user, twoFactor) => {
    record = {
      ...record,
      twoFactor,
      ...(twoFactor === 'on' ? {} : { twoFactorEndedAt: clock }),
    };
  },
  onError: (error) => errors.push(error),
  now: () => clock,
});

type Form = 'challenge' | 'enrol' | 'confirm' | 'recoveryCodes' | 'turnOff';

async function pageOf(session: string): Promise<string> {
  return String((await factor.page(session)).body.page);
}

/** What the page of a new form, or of that one, is answered. */
async function send(session: string, form: Form, fields: object = {}, page?: string) {
  const { status, body } = await factor[form](session, { ...fields, page: page ?? (await pageOf(session)) });
  return { status, body };
}

const entersAccount = async (session: string) =>
  (await factor.require(session, { ifOn: true, methods: ['totp', 'hotp'] })) === null;

// H1. Seen to fail without `after` in state.ts, and the resent form without its filter of pages: Kanda keeps its answer.
test('what sessions have shown before it was turned off counts no more once it is on again', async () => {
  await send('attacker', 'enrol');
  await send('attacker', 'confirm', { token: '111111' });
  const page = await pageOf('code');
  expect((await send('code', 'challenge', { token: '222222' }, page)).status).toBe(200);
  expect((await send('paper', 'challenge', { recoveryCode: 'AAAA-BBBB' })).body).toMatchObject({
    method: 'recovery_code',
  });
  expect(await entersAccount('code')).toBe(true);
  await send('attacker', 'turnOff');
  // In the same millisecond: what knows that it was turned off came after it.
  await send('owner', 'enrol');
  expect((await send('owner', 'confirm', { token: '333333' })).status).toBe(200);
  clock += 1_000;
  expect(await entersAccount('owner')).toBe(true);

  expect(await entersAccount('code')).toBe(false);
  expect((await send('code', 'challenge', { token: '222222' }, page)).body).toEqual({
    error: 'page_expired',
  });
  expect((await send('code', 'turnOff')).body).toEqual({ error: 'second_factor_required' });
  expect(await factor.next('paper')).toBe('code');
  expect((await send('paper', 'enrol')).body).toEqual({ error: 'proof_needed' });
});

// Seen to fail with the time of the answer in place of the visit's.
test('a code that is under way while it is turned off counts from when it was sent', async () => {
  await send('attacker', 'enrol');
  await send('attacker', 'confirm', { token: '111111' });
  let release = () => {};
  const turnedOff = new Promise<void>((resolve) => {
    release = resolve;
  });
  const slow = new SecondFactor<string>({
    kanda: new Kanda({
      url: 'http://kanda.test',
      apiKey: 'kan_unused',
      fetch: async (...call) => {
        const answer = await asked(...call);
        await turnedOff;
        return answer;
      },
    }),
    issuer: 'MyApp',
    user: () => ({ clientId: 'alice', label: 'a', signedInAt: clock, ...record }),
    session: () => ({ get: () => sessions.get('code'), set: (state) => void sessions.set('code', state) }),
    now: () => clock,
  });
  const challenge = slow.challenge('', { token: '222222', page: await pageOf('code') });
  clock += 1_000;
  await send('attacker', 'turnOff');
  clock += 1_000;
  release();
  expect((await challenge).status).toBe(200);
  record.twoFactor = 'on';
  expect(await entersAccount('code')).toBe(false);
});

// M1. Seen to fail when `withConfirmed` kept the page.
test('the page of an enrolment that was confirmed shows the secret no more', async () => {
  const page = await pageOf('owner');
  await send('owner', 'enrol', {}, page);
  expect((await send('owner', 'enrol', {}, page)).body, 'a second click').toMatchObject({
    authenticatorId: 'aut_1',
  });
  await send('owner', 'confirm', { token: '111111' });
  answerTo = () => problem(409, 'client_exists');
  expect((await send('owner', 'enrol', {}, page)).body).toEqual({ error: 'proof_needed' });
});

// M2. Seen to fail without `isOpen` in enrol, and the recovery code without its time.
test('where it is on, a session that has shown nothing begins no enrolment', async () => {
  record.twoFactor = 'on';
  expect(await send('password', 'enrol')).toEqual({ status: 409, body: { error: 'proof_needed' } });
  await send('paper', 'challenge', { recoveryCode: 'AAAA-BBBB' });
  clock += 901_000;
  expect((await send('paper', 'enrol')).body).toEqual({ error: 'proof_needed' });
  expect(calls).toEqual(['POST /api/totp/validate']);
  await send('paper', 'challenge', { recoveryCode: 'CCCC-DDDD' });
  expect((await send('paper', 'enrol')).status).toBe(200);
  for (const twoFactor of ['off', 'ending'] as const) {
    record.twoFactor = twoFactor;
    expect((await send(twoFactor, 'enrol')).status).toBe(200);
  }
});

// M5. Seen to fail when each `body_invalid` was not_a_code.
test('a body that Kanda refuses for something else than a code is reported', async () => {
  answerTo = () => problem(400, 'body_invalid');
  expect(await send('owner', 'enrol')).toEqual({ status: 500, body: { error: 'failed' } });
  expect(errors).toMatchObject([{ code: 'body_invalid' }]);
  for (const [form, fields] of [
    ['challenge', { recoveryCode: 'x' }],
    ['confirm', { token: '123456' }],
    ['enrol', { proof: { recoveryCode: 'x' } }],
  ] as const)
    expect((await send('owner', form, fields)).body).toEqual({ error: 'not_a_code' });
  expect(errors).toHaveLength(1);
});

// L2. Seen to fail when each `proof_invalid` was a wrong code.
test('a proof that is not looked at, for too many wrong codes, is locked', async () => {
  answerTo = () => problem(403, 'proof_invalid', { 'retry-after': '30' });
  expect(await send('owner', 'enrol', { proof: { token: '123456' } })).toEqual({
    status: 429,
    body: { error: 'locked', retryAfter: 30 },
  });
  answerTo = () => problem(403, 'proof_invalid');
  expect((await send('owner', 'enrol', { proof: { token: '123456' } })).body).toEqual({
    error: 'wrong_code',
  });
});

// Seen to fail when a method was taken as it came: `requireSecondFactor()` without `methods` let the session through.
test.each([
  ['token', 'hotp', 'hotp'],
  ['token', undefined, 'totp'],
  ['token', 'trusted_device', null],
  ['token', 'of a later version', null],
  ['recoveryCode', 'totp', 'recovery_code'],
])('a %s that was accepted as %s is %s', async (sent, method, shown) => {
  record.twoFactor = 'on';
  answerTo = () => [200, { valid: true, ...(method === undefined ? {} : { method }) }];
  const { status, body } = await send('one', 'challenge', { [sent]: '123456' });
  expect({ status, method: body.method ?? null }).toEqual({ status: shown ? 200 : 500, method: shown });
  expect(await factor.require('one')).toEqual(shown ? null : expect.objectContaining({ status: 403 }));
  sessions.set('two', { clientId: 'alice', at: clock, method: 'later' as never, pages: [], accepted: [] });
  expect((await factor.require('two'))?.status, 'as an earlier version kept it').toBe(403);
});

// Seen to fail when the eight that were accepted last were kept.
test('a form that comes again makes nothing younger, however many were accepted since', async () => {
  record.twoFactor = 'on';
  const page = await pageOf('one');
  await send('one', 'challenge', { token: '000000' }, page);
  for (let code = 1; code <= 12; code++) await send('one', 'challenge', { token: `${100_000 + code}` }, page);
  clock += 301_000;
  expect((await send('one', 'challenge', { token: '000000' }, page)).status).toBe(200);
  expect((await send('one', 'recoveryCodes')).body).toEqual({ error: 'second_factor_required' });
  clock += 3_300_000;
  await send('one', 'challenge', { token: '222222' });
  expect(sessions.get('one')?.accepted).toHaveLength(1);
});

// Seen to fail when each error of Kanda's was a 503: waiting helps no one.
test.each([
  [403, 'scope_missing', 500, 'failed'],
  [401, 'key_invalid', 500, 'failed'],
  [400, 'label_too_long', 500, 'failed'],
  [403, 'client_quota_exceeded', 500, 'failed'],
  [500, 'secret_unreadable', 500, 'failed'],
  [409, 'authenticator_quota_exceeded', 409, 'too_many_phones'],
  [409, 'authenticator_odds', 409, 'too_many_phones'],
  [429, 'rate_limited', 503, 'unavailable'],
  [503, 'stopping', 503, 'unavailable'],
  [507, 'disk_almost_full', 503, 'unavailable'],
])('%i %s of Kanda is %i %s of the application', async (status, code, answered, error) => {
  answerTo = () => problem(status, code);
  expect(await send('owner', 'enrol')).toEqual({ status: answered, body: { error } });
  expect(errors).toHaveLength(answered >= 500 ? 1 : 0);
});
