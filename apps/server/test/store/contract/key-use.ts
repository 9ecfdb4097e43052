import { describe, expect, it } from 'vitest';
import type { Account } from '../../../src/domain/accounts/account.ts';
import { DAY_MS, expectFault, type MakeDatabase, ORIGIN, START, useWorkbench } from './workbench.ts';

/** What a key did by day, counted with the work behind the logs. */
export function describeKeyUse(makeDatabase: MakeDatabase): void {
  describe('the use of a key', () => {
    const bench = useWorkbench(makeDatabase);
    const record = (
      account: Account,
      actor: string,
      event: 'totp.validated' | 'token.issued',
      outcome: 'success' | 'failure',
    ) =>
      bench().store.recordEvent(account.id, {
        event,
        outcome,
        reason: null,
        clientId: null,
        at: bench().now,
        origin: { ...ORIGIN, actor },
      });

    it('is counted by day and kind, once, as its events are put into the tree of the log', async () => {
      const { store } = bench();
      const account = await bench().createAccount();
      const other = await bench().createAccount('other');
      await record(other, 'key:abc', 'totp.validated', 'success');
      await record(account, 'key:abc', 'totp.validated', 'success');
      await record(account, 'key:abc', 'totp.validated', 'failure');
      await record(account, 'key:abcd', 'totp.validated', 'failure');
      await record(account, 'keyabc', 'totp.validated', 'failure');
      bench().now += DAY_MS;
      await record(account, 'key:abc', 'token.issued', 'failure');
      const { lastEvent = 0 } = (await store.logHead(account.id)) ?? {};
      for (let size = 0; size < lastEvent; size++) {
        expect(await store.extendLogTree(account.id, size, size + 1, [])).toBe(true);
        // Another process that did the same finds it done, and counts nothing.
        expect(await store.extendLogTree(account.id, size, size + 1, [])).toBe(false);
      }
      const today = Math.floor(START / DAY_MS) * DAY_MS;
      const days = [
        { start: today, accepted: 1, refused: 1, others: 0 },
        { start: today + DAY_MS, accepted: 0, refused: 0, others: 1 },
      ];
      expect(await store.readKeyUse(account.id, 'abc', START)).toEqual(days);
      expect(await store.readKeyUse(account.id, 'abc', START + DAY_MS)).toEqual(days.slice(1));
      expect(await store.readKeyUse(other.id, 'abc', START)).toEqual([]);
    });

    it("is read of the account's own keys alone", async () => {
      const { store } = bench();
      const [one, other] = [await bench().createAccount('one'), await bench().createAccount('other')];
      const key = { scopes: ['totp:read'], mac: new Uint8Array(1), expiresAt: null, name: 'key' } as const;
      await store.createApiKey({ ...key, id: 'mine', accountId: one.id }, bench().change());
      expect(await store.readApiKey(one.id, 'mine')).toMatchObject({ id: 'mine', createdAt: START });
      await expectFault(store.readApiKey(other.id, 'mine'), 'key_not_found');
    });

    it('tells keys that end soon or are not used, of all accounts', async () => {
      const { store } = bench();
      const [one, other] = [await bench().createAccount('one'), await bench().createAccount('other')];
      const key = { scopes: ['totp:read'], mac: new Uint8Array(1), name: 'key' } as const;
      for (const [id, accountId, expiresAt] of [
        ['soon', one.id, START + 104 * DAY_MS],
        ['soon2', other.id, START + 91 * DAY_MS],
        ['over', other.id, START + 50 * DAY_MS],
        ['idle', one.id, null],
      ] as const) {
        await store.createApiKey({ ...key, id, accountId, expiresAt }, bench().change());
      }
      await store.touchApiKey(one.id, 'soon', START + 60 * DAY_MS);
      await store.touchApiKey(other.id, 'soon2', START + DAY_MS);
      const counts = await bench().database.prune(bench().box, () => START + 90 * DAY_MS + 1);
      expect(counts).toEqual({ expiring: 2, unused: 1 });
    });
  });
}
