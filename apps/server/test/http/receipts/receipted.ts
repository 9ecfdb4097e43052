/** What the tests of receipts do. */
import { expect } from 'vitest';
import { type Call, codeAt, MINUTE, type TestAccount, type TestApp } from '../support/start-app.ts';

export const ACTION = { type: 'payout', reference: 'payout-8731' };

export interface Approved {
  readonly clientId: string;
  readonly receipt: string;
}

let clients = 0;

/** A fresh user's code for an action, accepted. */
export async function approve(kanda: TestApp, account: TestAccount, more: object = {}): Promise<Approved> {
  const { clientId, secret } = await account.enrol(`payer-${clients++}`);
  const token = codeAt(secret, kanda.now());
  const answer = await account.call('POST', '/api/totp/validate', {
    clientId,
    token,
    action: ACTION,
    ...more,
  });
  expect(answer.statusCode, answer.body).toBe(200);
  return { clientId, receipt: answer.json<{ receipt: string }>().receipt };
}

export const redeem = (call: Call, receipt: string, more: object = {}) =>
  call('POST', '/api/receipts/redeem', { receipt, ...more });

/** A part of a compact JWS, read. */
export function partOf(receipt: string, place: 0 | 1): Record<string, unknown> {
  return JSON.parse(Buffer.from(receipt.split('.')[place] ?? '', 'base64url').toString());
}

export { MINUTE };
