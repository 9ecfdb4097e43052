import { randomBytes } from 'node:crypto';
import { DEFAULT_PARAMETERS } from '@kanda/otp';
import { describe, expect, it } from 'vitest';
import type { Account } from '../../../src/domain/accounts/account.ts';
import { INSTALLATION_ACCOUNT } from '../../../src/domain/accounts/account.ts';
import { JTI_LENGTH } from '../../../src/domain/receipts/receipt.ts';
import type { Store } from '../../../src/domain/store.ts';
import { expectFault, HOUR_MS, type MakeDatabase, ORIGIN, Phone, useWorkbench } from './workbench.ts';

const CHECKED = { passwordHash: 'hash of ada', authenticator: null };
/** More than one transaction deletes. */
const MANY = 60;

/**
 * Accounts that the operator disables or deletes.
 *
 * Seen to fail on SQLite: without `disabled_at` in `findApiKeys`, keys went on; without it in `createSession`, a log-in whose
 * password had been checked before began after; without `dropSessionsBut`, a log-in came back with enabling; with
 * `countAccounts` in place of `hasHadAccount` in `assertNoAccount`, a stranger could sign up where the only account was deleted;
 * without `spent_receipt` in `removeSomeOf`, a receipt of a deleted account was still known.
 */
export function describeEndedAccounts(makeDatabase: MakeDatabase): void {
  describe('accounts that are disabled or deleted', () => {
    const bench = useWorkbench(makeDatabase);
    const key = (account: Account, id: string) =>
      bench().store.createApiKey(
        {
          id,
          accountId: account.id,
          name: id,
          scopes: ['totp:read'],
          mac: new Uint8Array([1]),
          expiresAt: null,
        },
        bench().change(),
      );
    const logIn = (account: Account, id: string, store = bench().store) =>
      store.createSession(
        { id, accountId: account.id, expiresAt: bench().now + HOUR_MS },
        CHECKED,
        bench().change(),
      );
    const half = (live: Account) =>
      bench().store.createTestHalf({
        liveId: live.id,
        publicId: `acc_test_${live.id}`,
        at: bench().now,
        origin: ORIGIN,
      });
    const eventsOf = async (accountId: number) =>
      (await bench().events({ id: accountId } as Account)).map(({ event, reason }) =>
        reason === null ? event : `${event} ${reason}`,
      );
    const stands = async (store: Store, account: Account) => ({
      session: (await store.findSession(account.publicId, 'ses_1', bench().now)) !== null,
      key: (await store.findApiKey('live')) !== null,
      testKey: (await store.findApiKey('test')) !== null,
    });

    it('disabled: keys of both halves and log-ins end on each node, none begins, and enabling brings the keys back', async () => {
      const ada = await bench().createAccount('ada');
      await key(ada, 'live');
      await key(await half(ada), 'test');
      await logIn(ada, 'ses_1');
      const other = await bench().openNode();
      expect(await stands(other, ada)).toEqual({ session: true, key: true, testKey: true });

      const disabled = await bench().store.setAccountDisabled(ada.id, true, bench().change());
      expect(disabled).toMatchObject({ disabledAt: bench().now, credentialVersion: 2 });
      expect(await stands(other, ada)).toEqual({ session: false, key: false, testKey: false });
      // A key that leaked is revoked all the same.
      expect(await other.findKeyHolder('live')).toMatchObject({ id: ada.id, disabledAt: bench().now });
      expect(await other.findKeyHolder('test')).toMatchObject({ email: ada.email, test: { liveId: ada.id } });
      expect(await other.findKeyHolder('none')).toBeNull();
      // Its password was checked before.
      await expectFault(logIn(ada, 'ses_2', other), 'credentials_invalid');
      expect(await other.findAccountByEmail(ada.email)).toMatchObject({ disabledAt: bench().now });

      const enabled = await other.setAccountDisabled(ada.id, false, bench().change());
      expect(enabled.disabledAt).toBeUndefined();
      expect(await stands(bench().store, ada)).toEqual({ session: false, key: true, testKey: true });
      await logIn(ada, 'ses_3');
      expect(await eventsOf(ada.id)).toEqual(expect.arrayContaining(['account.disabled', 'account.enabled']));
    });

    it.each([
      ['deleted', ({ id }: Account) => bench().store.deleteAccount(id, bench().change())],
      ['disabled', ({ id }: Account) => bench().store.setAccountDisabled(id, true, bench().change())],
    ] as const)('%s: a call that was under way makes no test half of it', async (_, end) => {
      const ada = await bench().createAccount('ada');
      await end(ada);
      await expectFault(half(ada), 'account_not_found');
      expect(await bench().store.findTestHalf(ada.id)).toBeNull();
    });

    it('a test half is refused with its live account, whatever its own row says', async () => {
      const { store, database } = bench();
      const halves = [];
      for (const name of ['ada', 'bob']) {
        const live = await bench().createAccount(name);
        const test = await half(live);
        await key(test, name);
        halves.push({ live, test });
      }
      const [ada, bob] = halves as [(typeof halves)[0], (typeof halves)[0]];
      await store.setAccountDisabled(ada.live.id, true, bench().change());
      await store.deleteAccount(bob.live.id, bench().change());
      await key(bob.test, 'bob');
      // As a half that was made at the moment when its account ended.
      await database.sql(
        'update account set disabled_at = null, deleted_at = null where test_of is not null',
      );
      expect(await store.findApiKey('ada')).toBeNull();
      expect(await store.findApiKey('bob')).toBeNull();
      await store.finishDeletions(bench().now);
      expect((await store.listApiKeys(bob.test.id, { cursor: null, limit: 9 })).data).toEqual([]);
      expect((await store.listApiKeys(ada.test.id, { cursor: null, limit: 9 })).data).toHaveLength(1);
    });

    it('another address: the old one is free, one that is taken is refused, also by a deleted account no more', async () => {
      const ada = await bench().createAccount('ada');
      const bob = await bench().createAccount('bob');
      const { store } = bench();
      await expectFault(store.setEmail(ada.id, bob.email, bench().change()), 'email_taken');
      const moved = await store.setEmail(ada.id, 'ada@example.org', bench().change());
      expect(moved).toMatchObject({ id: ada.id, email: 'ada@example.org' });
      expect(await store.findAccountByEmail(ada.email)).toBeNull();
      expect(await store.findAccountByEmail('ada@example.org')).toMatchObject({ id: ada.id });
      await store.deleteAccount(bob.id, bench().change());
      expect(await store.setEmail(ada.id, bob.email, bench().change())).toMatchObject({ email: bob.email });
      expect(await eventsOf(ada.id)).toEqual([
        'account.email_changed',
        'account.email_changed',
        'account.registered',
      ]);
    });

    it('another address: of those that ask at once for one, on two nodes, the first gets it', async () => {
      const nodes = [bench().store, await bench().openNode()];
      const accounts = [await bench().createAccount('ada'), await bench().createAccount('bob')];
      for (let round = 0; round < 20; round++) {
        const email = `round-${round}@example.com`;
        const asked = accounts.map(({ id }, place) => nodes[place]?.setEmail(id, email, bench().change()));
        const outcomes = await Promise.allSettled(asked);
        expect(outcomes.filter(({ status }) => status === 'fulfilled')).toHaveLength(1);
        const [refused] = outcomes.filter((one) => one.status === 'rejected');
        expect(refused?.reason).toMatchObject({ code: 'email_taken' });
      }
    });

    it('deleted: users, keys and log-ins of both halves end, the log stays, and the address is free', async () => {
      const ada = await bench().createAccount('ada');
      const test = await half(ada);
      const eve = await bench().createAccount('eve');
      await key(ada, 'live');
      await key(test, 'test');
      await logIn(ada, 'ses_1');
      for (let number = 0; number < MANY; number++) {
        await bench().register(new Phone(ada.id, `user-${number}`, DEFAULT_PARAMETERS));
      }
      await bench().register(new Phone(test.id, 'user', DEFAULT_PARAMETERS));
      const hers = new Phone(eve.id, 'user-1', DEFAULT_PARAMETERS, 'of eve');
      await bench().register(hers);

      const { store } = bench();
      await store.deleteAccount(ada.id, bench().change());
      expect(await stands(store, ada)).toEqual({ session: false, key: false, testKey: false });
      for (const { id } of [ada, test]) {
        expect(await store.countClients(id, bench().now)).toMatchObject({ total: 0 });
        expect((await store.listApiKeys(id, { cursor: null, limit: 9 })).data).toEqual([]);
      }
      expect(await store.findAccountByEmail(ada.email)).toBeNull();
      expect((await store.listAccounts({ cursor: null, limit: 9 })).data).toEqual([eve]);
      expect(await store.countAccounts()).toBe(1);
      expect(await store.findAccountByPublicId(ada.publicId)).toMatchObject({ deletedAt: bench().now });
      const events = await eventsOf(ada.id);
      expect(events.filter((event) => event === 'client.deleted')).toHaveLength(MANY);
      expect(events).toContain('account.deleted');
      expect(await eventsOf(INSTALLATION_ACCOUNT)).toEqual(['account.deleted acc_ada']);
      await expectFault(store.deleteAccount(ada.id, bench().change()), 'account_not_found');
      await expectFault(store.setAccountDisabled(ada.id, false, bench().change()), 'account_not_found');

      const again = { publicId: 'acc_again', email: ada.email, passwordHash: 'hash' };
      expect(await store.createAccount({ ...again, at: bench().now, origin: ORIGIN })).toMatchObject({
        email: ada.email,
      });
      expect(await bench().validate(hers, hers.codeAt(bench().now))).toEqual({ valid: true });
    });

    it('deleted: which receipts were redeemed is not kept of either half, and stays for others', async () => {
      const ada = await bench().createAccount('ada');
      const test = await half(ada);
      const eve = await bench().createAccount('eve');
      const receipt = {
        clientId: 'user',
        jti: randomBytes(JTI_LENGTH),
        issuedAt: bench().now,
        expiresAt: bench().now + HOUR_MS,
        event: 1,
      };
      const redeem = (account: Account) =>
        bench().store.redeemReceipt(account.id, receipt, { ...bench().change(), offsetMs: 0 });
      for (const account of [ada, test, eve]) await redeem(account);
      await bench().store.deleteAccount(ada.id, bench().change());
      // No bearer of the account comes this far: it shows that the store knows nothing of them.
      for (const account of [ada, test]) await redeem(account);
      await expectFault(redeem(eve), 'receipt_redeemed');
    });

    it('deleted: what a call that was under way adds goes with the upkeep', async () => {
      const ada = await bench().createAccount('ada');
      const { store } = bench();
      await store.deleteAccount(ada.id, bench().change());
      await key(ada, 'live');
      expect(await store.findApiKey('live')).toBeNull();
      await store.finishDeletions(bench().now);
      expect((await store.listApiKeys(ada.id, { cursor: null, limit: 9 })).data).toEqual([]);
    });

    it('the only one deleted: a sign-up that may only be the first is still refused', async () => {
      const ada = await bench().createAccount('ada');
      const { store } = bench();
      await store.deleteAccount(ada.id, bench().change());
      expect(await store.hasHadAccount()).toBe(true);
      const first = {
        publicId: 'acc_eve',
        email: 'eve@example.com',
        passwordHash: 'hash',
        onlyAsFirst: true,
      };
      await expectFault(
        store.createAccount({ ...first, at: bench().now, origin: ORIGIN }),
        'registration_closed',
      );
    });
  });
}
