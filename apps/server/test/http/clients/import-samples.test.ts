/**
 * Fifty users each of privacyIDEA, django-otp, devise-two-factor, better-auth and Keycloak, as these programs exported
 * them (packages/formats/samples): imported, every phone's next code is accepted, every used one that the program knew
 * of is refused, and every recovery code is good once.
 *
 * Seen to fail: with the watermark of an imported secret left at -1, and with the counter of privacyIDEA read as the step
 * after the last one.
 */
import { readFileSync } from 'node:fs';
import { type OtpRecord, parseFile, writeKanda } from '@kanda/formats';
import { createHotpKey, formatCode, hotp } from '@kanda/otp';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { startApp, type TestAccount, type TestApp } from '../support/start-app.ts';

const FOLDER = new URL('../../../../../packages/formats/samples/', import.meta.url);

interface Told {
  readonly at: number;
  readonly users: Record<
    string,
    { readonly used: { readonly step?: number; readonly code: string } | null; readonly spent?: string }
  >;
}

interface Product {
  readonly file: string;
  readonly users: number;
  /** Whether the program keeps which code was used. */
  readonly knowsUsed: boolean;
}

const PRODUCTS: readonly Product[] = [
  { file: 'privacyidea.yaml', users: 50, knowsUsed: true },
  { file: 'django-otp.json', users: 46, knowsUsed: true },
  { file: 'devise.json', users: 46, knowsUsed: true },
  { file: 'better-auth.json', users: 46, knowsUsed: false },
  { file: 'keycloak.json', users: 50, knowsUsed: false },
];

let kanda: TestApp;
beforeAll(async () => {
  kanda = await startApp();
});
afterAll(() => kanda.close());

describe.each(PRODUCTS)('$file', ({ file, users, knowsUsed }) => {
  let account: TestAccount;
  let records: readonly OtpRecord[];
  const { at, users: known }: Told = JSON.parse(
    readFileSync(new URL(file.replace(/\.\w+$/, '.used.json'), FOLDER), 'utf8'),
  );

  async function isValid(clientId: string, typed: object): Promise<boolean> {
    const answer = await account.call('POST', '/api/totp/validate', { clientId, ...typed });
    expect(answer.statusCode, answer.body).toBe(200);
    return answer.json<{ valid: boolean }>().valid;
  }

  /** The code that the phone shows `steps` steps from now, with its clock's drift if that is known. */
  function codeOf(
    { secret, algorithm, digits, type, period, counter, driftSteps = 0 }: OtpRecord,
    steps: number,
  ): string {
    const factor =
      type === 'hotp'
        ? (counter ?? 0)
        : Math.floor(kanda.now() / 1_000 / period) + steps + Math.min(driftSteps, 1);
    return formatCode(hotp(createHotpKey(secret, algorithm), factor, digits), digits);
  }

  beforeAll(async () => {
    // A minute later: what was used then is within no window but that of a phone that is ahead.
    kanda.setClock((at + 15) * 1_000);
    account = await kanda.signUp();
    await account.call('PUT', '/api/policy', { skew: 2, followDrift: true });
    const parsed = await parseFile(readFileSync(new URL(file, FOLDER)), 'auto');
    records = parsed.records.map(({ record }) => ({ ...record, issuer: record.issuer || 'Example' }));
    expect(records).toHaveLength(users);
  });

  test('is imported whole, and the second time nothing changes', async () => {
    for (const expected of ['enrolled', 'unchanged']) {
      const lines = records.map((record) => JSON.parse(writeKanda(record)));
      const body = { records: lines, allowShortSecrets: true };
      const answer = await account.call('POST', '/api/totp/import', body);
      expect(answer.statusCode, answer.body).toBe(200);
      const { results } = answer.json<{ results: { result: string }[] }>();
      expect(results.filter(({ result }) => result !== expected)).toEqual([]);
    }
  });

  test('used codes are refused, as far as the program knows them', async () => {
    let refused = 0;
    for (const { clientId = '', type, disabled } of records) {
      const used = known[clientId]?.used;
      if (used === null || used === undefined || disabled || (!knowsUsed && type === 'totp')) continue;
      expect(await isValid(clientId, { token: used.code }), clientId).toBe(false);
      refused++;
    }
    expect(refused).toBeGreaterThanOrEqual(knowsUsed ? 20 : 0);
  });

  test("every phone's next code is accepted, and once", async () => {
    let accepted = 0;
    kanda.advance(150_000);
    for (const record of records) {
      const { clientId = '', disabled } = record;
      const token = codeOf(record, 0);
      expect(await isValid(clientId, { token }), clientId).toBe(disabled !== true);
      expect(await isValid(clientId, { token }), clientId).toBe(false);
      if (disabled !== true) accepted++;
    }
    expect(accepted).toBeGreaterThan(users - 5);
  });

  test('every recovery code is good once, and what was spent is not', async () => {
    for (const { clientId = '', recoveryCodes = [] } of records) {
      const spent = known[clientId]?.spent;
      if (spent !== undefined) expect(await isValid(clientId, { recoveryCode: spent }), clientId).toBe(false);
      for (const recoveryCode of recoveryCodes) {
        expect(await isValid(clientId, { recoveryCode }), clientId).toBe(true);
        expect(await isValid(clientId, { recoveryCode }), clientId).toBe(false);
      }
    }
  });
});
