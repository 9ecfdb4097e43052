/** `POST /api/totp/import`, as `kanda import` and an application's own script call it. */
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import {
  codeAt,
  expectProblem,
  SECOND,
  startApp,
  type TestAccount,
  type TestApp,
} from '../support/start-app.ts';

const SECRET = 'GEZDGNBVGY3TQOJQGEZDGNBVGY3TQOJQ';
const OTHER = 'MFRGGZDFMZTWQ2LKMFRGGZDFMZTWQ2LK';
const record = (clientId: string, more: object = {}) => ({
  clientId,
  issuer: 'MyApp',
  secret: SECRET,
  ...more,
});

interface Result {
  readonly clientId: string | null;
  readonly result: string;
  readonly authenticatorId?: string;
  readonly detail?: string;
  readonly field?: string;
  readonly notes?: readonly string[];
}

let kanda: TestApp;
let account: TestAccount;

beforeAll(async () => {
  kanda = await startApp();
});
afterAll(() => kanda.close());

async function imported(records: readonly object[], more: object = {}): Promise<readonly Result[]> {
  const answer = await account.call('POST', '/api/totp/import', { records, ...more });
  expect(answer.statusCode, answer.body).toBe(200);
  return answer.json<{ results: Result[] }>().results;
}

async function validate(clientId: string, token: string): Promise<object> {
  return (await account.call('POST', '/api/totp/validate', { clientId, token })).json();
}

async function recover(clientId: string, recoveryCode: string): Promise<boolean> {
  const answer = await account.call('POST', '/api/totp/validate', { clientId, recoveryCode });
  return answer.json<{ valid: boolean }>().valid;
}

