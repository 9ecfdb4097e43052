import { randomBytes } from 'node:crypto';
import { describe, expect, it } from 'vitest';
import type { Account } from '../../../src/domain/accounts/account.ts';
import type { Change } from '../../../src/domain/change.ts';
import { Secret } from '../../../src/domain/secret.ts';
import { TEST_ID } from '../../../src/domain/test-mode/test-halves.ts';
import type { Attempt, Settlement, WebhookWork } from '../../../src/domain/webhooks/ports.ts';
import { KEPT_DELIVERIES, MAX_WEBHOOKS } from '../../../src/domain/webhooks/webhook.ts';
import { DAY_MS, expectFault, type MakeDatabase, ORIGIN, START, useWorkbench } from './workbench.ts';

const ID = 'aaaaaaaaaaaaaaaa';
const URL = 'https://app.example.com/kanda';

/*
 * What makes these hold: how far a webhook is moves on only from where it was read, by the leading node, and over events
 * that the log still has.
 *
 * Seen to fail: without the look at the mark, the event that got the number of a lost one was never sent; without the
 * version in the condition, a message that the old URL had taken counted for the new one.
 */
export function describeWebhooks(makeDatabase: MakeDatabase): void {
  describe('webhooks', () => {
    const bench = useWorkbench(makeDatabase);
    const secretOf = () => new Secret<Uint8Array>(randomBytes(32));

    const create = (
      account: Pick<Account, 'id'>,
      id = ID,
      more: object = {},
      made: Change = bench().change(),
    ) =>
      bench().store.createWebhook(
        { accountId: account.id, id, url: URL, events: null, secret: secretOf(), ...more },
        made,
      );
    const workOf = async (account: Pick<Account, 'id'>, id = ID, limit = 100): Promise<WebhookWork> => {
      const work = await bench().store.webhookWork(account.id, id, limit, bench().now);
      if (work === null) throw new Error('nothing is sent to it');
      return work;
    };
    const attempt = (sequence: number, more: Partial<Attempt> = {}): Attempt => ({
      kind: 'event',
      sequence,
      type: 'client.registered',
      at: START,
      durationMs: 5,
      status: 204,
      error: null,
      ...more,
    });
    const taken = (work: WebhookWork, more: Partial<Settlement> = {}): Settlement => ({
      version: work.version,
      from: work.deliveredTo,
      deliveredTo: work.reached?.id ?? work.deliveredTo,
      mark: work.reached,
      failures: 0,
      failingSince: null,
      retryAt: 0,
      attempts: work.events.map(({ id }) => attempt(id)),
      ...more,
    });
    const failed = (work: WebhookWork): Settlement =>
      taken(work, {
        deliveredTo: work.deliveredTo,
        mark: null,
        failures: 1,
        failingSince: bench().now,
        retryAt: bench().now + 5_000,
        attempts: [attempt(1, { status: 500, error: 'answered 500' })],
      });

    it('begin after the event that tells of them, and go on from what was taken', async () => {
      const account = await bench().createAccount();
      await bench().enrol(account, 'before');
      const made = await create(account);
      expect(made).toMatchObject({ id: ID, url: URL, off: null, behind: 0, failures: 0, deliveredTo: 3 });
      await bench().enrol(account, 'ada');
      await bench().enrol(account, 'bob');
      const work = await workOf(account);
      expect(work.events.map(({ id, clientId }) => [id, clientId])).toEqual([
        [4, 'ada'],
        [5, 'bob'],
      ]);
      expect(await bench().store.settleWebhook(account.id, ID, taken(work))).toBe(true);
      const after = await workOf(account);
      expect(after).toMatchObject({ deliveredTo: 5, events: [], more: false });
      // What was read before cannot take it back.
      expect(await bench().store.settleWebhook(account.id, ID, taken(work))).toBe(false);
      await bench().reopen();
      expect(await workOf(account)).toMatchObject({ deliveredTo: 5, events: [] });
    });

    it('have only what they ask for, and go on over the rest', async () => {
      const account = await bench().createAccount();
      await create(account, ID, { events: ['client.deleted'] });
      for (const name of ['ada', 'bob']) await bench().enrol(account, name);
      await bench().store.deleteClient(account.id, 'ada', bench().change());
      await bench().enrol(account, 'eve');
      const work = await workOf(account);
      expect(work.events.map(({ event, clientId }) => [event, clientId])).toEqual([
        ['client.deleted', 'ada'],
      ]);
      expect(work.reached?.id).toBe(6);
      expect(await bench().store.settleWebhook(account.id, ID, taken(work))).toBe(true);
      expect(await workOf(account)).toMatchObject({ deliveredTo: 6, events: [] });
    });

    it('wait at an event of a later version, also when they ask for such events alone', async () => {
      const account = await bench().createAccount();
      await create(account);
      for (const name of ['ada', 'bob', 'eve']) await bench().enrol(account, name);
      // As a newer node on the same store would have written both.
      await bench().database.sql(
        `update webhook set events = '["client.of_later_version"]' where account_id = ${account.id}`,
      );
      await bench().database.sql(`update event set type = 9999 where account_id = ${account.id} and id = 4`);
      expect(await workOf(account)).toMatchObject({ events: [], reached: { id: 3 }, more: false });
    });

    it('are not moved over what the log does not have any more as it was read: after a failover that lost commits', async () => {
      const account = await bench().createAccount();
      await create(account);
      await bench().enrol(account, 'lost');
      const work = await workOf(account);
      const { mark } = taken(work);
      if (mark === null) throw new Error('nothing was read');
      const other = { ...taken(work), mark: { ...mark, at: mark.at - 1 } };
      expect(await bench().store.settleWebhook(account.id, ID, other)).toBe(false);
      expect(await workOf(account)).toMatchObject({ deliveredTo: 2 });
      expect(await bench().store.settleWebhook(account.id, ID, taken(work))).toBe(true);
    });

    it('are not moved by what was sent before a change', async () => {
      const account = await bench().createAccount();
      await create(account);
      await bench().enrol(account, 'ada');
      const work = await workOf(account);
      await bench().store.settleWebhook(account.id, ID, failed(work));
      const url = 'https://other.example.com/';
      const changed = await bench().store.changeWebhook(account.id, ID, { url }, bench().change());
      expect(changed).toMatchObject({ url, failures: 0, failingSince: null, retryAt: 0 });
      expect(await bench().store.settleWebhook(account.id, ID, taken(work))).toBe(false);
      expect((await workOf(account)).target.url).toBe(url);
    });

    it('keep the newest attempts, and numbers that count on', async () => {
      const account = await bench().createAccount();
      await create(account);
      await bench().enrol(account, 'ada');
      const many = Array.from({ length: KEPT_DELIVERIES }, (_, index) => attempt(index + 1));
      const settlement = taken(await workOf(account), { attempts: many });
      await bench().store.settleWebhook(account.id, ID, settlement);
      const resent = attempt(1, { kind: 'resend', status: null, error: 'no answer in time' });
      const kept = await bench().store.keepDelivery(account.id, ID, resent, bench().change());
      expect(kept).toEqual({ ...resent, number: KEPT_DELIVERIES + 1 });
      const first = await bench().store.listDeliveries(account.id, ID, { cursor: null, limit: 150 });
      expect(first.data[0]).toEqual(kept);
      const rest = await bench().store.listDeliveries(account.id, ID, {
        cursor: first.nextCursor,
        limit: 150,
      });
      expect(rest.data.at(-1)?.number).toBe(2);
      expect(rest.nextCursor).toBeNull();
    });

    it('are switched off with an event, and wait for nothing then', async () => {
      const account = await bench().createAccount();
      await create(account);
      await bench().enrol(account, 'ada');
      const work = await workOf(account);
      const { store } = bench();
      expect(await waiting()).toEqual([ID]);
      expect(await store.switchOffWebhook(account.id, ID, 'failing', failed(work), bench().change())).toBe(
        true,
      );
      expect(await store.webhookWork(account.id, ID, 100, bench().now)).toBeNull();
      expect(await waiting()).toEqual([]);
      expect((await bench().events(account))[0]).toMatchObject({
        event: 'webhook.switched_off',
        reason: `whk_${ID}`,
      });
      const on = await store.changeWebhook(account.id, ID, { enabled: true }, bench().change());
      expect(on).toMatchObject({ off: null, failures: 0, deliveredTo: 2 });
      expect((await workOf(account)).events.map(({ id }) => id)).toEqual([3, 4, 5]);
    });

    const waiting = async () => (await bench().store.waitingWebhooks(0, 1_000)).waiting.map(({ id }) => id);

    it('have two secrets for a day, and each opens for them alone', async () => {
      const account = await bench().createAccount();
      const [first, second, third] = [secretOf(), secretOf(), secretOf()];
      await create(account, ID, { secret: first });
      await bench().enrol(account, 'ada');
      const secrets = async () => (await workOf(account)).target.secrets.map((secret) => hex(secret));
      expect(await secrets()).toEqual([hex(first)]);
      const turn = (secret: Secret<Uint8Array>) =>
        bench().store.rotateWebhookSecret(account.id, ID, secret, bench().change());
      expect(await turn(second)).toMatchObject({ previousSecretUntil: bench().now + DAY_MS });
      expect(await secrets()).toEqual([hex(second), hex(first)]);
      await turn(third);
      expect(await secrets()).toEqual([hex(third), hex(second)]);
      bench().now += DAY_MS - 1;
      expect(await secrets()).toEqual([hex(third), hex(second)]);
      bench().now += 1;
      expect(await secrets()).toEqual([hex(third)]);
    });

    it('of a test half have its clock, and end with their account', async () => {
      const live = await bench().createAccount();
      const half = await bench().store.createTestHalf({
        liveId: live.id,
        publicId: `${TEST_ID}half`,
        at: bench().now,
        origin: ORIGIN,
      });
      const made = { ...bench().change(), offsetMs: 0 };
      const offsetMs = await bench().store.advanceTestClock(half.id, DAY_MS, made);
      await create(half, ID, {}, made);
      await create(live, 'bbbbbbbbbbbbbbbb');
      const [secret] = [secretOf()];
      await bench().store.rotateWebhookSecret(half.id, ID, secret, made);
      expect(await workOf(half)).toMatchObject({ isTest: true, offsetMs });
      expect((await workOf(half)).target.secrets).toHaveLength(2);
      await bench().store.advanceTestClock(half.id, DAY_MS, made);
      expect((await workOf(half)).target.secrets).toHaveLength(1);
      const { waiting: found } = await bench().store.waitingWebhooks(0, 1_000);
      expect(found).toMatchObject([{ accountId: half.id, ownerId: live.id }]);
      await bench().store.setAccountDisabled(live.id, true, bench().change());
      expect(await waiting()).toEqual([]);
      expect(await bench().store.webhookWork(half.id, ID, 100, bench().now)).toBeNull();
      await bench().store.setAccountDisabled(live.id, false, bench().change());
      expect(await waiting()).toHaveLength(2);
    });

    it('are ten at most, also when they are made at once on two nodes', async () => {
      const account = await bench().createAccount();
      const nodes = [bench().store, await bench().openNode()];
      const outcomes = await Promise.allSettled(
        Array.from({ length: MAX_WEBHOOKS + 6 }, (_, index) =>
          nodes[index % 2]?.createWebhook(
            {
              accountId: account.id,
              id: `${'a'.repeat(15)}${'abcdefghijklmnop'[index]}`,
              url: URL,
              events: null,
              secret: secretOf(),
            },
            bench().change(),
          ),
        ),
      );
      const refused = outcomes.filter((one) => one.status === 'rejected');
      expect(refused.map(({ reason }) => reason.code)).toEqual(Array(6).fill('webhook_quota_exceeded'));
      expect(await bench().store.listWebhooks(account.id)).toHaveLength(MAX_WEBHOOKS);
    });

    it('of another account are not there', async () => {
      const [ada, bob] = [await bench().createAccount('ada'), await bench().createAccount('bob')];
      await create(ada);
      const { store } = bench();
      const change = bench().change();
      await expectFault(store.changeWebhook(bob.id, ID, { enabled: false }, change), 'webhook_not_found');
      await expectFault(store.rotateWebhookSecret(bob.id, ID, secretOf(), change), 'webhook_not_found');
      await expectFault(store.deleteWebhook(bob.id, ID, change), 'webhook_not_found');
      await expectFault(store.webhookTarget(bob.id, ID, bench().now), 'webhook_not_found');
      await expectFault(store.keepDelivery(bob.id, ID, attempt(1), change), 'webhook_not_found');
      await expectFault(store.listDeliveries(bob.id, ID, { cursor: null, limit: 1 }), 'webhook_not_found');
      expect(await store.listWebhooks(bob.id)).toEqual([]);
      await store.deleteWebhook(ada.id, ID, change);
      await expectFault(store.deleteWebhook(ada.id, ID, change), 'webhook_not_found');
    });

    it('go on after what was pruned before it was sent, and say how much that was', async () => {
      const account = await bench().createAccount();
      await create(account);
      for (const name of ['ada', 'bob', 'eve']) await bench().enrol(account, name);
      const { store } = bench();
      await store.extendLogTree(account.id, 0, 5, []);
      await store.addCheckpoint(account.id, 0, {
        size: 5,
        root: new Uint8Array(32),
        at: START,
        note: 'note',
      });
      await store.pruneEvents(account.id, 4, 100);
      const work = await workOf(account);
      expect(work).toMatchObject({ deliveredTo: 2, pruned: 2 });
      expect(work.events.map(({ clientId }) => clientId)).toEqual(['eve']);
      // The event that was sent last may be pruned before that is kept.
      await store.pruneEvents(account.id, 5, 100);
      expect(await store.settleWebhook(account.id, ID, taken(work))).toBe(true);
      expect(await workOf(account)).toMatchObject({ deliveredTo: 5, events: [], pruned: 0 });
    });
  });
}

function hex(secret: Secret<Uint8Array>): string {
  return Buffer.from(secret.reveal()).toString('hex');
}
