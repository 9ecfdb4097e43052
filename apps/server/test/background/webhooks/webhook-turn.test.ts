/**
 * What a window keeps of what was sent: on a store, to receivers.
 *
 * Seen to fail: with what was taken remembered for any version, the new URL got the first event alone; with a rejection
 * thrown at once, four messages were sent behind the turn that had ended, and nothing was kept.
 */
import { afterEach, beforeEach, expect, test } from 'vitest';
import { WebhookAddresses } from '../../../src/background/webhooks/addresses.ts';
import { Pace } from '../../../src/background/webhooks/pace.ts';
import { WebhookPost } from '../../../src/background/webhooks/post.ts';
import { noWebhookFigures } from '../../../src/background/webhooks/webhook-runner.ts';
import {
  sendWindow,
  type TurnMemory,
  type WebhookTurnParts,
} from '../../../src/background/webhooks/webhook-turn.ts';
import { digest } from '../../../src/compose/installation.ts';
import type { Account } from '../../../src/domain/accounts/account.ts';
import { Workbench } from '../../store/contract/workbench.ts';
import { SqliteDatabase } from '../../store/sqlite/sqlite-database.ts';
import { newWebhook, plainReceiver } from './plain-receiver.ts';

const ID = 'aaaaaaaaaaaaaaaa';

let bench: Workbench;
let account: Account;
let sender: WebhookPost;
const open: (() => unknown)[] = [];

beforeEach(async () => {
  bench = await Workbench.open(async () => new SqliteDatabase());
  account = await bench.createAccount();
  sender = new WebhookPost({ addresses: new WebhookAddresses(['127.0.0.1']) });
});
afterEach(async () => {
  sender.close();
  for (const end of open.splice(0)) await end();
  await bench.close();
});

async function receiver(statusOf: (sequence: number) => number | Promise<number>) {
  const made = await plainReceiver(statusOf);
  open.push(made.stop);
  return made;
}

const partsWith = (more: Partial<WebhookTurnParts> = {}): WebhookTurnParts => ({
  store: bench.store,
  sender,
  digest,
  clock: () => bench.now,
  figures: noWebhookFigures(),
  random: () => 0.5,
  pace: new Pace(),
  mayGoOn: async () => true,
  ending: new AbortController().signal,
  ...more,
});
const send = (known: TurnMemory, more: Partial<WebhookTurnParts> = {}) =>
  sendWindow(partsWith(more), { accountId: account.id, id: ID }, known, () => false);
const nothingKnown = (): TurnMemory => ({ taken: new Set(), version: 0, waitingSince: null });
const deliveredTo = async () => (await bench.store.listWebhooks(account.id))[0]?.deliveredTo;

test('a new URL gets every event from the one that the old URL did not take', async () => {
  const old = await receiver((sequence) => (sequence === 3 ? 500 : 204));
  const next = await receiver(() => 204);
  await bench.store.createWebhook(newWebhook(account, ID, old.url), bench.change());
  for (const name of ['ada', 'bob', 'eve']) await bench.enrol(account, name);
  const known = nothingKnown();
  // The others were under way when the first one failed.
  await send(known);
  expect(await deliveredTo()).toBe(2);
  expect(known.taken.size).toBeGreaterThan(0);
  await bench.store.changeWebhook(account.id, ID, { url: next.url, events: null }, bench.change());
  await send(known);
  expect(next.taken.toSorted((a, b) => a - b)).toEqual([3, 4, 5, 6]);
});

test('when no one can say who has the work, nothing more is sent, and what was taken is kept', async () => {
  const answered = Promise.withResolvers<number>();
  // The first one is answered last.
  const there = await receiver((sequence) => (sequence === 3 ? answered.promise : 204));
  await bench.store.createWebhook(newWebhook(account, ID, there.url), bench.change());
  for (let number = 0; number < 20; number++) await bench.enrol(account, `user-${number}`);
  let asked = 0;
  const mayGoOn = async () => {
    // Once for the window, and for each of the first twelve messages.
    if (++asked <= 13) return true;
    answered.resolve(204);
    throw new Error('the database is away');
  };
  await send(nothingKnown(), { mayGoOn });
  const sent = there.taken.length;
  expect(await deliveredTo()).toBe(2 + sent);
  expect(sent).toBe(12);
});