describe('an import', () => {
  beforeAll(async () => {
    account = await kanda.signUp();
  });

  test('is repeatable: the same records change nothing, and another secret is a conflict', async () => {
    const records = [record('ada'), record('bob', { digits: 8, period: 60, algorithm: 'SHA256' })];
    expect((await imported(records)).map(({ result }) => result)).toEqual(['enrolled', 'enrolled']);
    expect((await imported(records)).map(({ result }) => result)).toEqual(['unchanged', 'unchanged']);
    expect(await validate('ada', codeAt(SECRET, kanda.now()))).toEqual({ valid: true });

    const [conflict] = await imported([record('ada', { secret: OTHER })]);
    expect(conflict).toMatchObject({ result: 'conflict', detail: expect.stringContaining('"replace"') });
    expect((await imported([record('ada', { digits: 8 })]))[0]?.result).toBe('conflict');
    const [replaced] = await imported([record('ada', { secret: OTHER })], { onConflict: 'replace' });
    expect(replaced?.result).toBe('replaced');
    expect(await validate('ada', codeAt(OTHER, kanda.now()))).toEqual({ valid: true });
    expect(await validate('ada', codeAt(SECRET, kanda.now()))).toMatchObject({ valid: false });
  });

  test('keeps what was used: that code and all before it are refused, the next one is right', async () => {
    const step = Math.floor(kanda.now() / 30_000);
    await imported([record('used', { lastUsedStep: step })]);
    expect(await validate('used', codeAt(SECRET, kanda.now()))).toMatchObject({ reason: 'invalid_code' });
    expect(await validate('used', codeAt(SECRET, kanda.now() + 30 * SECOND))).toEqual({ valid: true });
    await imported([record('token', { type: 'hotp', counter: 7 })]);
    const { body } = await account.call('GET', '/api/totp/clients/token/authenticators');
    expect(JSON.parse(body).data).toMatchObject([{ type: 'hotp' }]);
  });

  test('says what would happen with dryRun, and does nothing', async () => {
    const records = [record('new'), record('ada', { secret: SECRET }), record('x/../y')];
    const planned = await imported(records, { dryRun: true });
    expect(planned.map(({ result }) => result)).toEqual(['enrolled', 'conflict', 'refused']);
    expect(planned[0]).not.toHaveProperty('authenticatorId');
    expectProblem(await account.call('GET', '/api/totp/clients/new'), 404, 'client_not_found');
  });

  test('refuses a record by itself, with the field and the reason', async () => {
    const late = Math.floor(kanda.now() / 30_000) + 100;
    const results = await imported([
      record('', {}),
      record('a\u001b[31m'),
      record('a', { issuer: '' }),
      record('b', { label: 'x:y' }),
      record('c', { secret: 'GEZDGNBVGY3TQOJQ' }),
      record('d', { secret: 'oops' }),
      record('e', { digits: 7 }),
      record('f', { period: 5 }),
      record('g', { lastUsedStep: late }),
      record('h', { confirmed: false }),
      record('i', { algorithm: 'MD5' }),
      record('fine', { label: 'Ünal' }),
    ]);
    expect(results.map(({ result, field }) => `${result} ${field ?? ''}`)).toEqual([
      'refused clientId',
      'refused clientId',
      'refused issuer',
      'refused label',
      'refused secret',
      'refused secret',
      'refused digits',
      'refused period',
      'refused lastUsedStep',
      'refused confirmed',
      'refused algorithm',
      'enrolled ',
    ]);
    expect(results.every(({ result, detail }) => result !== 'refused' || (detail ?? '').endsWith('.'))).toBe(
      true,
    );
    expect(
      (await imported([record('c', { secret: 'GEZDGNBVGY3TQOJQ' })], { allowShortSecrets: true }))[0]?.result,
    ).toBe('enrolled');
    expect((await account.call('GET', '/api/totp/clients/c')).json()).toMatchObject({ weakSecret: true });
  });

  test('takes recovery codes of any spelling along; each works once, in any case and with any hyphens', async () => {
    const recoveryCodes = ['aBcDe-FgHiJ', 'k7q2m9x4', '4KQ7-ZX0M-9TRB-2HWD', '12345678', 'aBcDe-FgHiJ'];
    const [result] = await imported([record('codes', { recoveryCodes })]);
    expect(result?.notes).toEqual([
      '2 of its recovery codes were left out: too short to be safe, given twice, or too many.',
    ]);
    expect(await recover('codes', 'wrong-codes')).toBe(false);
    expect(await recover('codes', 'abcdefghij')).toBe(true);
    expect(await recover('codes', 'aBcDe-FgHiJ')).toBe(false);
    expect(await recover('codes', 'K7Q2 M9X4')).toBe(true);
    expect(await recover('codes', '4kq7zxom9trb2hwd')).toBe(true);
    expect(await recover('codes', '12345678')).toBe(false);
    // Of another client they are worth nothing.
    await imported([record('other', { recoveryCodes: ['aBcDe-FgHiJ'] })]);
    expect(await recover('ada', 'aBcDe-FgHiJ')).toBe(false);
  });

  test('keeps further authenticators, names, drift, and who is disabled', async () => {
    const results = await imported([
      record('two', { name: 'Phone', driftSteps: 2 }),
      record('two', { secret: OTHER, additional: true, name: 'Tablet', driftSteps: 99 }),
      record('off', { disabled: true }),
    ]);
    expect(results.map(({ result }) => result)).toEqual(['enrolled', 'added', 'enrolled']);
    expect(results[1]?.notes).toEqual([
      'Its drift of 99 steps was left out: 10 are the most that is followed.',
    ]);
    const { body } = await account.call('GET', '/api/totp/clients/two/authenticators');
    expect(JSON.parse(body).data).toMatchObject([{ name: 'Phone' }, { name: 'Tablet' }]);
    expect(await validate('two', codeAt(OTHER, kanda.now()))).toEqual({ valid: true });
    expect(await validate('off', codeAt(SECRET, kanda.now()))).toMatchObject({ reason: 'disabled' });
    expect((await imported([record('two', { secret: OTHER, additional: true })]))[0]?.result).toBe(
      'unchanged',
    );
  });

  test('stops at the quota of clients, and says so for each record', async () => {
    const small = await startApp({ config: { quotaClients: 2 } });
    const owner = await small.signUp();
    const records = ['a', 'b', 'c'].map((name) => record(name));
    for (const dryRun of [true, false]) {
      const { results } = (await owner.call('POST', '/api/totp/import', { records, dryRun })).json<{
        results: Result[];
      }>();
      expect(results.map(({ result }) => result)).toEqual(['enrolled', 'enrolled', 'refused']);
    }
    await small.close();
  });

  test('register says of a user who is there whether the secret is the same', async () => {
    await imported([record('there')]);
    const body = { clientId: 'there', label: 'x', issuer: 'MyApp', qr: 'none' };
    const again = (more: object) => account.call('POST', '/api/totp/register', { ...body, ...more });
    expect((await again({ secret: SECRET.toLowerCase() })).json()).toMatchObject({
      code: 'client_exists',
      sameSecret: true,
    });
    expect((await again({ secret: SECRET, digits: 8 })).json()).toMatchObject({ sameSecret: false });
    expect((await again({ secret: OTHER })).json()).toMatchObject({ sameSecret: false });
    expect((await again({})).json()).not.toHaveProperty('sameSecret');
    const key = { headers: { 'idempotency-key': 'the same request' } };
    for (let times = 0; times < 2; times++) {
      const answer = await account.call('POST', '/api/totp/register', { ...body, secret: OTHER }, key);
      expect(answer.json()).toMatchObject({ code: 'client_exists', sameSecret: false });
    }
  });

  test('needs a scope of its own, and takes no more than 50 records', async () => {
    const key = await account.createKey({});
    expectProblem(
      await key.call('POST', '/api/totp/import', { records: [record('z')] }),
      403,
      'scope_missing',
    );
    const importer = await account.createKey({ scopes: ['totp:import'] });
    expect((await importer.call('POST', '/api/totp/import', { records: [record('z')] })).statusCode).toBe(
      200,
    );
    const many = Array.from({ length: 51 }, (_, index) => record(`n${index}`));
    expectProblem(await account.call('POST', '/api/totp/import', { records: many }), 400, 'body_invalid');
  });

  test('leaves events: one for each client, and no secret in any of them', async () => {
    const owner = await kanda.signUp();
    await owner.call('POST', '/api/totp/import', {
      records: [record('a', { recoveryCodes: ['abcdefgh-ij'] }), record('b')],
    });
    const { body } = await owner.call('GET', '/api/logs');
    const events = JSON.parse(body).data.map(
      ({ event, clientId }: { event: string; clientId: string }) => `${event} ${clientId}`,
    );
    expect(events.filter((event: string) => event.startsWith('client.')).sort()).toEqual([
      'client.recovery_codes_created a',
      'client.registered a',
      'client.registered b',
    ]);
    expect(body).not.toContain(SECRET);
  });
});
