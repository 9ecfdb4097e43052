import { describe, expect, it } from 'vitest';
import type { Account } from '../../../src/domain/accounts/account.ts';
import type { OwnChange } from '../../../src/domain/accounts/security-ports.ts';
import { TEST_ID } from '../../../src/domain/test-mode/test-halves.ts';
import { DAY_MS, expectFault, type MakeDatabase, ORIGIN, STEP_MS, useWorkbench } from './workbench.ts';

const NOTHING = { apiKey: false, user: false, codeAccepted: false, appConnected: false };

/**
 * The list of first steps, as far as the store knows it.
 *
 * Seen to fail: without the look at the actor, a code that the dashboard sent counted as one of an application; with the first
 * account that ever was in place of those with the operator mark, a stranger who signed up first saw facts about the
 * installation; with a mark in place of the key's id, a copy of the old master key counted for the new one.
 */
export function describeGettingStarted(makeDatabase: MakeDatabase): void {
  describe('the list of first steps', () => {
    const bench = useWorkbench(makeDatabase);
    const found = (account: Account) => bench().store.findGettingStarted(account.id, bench().now);
    const makeKey = (accountId: number, expiresAt: number | null) =>
      bench().store.createApiKey(
        { accountId, id: 'k1', name: 'k1', scopes: ['totp:validate'], mac: new Uint8Array([1]), expiresAt },
        bench().change(),
      );
    const loggedIn = async (account: Account): Promise<OwnChange> => {
      const session = { id: `ses_${account.id}`, accountId: account.id, expiresAt: bench().now + DAY_MS };
      const checked = {
        passwordHash: `hash of ${account.publicId.replace('acc_', '')}`,
        authenticator: null,
      };
      await bench().store.createSession(session, checked, bench().change());
      return { ...bench().change(), accountId: account.id, sessionId: session.id };
    };
    const changes = async (account: Account) =>
      (await bench().events(account, { event: 'account.getting_started_changed' })).map(
        ({ reason }) => reason,
      );

    it('ticks each step by what is there, and not by what has ended', async () => {
      const account = await bench().createAccount();
      expect(await found(account)).toMatchObject({ live: NOTHING, test: null, twoFactor: false });
      await makeKey(account.id, bench().now + DAY_MS);
      expect((await found(account)).live).toEqual({ ...NOTHING, apiKey: true });
      const phone = await bench().enrol(account, 'ada');
      expect((await found(account)).live).toEqual({ ...NOTHING, apiKey: true, user: true });
      await bench().validate(phone, phone.codeAt(bench().now));
      expect((await found(account)).live).toEqual({
        apiKey: true,
        user: true,
        codeAccepted: true,
        appConnected: true,
      });
      bench().now += DAY_MS;
      expect((await found(account)).live.apiKey).toBe(false);
    });

    it('counts no code of the dashboard, and none that was refused, as one of an application', async () => {
      const account = await bench().createAccount();
      const phone = await bench().enrol(account, 'ada');
      const by = (actor: string) =>
        bench().store.validate({ ...phone, ...codeNow(), origin: { ...ORIGIN, actor } });
      const codeNow = () => ({ code: phone.codeAt(bench().now) });
      await by(`account:${account.publicId}`);
      expect((await found(account)).live).toMatchObject({ codeAccepted: true, appConnected: false });
      // The same code, by a key: it was refused.
      await by('key:k1');
      expect((await found(account)).live.appConnected).toBe(false);
      bench().now += STEP_MS;
      await by('key:k1');
      expect((await found(account)).live.appConnected).toBe(true);
    });

    it('looks at the 1,000 oldest users and no more', async () => {
      const account = await bench().createAccount();
      await bench().enrol(account, 'ada');
      const { id } = account;
      const { database } = bench();
      await database.sql(
        `update authenticator_state set id = 5000, last_accepted_at = 1 where account_id = ${id}`,
      );
      await database.sql(`insert into authenticator_state (account_id, id, secret_version, digits, watermark, disabled,
          failures, delayed_until, locked, last_event, pending_until)
        with recursive ids(nth) as (select 1 union all select nth + 1 from ids where nth < 1000)
        select ${id}, 1000 + nth, 1, 6, -1, 0, 0, 0, 0, 0, 1 from ids`);
      expect((await found(account)).live).toMatchObject({ user: false, codeAccepted: false });
      await database.sql(`delete from authenticator_state where account_id = ${id} and id = 1500`);
      expect((await found(account)).live).toMatchObject({ user: true, codeAccepted: true });
    });

    it('is read once for a change, which reads the account’s row alone besides', async () => {
      const account = await bench().createAccount();
      await makeKey(account.id, null);
      const own = await loggedIn(account);
      const keysRead = async (changes: number) => {
        const rows = await bench().database.countRows(async () => {
          await bench().reopen();
          for (let nth = 0; nth < changes; nth++)
            await bench().store.changeGettingStarted({ dismissed: nth % 2 === 0 }, own);
          await bench().closeStores();
        });
        return rows.api_key?.read ?? 0;
      };
      await bench().closeStores();
      const none = await keysRead(0);
      expect((await keysRead(4)) - none).toBe(4);
      await bench().reopen();
    });

    it('keeps the halves apart', async () => {
      const account = await bench().createAccount();
      const half = { liveId: account.id, publicId: `${TEST_ID}ada`, ...bench().change() };
      const test = await bench().store.createTestHalf(half);
      await makeKey(test.id, null);
      await bench().enrol(test, 'ada');
      expect(await found(account)).toMatchObject({
        live: NOTHING,
        test: { apiKey: true, user: true, codeAccepted: false, appConnected: false },
      });
    });

    it('shows facts about the installation to operators alone, whichever account came first', async () => {
      const first = await bench().createAccount('ada');
      const second = await bench().createAccount('bob');
      const { store } = bench();
      await store.setOperator(second.id, true, bench().change());
      expect((await found(second)).owner).toMatchObject({ masterKeySaved: false });
      expect((await found(first)).owner).toBeNull();
      const own = await loggedIn(first);
      await expectFault(store.changeGettingStarted({ masterKeySaved: null }, own), 'body_invalid');
      expect(await changes(first)).toEqual([]);
      await store.setOperator(second.id, false, bench().change());
      expect((await found(second)).owner).toBeNull();
      await store.setOperator(second.id, true, bench().change());
      await store.deleteAccount(second.id, bench().change());
      expect((await found(second)).owner).toBeNull();
    });

    it('takes a copy of the master key for that key alone', async () => {
      const account = await bench().createAccount();
      await bench().store.setOperator(account.id, true, bench().change());
      const own = await loggedIn(account);
      const { masterKeyId = '' } = (await found(account)).owner ?? {};
      const tick = (masterKeySaved: string | null) =>
        bench().store.changeGettingStarted({ masterKeySaved }, own);
      expect((await tick('another key')).owner?.masterKeySaved).toBe(false);
      expect((await tick(masterKeyId)).owner?.masterKeySaved).toBe(true);
      await tick(masterKeyId);
      expect((await tick(null)).owner?.masterKeySaved).toBe(false);
      expect(await changes(account)).toEqual([
        'master key not saved',
        `master key ${masterKeyId} saved`,
        'master key another key saved',
      ]);
      await tick(masterKeyId);
      const rewrapper = {
        masterKeyId: 'next',
        dataKey: () => ({ masterKeyId: 'next', wrapped: new Uint8Array(1) }),
        serverKey: () => {
          throw new Error('there is none');
        },
      };
      await bench().store.rewrapKeys(rewrapper, [0, 1_000_000], 10, bench().change());
      expect((await found(account)).owner).toEqual({ masterKeyId: 'next', masterKeySaved: false });
    });

    it('is dismissed for the account, and brought back', async () => {
      const account = await bench().createAccount();
      const own = await loggedIn(account);
      const set = (dismissed: boolean) => bench().store.changeGettingStarted({ dismissed }, own);
      expect((await set(false)).dismissed).toBe(false);
      expect((await set(true)).dismissed).toBe(true);
      await set(true);
      expect((await found(account)).dismissed).toBe(true);
      expect((await set(false)).dismissed).toBe(false);
      expect(await changes(account)).toEqual(['brought back', 'dismissed']);
      await expectFault(
        bench().store.changeGettingStarted({ dismissed: true }, { ...own, sessionId: 'ses_none' }),
        'token_invalid',
      );
    });
  });
}
