/**
 * Keys that turn by time: every receipt of the old one is good for as long as it lives, and so is a kept answer. When a key
 * is revoked, the answer that is kept has a receipt of the new one.
 *
 * Seen to fail without a key in place of the revoked one (domain/receipts/receipts.ts): the answer had no receipt.
 */
import { randomBytes } from 'node:crypto';
import { dirname, join } from 'node:path';
import { decodeProtectedHeader } from 'jose';
import { beforeAll, beforeEach, expect, test } from 'vitest';
import { keyringOf } from '../../../src/compose/master-keys.ts';
import { readMasterKeyFile } from '../../../src/crypto/master-key-file.ts';
import { nextReceiptKey } from '../../../src/crypto/server-keys.ts';
import { CLI_ORIGIN } from '../../../src/domain/log/events.ts';
import { PUBLISHED_AFTER_MS, PUBLISHED_BEFORE_MS } from '../../../src/domain/receipts/signing-keys.ts';
import { codeAt, MINUTE, SECOND, START, startAppWithAccount } from '../support/start-app.ts';
import { ACTION, approve, partOf, redeem } from './receipted.ts';

const { kanda, account } = await startAppWithAccount();
let call: typeof account.call;
beforeAll(async () => {
  const key = await account.createKey({ scopes: ['totp:write', 'totp:validate', 'receipts:redeem'] });
  call = key.call;
});
beforeEach(() => kanda.setClock(START));

const kids = async () =>
  (await kanda.call('GET', '/.well-known/jwks.json'))
    .json<{ keys: { kid: string }[] }>()
    .keys.map(({ kid }) => kid);

/** Makes a key that signs `afterMs` from now. */
const rotate = (afterMs: number, revoke = false) => {
  const keyring = keyringOf(readMasterKeyFile(join(dirname(kanda.databaseFile), 'master.key')));
  return kanda.installation.store.rotateSigningKey(
    (present) => ({
      fresh: nextReceiptKey(keyring, randomBytes, present, kanda.now() + afterMs),
      removed: revoke ? present.map(({ name }) => name) : [],
    }),
    { at: kanda.now(), origin: CLI_ORIGIN },
  );
};

test('a key signs ten minutes after it was made, and the one before it goes an hour later', async () => {
  const [old] = await kids();
  await rotate(PUBLISHED_BEFORE_MS);
  kanda.advance(SECOND);
  const [stays, fresh] = await kids();
  expect(stays).toBe(old);
  const { clientId, secret } = await account.enrol('keeper');
  kanda.setClock(START + PUBLISHED_BEFORE_MS - SECOND);
  const send = () => {
    const body = { clientId, token: codeAt(secret, START + PUBLISHED_BEFORE_MS - SECOND), action: ACTION };
    return call('POST', '/api/totp/validate', body, { headers: { 'idempotency-key': 'turning' } });
  };
  const last = await send();
  const { receipt } = last.json<{ receipt: string }>();
  expect(decodeProtectedHeader(receipt).kid).toBe(old);
  kanda.advance(SECOND);
  expect(decodeProtectedHeader((await approve(kanda, account)).receipt).kid).toBe(fresh);
  kanda.advance(9 * MINUTE);
  expect((await send()).body).toBe(last.body);
  kanda.setClock(START + PUBLISHED_BEFORE_MS + MINUTE);
  expect((await redeem(call, receipt)).statusCode).toBe(200);
  kanda.setClock(START + PUBLISHED_BEFORE_MS + PUBLISHED_AFTER_MS - 1);
  expect(await kids()).toEqual([old, fresh]);
  kanda.advance(1);
  expect(await kids()).toEqual([fresh]);
});

test('a kept answer has the same receipt when its key was revoked, signed by the new one, and it is taken once', async () => {
  const { clientId, secret } = await account.enrol('revoked');
  const body = { clientId, token: codeAt(secret, kanda.now()), action: ACTION };
  const send = async () =>
    (await call('POST', '/api/totp/validate', body, { headers: { 'idempotency-key': 'revoked' } })).json<{
      receipt: string;
    }>().receipt;
  const before = await send();
  await rotate(0, true);
  kanda.advance(SECOND);
  const [fresh] = await kids();
  const after = await send();
  expect(decodeProtectedHeader(after).kid).toBe(fresh);
  expect(decodeProtectedHeader(before).kid).not.toBe(fresh);
  expect(partOf(after, 1)).toEqual(partOf(before, 1));
  expect((await redeem(call, before)).json()).toMatchObject({ code: 'receipt_unknown' });
  expect((await redeem(call, after)).statusCode).toBe(200);
  expect((await redeem(call, after)).json()).toMatchObject({ code: 'receipt_redeemed' });
});
