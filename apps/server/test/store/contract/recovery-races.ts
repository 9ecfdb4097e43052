import { describe, expect, it } from 'vitest';
import type { RecoveryCodeVerdict } from '../../../src/domain/recovery-codes/ports.ts';
import { recoveryBench } from './recovery-bench.ts';
import { type MakeDatabase, useWorkbench } from './workbench.ts';

const AT_ONCE = 64;

/*
 * What makes these hold: the account is locked before anything is read, and a code's row is deleted
 * for one attempt alone.
 *
 * Seen to fail without it. With the row deleted but not asked whether it was there: 64 of 64 accepted on both stores.
 * Without `lockAccount` on PostgreSQL: 20 wrong ones evaluated in place of ten; with the row looked up first, too, two
 * were accepted.
 */
export function describeRecoveryRaces(makeDatabase: MakeDatabase): void {
  describe('recovery codes that arrive together', () => {
    const bench = useWorkbench(makeDatabase);
    const { create, use, found } = recoveryBench(bench);

    it(`of one client, the same one ${AT_ONCE} times at once over two nodes: one is accepted, ten are wrong`, async () => {
      const account = await bench().createAccount();
      const nodes = [bench().store, await bench().openNode()];
      for (let round = 0; round < 5; round++) {
        const phone = await bench().enrol(account, `user-${round}`);
        await create(phone, 'one');
        const verdicts = await Promise.all(
          Array.from({ length: AT_ONCE }, (_, index) => use(phone, 'one 0', nodes[index % 2])),
        );
        expect(counted(verdicts)).toEqual({ valid: 1, invalid_code: 10, locked: AT_ONCE - 11 });
        expect(await found(phone)).toMatchObject({ remaining: 4 });
        const used = { clientId: phone.clientId, event: 'client.recovery_code_used' } as const;
        const outcomes = (await bench().events(account, used)).map(({ outcome }) => outcome);
        expect(tally(outcomes)).toEqual({ success: 1, failure: AT_ONCE - 1 });
      }
    });

    it('at once with new ones: an old code is accepted before them or not at all, and all new ones are there', async () => {
      const account = await bench().createAccount();
      const nodes = [bench().store, await bench().openNode()];
      for (let round = 0; round < 5; round++) {
        const phone = await bench().enrol(account, `user-${round}`);
        await create(phone, 'old', 20);
        const [, ...verdicts] = await Promise.all([
          create(phone, 'new', 10),
          ...Array.from({ length: 10 }, (_, index) => use(phone, `old ${index}`, nodes[index % 2])),
        ]);
        expect(await found(phone)).toMatchObject({ remaining: 10, generation: 2 });
        for (const verdict of verdicts) if (!verdict.valid) expect(verdict.reason).toBe('invalid_code');
      }
    });
  });
}

function counted(verdicts: readonly RecoveryCodeVerdict[]): Record<string, number> {
  return tally(verdicts.map((verdict) => (verdict.valid ? 'valid' : verdict.reason)));
}

function tally(names: readonly string[]): Record<string, number> {
  const counts: Record<string, number> = {};
  for (const name of names) counts[name] = (counts[name] ?? 0) + 1;
  return counts;
}
