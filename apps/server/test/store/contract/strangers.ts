import { describe, expect, it } from 'vitest';
import { Fault } from '../../../src/domain/errors.ts';
import type { LimitRule } from '../../../src/domain/limits/ports.ts';
import { DEFAULT_POLICY } from '../../../src/domain/verdicts/policy.ts';
import { MAX_WAITING_OF_ADDRESS } from '../../../src/store/operations/limits/limit-batches.ts';
import { type MakeDatabase, START, useWorkbench } from './workbench.ts';

/** More than any lane of a store takes. */
const FLOOD = 10_000;

const rulesOf = (address: string, name: string): LimitRule[] => [
  { name: `login:ip:${address}`, limit: 10, windowMs: 900_000 },
  { name: `login:name:${name}`, limit: 10, windowMs: 900_000 },
];

/**
 * What callers without an account can do to others. Seen to fail on SQLite, whose work of no account had one lane: of
 * each flood 4,096 were taken, and the probe, the other address and the sign-up were refused with the rest.
 */
export function describeStrangers(makeDatabase: MakeDatabase): void {
  describe('a flood of callers without an account', () => {
    const bench = useWorkbench(makeDatabase);
    /** How many transactions have ended. */
    const transactions = () =>
      bench().store.figures?.batchSize.counts.reduce((sum, count) => sum + count, 0) ?? 0;

    it('from one address keeps out no other address, no account and no readiness probe', async () => {
      const { store } = bench();
      const account = await bench().createAccount();
      const phone = await bench().enrol(account, 'ada');
      const before = transactions();
      const flood = Array.from({ length: FLOOD }, (_, number) =>
        store.takeLimits(rulesOf('192.0.2.66', `u${number}`), START).then(
          ({ allowed }) => (allowed ? 'allowed' : 'used up'),
          (error: unknown) => (error instanceof Fault ? error.code : error),
        ),
      );
      const others = Promise.all([
        store.ping(),
        store.takeLimits(rulesOf('192.0.2.7', 'ada@example.com'), START),
        store.setPolicy(account.id, { ...DEFAULT_POLICY, skew: 0 }, bench().change()),
        bench().createAccount('grace'),
        bench().validate(phone, phone.codeAt(START)),
      ]);
      expect(await others).toMatchObject([undefined, { allowed: true }, {}, {}, { valid: true }]);
      const outcomes = await Promise.all(flood);
      const countOf = (outcome: string) => outcomes.filter((one) => one === outcome).length;
      expect({
        allowed: countOf('allowed'),
        usedUp: countOf('used up'),
        refused: countOf('rate_limited'),
      }).toEqual({
        allowed: 10,
        usedUp: MAX_WAITING_OF_ADDRESS - 10,
        refused: FLOOD - MAX_WAITING_OF_ADDRESS,
      });
      expect(transactions() - before).toBeLessThan(30);
    });

    it('has what it took given back, however many of its address wait', async () => {
      const { store } = bench();
      const rules = rulesOf('192.0.2.66', 'ada@example.com');
      for (let use = 0; use < 10; use++) await store.takeLimits(rules, START);
      const flood = Array.from({ length: FLOOD }, () =>
        store.takeLimits(rules, START).catch((error: unknown) => error),
      );
      await store.returnLimits(rules, START);
      await Promise.all(flood);
      await store.returnLimits(rules, START);
      expect(await store.takeLimits(rules, START)).toMatchObject({ allowed: true });
    });

    it('may ask whether the store works as often as it likes: all of it share a few probes', async () => {
      const { store } = bench();
      const before = transactions();
      await Promise.all(Array.from({ length: FLOOD }, () => store.ping()));
      expect(transactions() - before).toBeLessThan(5);
    });
  });
}
