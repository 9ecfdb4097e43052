import { describe, expect, it } from 'vitest';
import type { Account } from '../../../src/domain/accounts/account.ts';
import type { Change } from '../../../src/domain/change.ts';
import { DAY_MS, type MakeDatabase, ORIGIN, START, useWorkbench } from './workbench.ts';

/** Keys that expire soon. Seen to fail without the mark of a key that was noted: each round wrote the event again. */
export function describeExpiringKeys(makeDatabase: MakeDatabase): void {
  describe('an API key that expires', () => {
    const bench = useWorkbench(makeDatabase);
    const make = (
      accountId: number,
      id: string,
      expiresAt: number | null,
      change: Change = bench().change(),
    ) =>
      bench().store.createApiKey(
        { accountId, id, name: id, scopes: ['totp:validate'], mac: new Uint8Array([1]), expiresAt },
        change,
      );
    const prune = () => bench().database.prune(bench().box, () => bench().now);
    const noted = async (account: Pick<Account, 'id'>) =>
      (await bench().events(account as Account, { event: 'key.expiring' })).map(({ at, reason, origin }) => [
        at,
        reason,
        origin.actor,
      ]);

    it('is an event once, 14 days before', async () => {
      const account = await bench().createAccount();
      await make(account.id, 'k1', START + 90 * DAY_MS);
      await make(account.id, 'k2', null);
      bench().now = START + 76 * DAY_MS - 1;
      await prune();
      expect(await noted(account)).toEqual([]);
      bench().now = START + 76 * DAY_MS;
      await prune();
      await prune();
      bench().now = START + 80 * DAY_MS;
      await prune();
      expect(await noted(account)).toEqual([[START + 76 * DAY_MS, 'key:k1', 'kanda']]);
    });

    it('is none when it was made for a short time, was revoked, or has expired', async () => {
      const account = await bench().createAccount();
      await make(account.id, 'short', START + 14 * DAY_MS);
      await make(account.id, 'revoked', START + 20 * DAY_MS);
      await make(account.id, 'over', START + 15 * DAY_MS);
      await bench().store.revokeApiKey(account.id, 'revoked', bench().change());
      bench().now = START + DAY_MS / 2;
      await prune();
      bench().now = START + 15 * DAY_MS;
      await prune();
      expect(await noted(account)).toEqual([]);
    });

    it('is one event when two nodes look at once', async () => {
      const account = await bench().createAccount();
      for (let key = 0; key < 60; key++) await make(account.id, `k${key}`, START + 20 * DAY_MS);
      bench().now = START + 10 * DAY_MS;
      await Promise.all([prune(), prune(), prune()]);
      const reasons = (await noted(account)).map(([, reason]) => reason);
      expect(reasons).toHaveLength(60);
      expect(new Set(reasons).size).toBe(60);
    });

    it('goes by the clock of its test half', async () => {
      const { store } = bench();
      const { id: liveId } = await bench().createAccount();
      const half = await store.createTestHalf({
        liveId,
        publicId: `acc_test_${liveId}`,
        at: START,
        origin: ORIGIN,
      });
      await make(half.id, 'k1', START + 30 * DAY_MS, { at: START, origin: ORIGIN, offsetMs: 0 });
      await prune();
      expect(await noted(half)).toEqual([]);
      await store.advanceTestClock(half.id, 20 * DAY_MS, { at: START, origin: ORIGIN, offsetMs: 0 });
      await prune();
      expect(await noted(half)).toEqual([[START + 20 * DAY_MS, 'key:k1', 'kanda']]);
    });
  });
}
