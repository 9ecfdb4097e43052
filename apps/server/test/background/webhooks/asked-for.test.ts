/**
 * What is sent because a call asks for it.
 *
 * Seen to fail: without the signal of the place, the message whose place went to another account was waited for until its
 * own end; without the refusal, an event of a later version was sent with the type `unknown`.
 */
import { afterEach, beforeEach, expect, test } from 'vitest';
import { WebhookAddresses } from '../../../src/background/webhooks/addresses.ts';
import { WebhookPost } from '../../../src/background/webhooks/post.ts';
import { digest } from '../../../src/compose/installation.ts';
import type { Account } from '../../../src/domain/accounts/account.ts';
import { AccountQuotas } from '../../../src/domain/limits/account-quotas.ts';
import { Webhooks } from '../../../src/domain/webhooks/webhooks.ts';
import { expectFault, Workbench } from '../../store/contract/workbench.ts';
import { SqliteDatabase } from '../../store/sqlite/sqlite-database.ts';
import { newWebhook, plainReceiver } from './plain-receiver.ts';

const ID = 'aaaaaaaaaaaaaaaa';
const NO_QUOTAS = { clients: null, keys: null, events: null, storage: null };

let bench: Workbench;
let account: Account;
let webhooks: Webhooks;
let receiver: Awaited<ReturnType<typeof plainReceiver>>;
let sender: WebhookPost;
let asked = Promise.withResolvers<void>();
let answered = Promise.withResolvers<number>();

beforeEach(async () => {
  asked = Promise.withResolvers();
  answered = Promise.withResolvers();
  bench = await Workbench.open(async () => new SqliteDatabase());
  account = await bench.createAccount();
  sender = new WebhookPost({ addresses: new WebhookAddresses(['127.0.0.1']) });
  receiver = await plainReceiver(() => {
    asked.resolve();
    return answered.promise;
  });
  const { store } = bench;
  webhooks = new Webhooks({
    store,
    sender,
    quotas: new AccountQuotas(NO_QUOTAS, store),
    randomBytes: (length) => new Uint8Array(length),
    digest,
    clock: () => bench.now,
  });
  await store.createWebhook(newWebhook(account, ID, receiver.url), bench.change());
});
afterEach(async () => {
  sender.close();
  await receiver.stop();
  await bench.close();
});

test('a message is cut off when its place goes to another account', async () => {
  const place = new AbortController();
  const attempt = webhooks.test(account, ID, place.signal);
  await asked.promise;
  place.abort();
  // Taken, if it was not cut off.
  setTimeout(() => answered.resolve(204), 500);
  expect(await attempt).toMatchObject({ kind: 'test', status: null, error: 'no answer in time' });
});

test('an event of a later version is not sent once more', async () => {
  await bench.enrol(account, 'ada');
  await bench.database.sql(`update event set type = 9999 where account_id = ${account.id} and id = 3`);
  const event = await bench.store.findEvent(account.id, 3);
  if (event === null) throw new Error('there is no such event');
  answered.resolve(204);
  await expectFault(webhooks.resend(account, ID, event), 'event_not_found');
  expect(receiver.taken).toEqual([]);
});
