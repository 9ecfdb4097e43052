/** The verifier of docs/guides/approve-a-payout.md, run as it is, beside a real server. */
import { readFileSync, symlinkSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { fileURLToPath, pathToFileURL } from 'node:url';
import { afterAll, beforeAll, expect, test } from 'vitest';
import { fencedBlocks } from '../../tools/markdown.ts';
import { Caller, codeOf, openAccount } from '../support/caller.ts';
import { fillIn, SHOWN_URL } from '../support/document-session.ts';
import { endAll, KandaProcess, temporaryFolder } from '../support/kanda-process.ts';

const ROOT = fileURLToPath(new URL('../..', import.meta.url));
const AUDIENCE = 'https://payouts.example.com';
const ACTION = { type: 'payout', reference: 'payout-8731' };

let readReceipt: (receipt: string, accountId: string) => Promise<unknown>;
let caller: Caller;
let userId: string;

beforeAll(async () => {
  const server = await KandaProcess.start();
  const access = await openAccount(server.url);
  caller = new Caller(server.url).withBearer(access.token);
  userId = (await caller.get('/api/auth/me')).json.userId;
  const markdown = readFileSync(join(ROOT, 'docs/guides/approve-a-payout.md'), 'utf8');
  const [program] = fencedBlocks(markdown).filter(({ language }) => language === 'js');
  const folder = temporaryFolder();
  symlinkSync(join(ROOT, 'node_modules'), join(folder, 'node_modules'));
  const file = join(folder, 'read-receipt.mjs');
  writeFileSync(file, fillIn(program?.text ?? '', new Map([[SHOWN_URL, server.url]])));
  ({ readReceipt } = await import(pathToFileURL(file).href));
});
afterAll(endAll);

async function receiptFor(clientId: string, audience: string): Promise<string> {
  const client = await caller.enrol(clientId);
  const body = { clientId, token: codeOf(client), action: ACTION, audience };
  return (await caller.post('/api/totp/validate', body)).json.receipt;
}

test('reads what was approved, and takes no receipt for another audience or of another account', async () => {
  const receipt = await receiptFor('alice', AUDIENCE);
  expect(await readReceipt(receipt, userId)).toMatchObject({ sub: 'alice', action: ACTION, method: 'totp' });
  await expect(readReceipt(receipt, 'acc_other')).rejects.toThrow(/"iss"/);
  await expect(readReceipt(await receiptFor('bob', 'refunds'), userId)).rejects.toThrow(/"aud"/);
});

test('a key that may redeem and do nothing else takes it, once', async () => {
  const receipt = await receiptFor('carol', AUDIENCE);
  const key = await caller.post('/api/keys', { name: 'payouts', scopes: ['receipts:redeem'] });
  const payouts = caller.withBearer(key.json.apiKey);
  const redeem = () => payouts.post('/api/receipts/redeem', { receipt, audience: AUDIENCE });
  expect(await redeem()).toMatchObject({ status: 200, json: { redeemed: true, action: ACTION } });
  expect(await redeem()).toMatchObject({ status: 409, json: { code: 'receipt_redeemed' } });
});
