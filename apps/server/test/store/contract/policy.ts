import { describe, expect, it } from 'vitest';
import { DEFAULT_POLICY, type PolicySettings } from '../../../src/domain/verdicts/policy.ts';
import { expectFault, type MakeDatabase, START, STEP_MS, useWorkbench } from './workbench.ts';

const UNKNOWN = 4_711;
const settings = (changed: Partial<PolicySettings>): PolicySettings => {
  const { consecutiveFailures, ...defaults } = DEFAULT_POLICY;
  return { ...defaults, ...changed };
};

export function describePolicy(makeDatabase: MakeDatabase): void {
  describe('the policy of an account', () => {
    const bench = useWorkbench(makeDatabase);
    const set = (accountId: number, changed: Partial<PolicySettings>, node = bench().store) =>
      node.setPolicy(accountId, settings(changed), bench().change());

    it('is the default until it is set, then what was set, also after a restart and for no one else', async () => {
      const account = await bench().createAccount();
      const other = await bench().createAccount('eve');
      expect(await bench().store.findPolicy(account.id)).toEqual(DEFAULT_POLICY);
      const policy = { ...DEFAULT_POLICY, skew: 0, tellReplays: true };
      expect(await set(account.id, { skew: 0, tellReplays: true })).toEqual(policy);
      await bench().reopen();
      expect(await bench().store.findPolicy(account.id)).toEqual(policy);
      expect(await bench().store.findPolicy(other.id)).toEqual(DEFAULT_POLICY);
    });

    it('is replaced as a whole', async () => {
      const account = await bench().createAccount();
      await set(account.id, { skew: 2 });
      await set(account.id, { freeFailures: 3 });
      expect(await bench().store.findPolicy(account.id)).toEqual({ ...DEFAULT_POLICY, freeFailures: 3 });
      expect(await set(account.id, {})).toEqual(DEFAULT_POLICY);
    });

    it('judges from the next attempt on, on every node', async () => {
      const account = await bench().createAccount();
      const phone = await bench().enrol(account, 'ada');
      const other = await bench().openNode();
      const late = phone.codeAt(START);
      bench().now = START + STEP_MS;
      // Both nodes have judged by the old policy before it is changed.
      for (const node of [bench().store, other]) {
        expect(await bench().validate(phone, phone.wrongCodeAt(bench().now), node)).toMatchObject({
          reason: 'invalid_code',
        });
      }
      await set(account.id, { skew: 0, freeFailures: 4 });
      expect(await bench().validate(phone, late, other)).toMatchObject({ reason: 'invalid_code' });
      expect(await bench().validate(phone, late)).toMatchObject({ reason: 'invalid_code' });
      const locked = { valid: false, reason: 'locked', retryAfter: 30 };
      expect(await bench().validate(phone, phone.codeAt(bench().now), other)).toEqual(locked);
    });

    it('holds for an attempt that is sent right behind it, in the same batch', async () => {
      const account = await bench().createAccount();
      const phone = await bench().enrol(account, 'ada');
      bench().now = START + STEP_MS;
      const [before, , after] = await Promise.all([
        bench().validate(phone, phone.wrongCodeAt(bench().now)),
        set(account.id, { skew: 0 }),
        bench().validate(phone, phone.codeAt(START)),
      ]);
      expect([before, after]).toEqual([
        { valid: false, reason: 'invalid_code' },
        { valid: false, reason: 'invalid_code' },
      ]);
    });

    it('tells a used code from a wrong one when it is to', async () => {
      const account = await bench().createAccount();
      const phone = await bench().enrol(account, 'ada');
      const code = phone.codeAt(START);
      await bench().validate(phone, code);
      expect(await bench().validate(phone, code)).toEqual({ valid: false, reason: 'invalid_code' });
      await set(account.id, { tellReplays: true });
      expect(await bench().validate(phone, code)).toEqual({ valid: false, reason: 'code_already_used' });
    });

    it('with shorter delays ends those that are longer, by the next attempt', async () => {
      const account = await bench().createAccount();
      const phone = await bench().enrol(account, 'ada');
      await bench().failTimes(phone, 9);
      await set(account.id, { firstDelayMs: 2_000, maxDelayMs: 2_000 });
      const wait = (seconds: number) => ({ valid: false, reason: 'locked', retryAfter: seconds });
      expect(await bench().validate(phone, phone.codeAt(bench().now))).toEqual(wait(2));
      bench().now += 1_000;
      expect(await bench().validate(phone, phone.codeAt(bench().now))).toEqual(wait(1));
      bench().now += 1_000;
      expect(await bench().validate(phone, phone.codeAt(bench().now))).toEqual({ valid: true });
    });

    it('leaves one event for each change, which says what was changed to what, and none for no change', async () => {
      const account = await bench().createAccount();
      await set(account.id, { dailyFailures: 80 });
      await set(account.id, { dailyFailures: 80 });
      await set(account.id, { skew: 2, maxDelayMs: 7_200_000 });
      const events = await bench().events(account, { event: 'account.policy_changed' });
      expect(events.map(({ outcome, reason }) => ({ outcome, reason }))).toEqual([
        { outcome: 'success', reason: 'skew=2 maxDelaySeconds=7200 dailyFailures=50' },
        { outcome: 'success', reason: 'dailyFailures=80' },
      ]);
      expect(events[0]).toMatchObject({ clientId: null, ...bench().change() });
    });

    it('changed by several at once is what the last of them set, and each tells what it changed', async () => {
      const account = await bench().createAccount();
      const other = await bench().openNode();
      await Promise.all(
        [1, 2, 3, 4, 5, 6, 7, 8].map((freeFailures, index) =>
          set(account.id, { freeFailures }, index % 2 === 0 ? bench().store : other),
        ),
      );
      const events = await bench().events(account, { event: 'account.policy_changed' });
      // Setting the default of 5 as the very first one would change nothing.
      expect(events.length).toBeGreaterThanOrEqual(7);
      const { freeFailures } = await bench().store.findPolicy(account.id);
      expect(events[0]?.reason).toBe(`freeFailures=${freeFailures}`);
    });

    it('of no one is a fault', async () => {
      await expectFault(bench().store.findPolicy(UNKNOWN), 'account_not_found');
      await expectFault(set(UNKNOWN, {}), 'account_not_found');
    });
  });
}
