/**
 * Many webhooks at once, and the end of the work for them: on a store, to receivers.
 *
 * Seen to fail: without the limit for an account, the receivers that keep silent had all places, and the other account
 * got nothing while they did; without a bound the stop never ended.
 */
import { afterEach, beforeEach, expect, test, vi } from 'vitest';
import { SOON } from '../../../../../test/support/patience.ts';
import { WebhookAddresses } from '../../../src/background/webhooks/addresses.ts';
import { WebhookPost } from '../../../src/background/webhooks/post.ts';
import { noWebhookFigures, WebhookRunner } from '../../../src/background/webhooks/webhook-runner.ts';
import { digest } from '../../../src/compose/installation.ts';
import type { WebhookSender } from '../../../src/domain/webhooks/ports.ts';
import { Workbench } from '../../store/contract/workbench.ts';
import { SqliteDatabase } from '../../store/sqlite/sqlite-database.ts';
import { newWebhook, plainReceiver } from './plain-receiver.ts';

const ID = 'aaaaaaaaaaaaaaaa';

let bench: Workbench;
const logged: string[] = [];
const open: (() => unknown)[] = [];

beforeEach(async () => {
  logged.length = 0;
  bench = await Workbench.open(async () => new SqliteDatabase());
});
afterEach(async () => {
  for (const end of open.splice(0).reverse()) await end();
  await bench.close();
});

function postFromHere(): WebhookPost {
  const post = new WebhookPost({
    addresses: new WebhookAddresses(['127.0.0.1']),
    // The silent ones keep their places for as long as the test is there.
    answerWithinMs: 600_000,
  });
  open.push(() => post.close());
  return post;
}

function runnerWith(sender: WebhookSender): WebhookRunner {
  const runner = new WebhookRunner({
    store: bench.store,
    sender,
    digest,
    clock: () => bench.now,
    log: { info: () => {}, error: (_, message) => logged.push(message) },
    figures: noWebhookFigures(),
    finishWithinMs: 200,
  });
  open.push(() => runner.stop());
  return runner;
}

async function receiver(statusOf: (sequence: number) => number | Promise<number>) {
  const made = await plainReceiver(statusOf);
  open.push(made.stop);
  return made;
}

test('receivers that keep silent do not keep the events of other accounts', async () => {
  let asked = 0;
  const silent = await receiver(() => {
    asked++;
    return new Promise<number>(() => {});
  });
  for (const name of ['one', 'two', 'three', 'four']) {
    const account = await bench.createAccount(name);
    for (let number = 0; number < 10; number++) {
      const id = `${name}${number}`.padEnd(16, 'a');
      await bench.store.createWebhook(newWebhook(account, id, silent.url), bench.change());
    }
    await bench.enrol(account, 'a-user');
  }
  const victim = await bench.createAccount('victim');
  const there = await receiver(() => 204);
  runnerWith(postFromHere()).start();
  await vi.waitFor(() => expect(asked).toBeGreaterThanOrEqual(16), SOON);
  await bench.store.createWebhook(newWebhook(victim, ID, there.url), bench.change());
  await bench.enrol(victim, 'another-user');
  await vi.waitFor(() => expect(there.taken).toHaveLength(1), SOON);
});

test('a stop ends, whatever does not', async () => {
  const account = await bench.createAccount();
  await bench.store.createWebhook(newWebhook(account, ID, 'https://192.0.2.1/'), bench.change());
  await bench.enrol(account, 'a-user');
  const sent = Promise.withResolvers<void>();
  const runner = runnerWith({
    accept: (url) => url,
    post: () => {
      sent.resolve();
      return new Promise(() => {});
    },
  });
  runner.start();
  await sent.promise;
  await runner.stop();
  expect(logged).toEqual(['The work for webhooks did not end; what was sent last may be sent again']);
});
