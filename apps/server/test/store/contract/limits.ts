import { describe, expect, it } from 'vitest';
import { countThrough, type LimitCall, type LimitUses } from '../../../src/domain/limits/counting.ts';
import type { LimitRule } from '../../../src/domain/limits/ports.ts';
import { type MakeDatabase, START, useWorkbench } from './workbench.ts';

const ADDRESS: LimitRule = { name: 'login:ip:192.0.2.7', limit: 10, windowMs: 900_000 };
const NAME: LimitRule = { name: 'login:name:ada@example.com', limit: 3, windowMs: 600_000 };

export function describeLimits(makeDatabase: MakeDatabase): void {
  describe('limits', () => {
    const bench = useWorkbench(makeDatabase);
    const take = (rules: readonly LimitRule[], now = START) => bench().store.takeLimits(rules, now);

    it('count down to none, then refuse, and say when the window ends', async () => {
      const resetAt = START + 600_000;
      expect(await take([NAME])).toEqual({ allowed: true, remaining: 2, resetAt });
      expect(await take([NAME], START + 5)).toEqual({ allowed: true, remaining: 1, resetAt });
      expect(await take([NAME], START + 5)).toEqual({ allowed: true, remaining: 0, resetAt });
      expect(await take([NAME], START + 6)).toEqual({
        allowed: false,
        remaining: 0,
        resetAt,
        usedUp: NAME.name,
      });
    });

    it('let no more than `limit` through when 50 are taken at once, on one node and on two', async () => {
      const other = await bench().openNode();
      for (const [name, nodes] of [
        ['one node', [bench().store]],
        ['two nodes', [bench().store, other]],
      ] as const) {
        const taken = await Promise.all(
          Array.from({ length: 50 }, (_, index) => {
            const node = nodes[index % nodes.length] ?? bench().store;
            return node.takeLimits([{ ...ADDRESS, name }], START);
          }),
        );
        expect(
          taken.filter((use) => use.allowed),
          name,
        ).toHaveLength(10);
      }
    });

    it('take none of several resources when one of them is used up', async () => {
      for (let use = 0; use < 3; use++) await take([ADDRESS, NAME]);
      const refused = await take([ADDRESS, NAME]);
      expect(refused).toEqual({
        allowed: false,
        remaining: 0,
        resetAt: START + NAME.windowMs,
        usedUp: NAME.name,
      });
      expect(await take([NAME, ADDRESS])).toMatchObject({ allowed: false });
      // Three uses of the address were taken by what was allowed, and none by what was refused.
      expect(await take([ADDRESS])).toEqual({
        allowed: true,
        remaining: 6,
        resetAt: START + ADDRESS.windowMs,
      });
    });

    it('tell of the resource that has the least left', async () => {
      expect(await take([ADDRESS, NAME])).toEqual({ allowed: true, remaining: 2, resetAt: START + 600_000 });
    });

    it('begin a new window at the end of the old one, to the millisecond', async () => {
      for (let use = 0; use < 3; use++) await take([NAME]);
      const end = START + NAME.windowMs;
      expect(await take([NAME], end - 1)).toMatchObject({ allowed: false, resetAt: end });
      expect(await take([NAME], end)).toEqual({ allowed: true, remaining: 2, resetAt: end + NAME.windowMs });
    });

    it('can be given back, one use of each, and never more than were taken', async () => {
      for (let use = 0; use < 3; use++) await take([ADDRESS, NAME]);
      await bench().store.returnLimits([ADDRESS, NAME], START);
      expect(await take([NAME])).toMatchObject({ allowed: true, remaining: 0 });
      expect(await take([NAME])).toMatchObject({ allowed: false });
      for (let use = 0; use < 20; use++) await bench().store.returnLimits([ADDRESS], START);
      expect(await take([ADDRESS])).toMatchObject({ allowed: true, remaining: 9 });
      await bench().store.returnLimits([{ ...NAME, name: 'unheard of' }], START);
    });

    it('that are given back after their window give nothing', async () => {
      for (let use = 0; use < 3; use++) await take([NAME]);
      const end = START + NAME.windowMs;
      await bench().store.returnLimits([NAME], end);
      expect(await take([NAME], end)).toMatchObject({ allowed: true, remaining: 2 });
    });

    it.each([
      ['used up', 3],
      ['not used up', 1],
    ])('begun by a clock that ran ahead, %s, end with its being put right', async (_, uses) => {
      const ahead = START + 365 * 24 * 3_600_000;
      for (let use = 0; use < uses; use++) await take([NAME], ahead);
      // What is given back of such a window gives nothing to the one that runs.
      await bench().store.returnLimits([NAME], START);
      const resetAt = START + NAME.windowMs;
      expect(await take([NAME])).toEqual({ allowed: true, remaining: 2, resetAt });
      expect(await take([NAME])).toEqual({ allowed: true, remaining: 1, resetAt });
      await bench().store.returnLimits([NAME], START);
      expect(await take([NAME])).toEqual({ allowed: true, remaining: 1, resetAt });
    });

    it('are one for two nodes whose clocks are minutes apart', async () => {
      const ahead = START + 300_000;
      expect(await take([NAME], ahead)).toMatchObject({ remaining: 2 });
      expect(await take([NAME], START)).toMatchObject({ remaining: 1 });
      expect(await take([NAME], ahead)).toMatchObject({ remaining: 0 });
      expect(await take([NAME], START)).toMatchObject({ allowed: false });
    });

    it('come to what `countThrough` says, whatever is taken and given back, one by one and at once', async () => {
      const uses: LimitUses = new Map();
      for (const calls of madeUpRounds(12)) {
        const { store } = bench();
        const answers = await Promise.all(
          calls.map(({ rules, now, kind }) =>
            kind === 'take'
              ? store.takeLimits(rules, now)
              : store[`${kind}Limits`](rules, now).then(() => null),
          ),
        );
        expect(answers).toEqual(countThrough(calls, uses));
      }
    });

    it('say when a call that is refused can succeed: when the last of what is used up is free again', async () => {
      const long = { ...ADDRESS, limit: 1 };
      const short = { ...NAME, limit: 1 };
      await take([short, long]);
      expect(await take([short, long])).toMatchObject({ resetAt: START + long.windowMs, usedUp: long.name });
    });

    describe('with an exception for callers that succeeded before', () => {
      const DAY_MS = 86_400_000;
      const KNOWN = { name: 'login:known:192.0.2.7:ada@example.com', windowMs: 30 * DAY_MS };
      const ALL: LimitRule = { name: 'login:all', limit: 2, windowMs: 900_000 };
      const OF_ADA: LimitRule = { ...ALL, unless: KNOWN };

      it('hold for the others alone', async () => {
        await take([NAME, OF_ADA]);
        await bench().store.confirmLimits([NAME, OF_ADA], START);
        await take([ALL]);
        await take([ALL]);
        expect(await take([ALL])).toMatchObject({ allowed: false, usedUp: ALL.name });
        expect(await take([NAME, OF_ADA])).toMatchObject({ allowed: true, remaining: 2 });
        // What she did not take she does not give back.
        await bench().store.returnLimits([NAME, OF_ADA], START);
        expect(await take([ALL])).toMatchObject({ allowed: false });
      });

      it('end when she has not succeeded for as long as the exception lasts, also with a clock put right', async () => {
        const { store } = bench();
        await store.confirmLimits([OF_ADA], START + 400 * DAY_MS);
        await take([ALL]);
        await take([ALL]);
        expect(await take([OF_ADA])).toMatchObject({ allowed: false });
        await store.confirmLimits([OF_ADA], START);
        const inTime = START + KNOWN.windowMs - 1;
        const fill = async (now: number) => {
          await take([ALL], now);
          await take([ALL], now);
        };
        await fill(inTime);
        expect(await take([NAME, OF_ADA], inTime)).toMatchObject({ allowed: true });
        await fill(inTime + 1);
        expect(await take([NAME, OF_ADA], inTime + 1)).toMatchObject({ allowed: false, usedUp: ALL.name });
      });

      it('holds for a caller that has not succeeded', async () => {
        for (const round of [1, 2, 3]) await take([{ ...NAME, limit: round }, OF_ADA]);
        await bench().store.returnLimits([NAME, OF_ADA], START);
        await take([ALL]);
        expect(await take([OF_ADA])).toMatchObject({ allowed: false });
      });
    });

    it('survive a restart', async () => {
      for (let use = 0; use < 3; use++) await take([NAME]);
      await bench().reopen();
      expect(await take([NAME])).toMatchObject({ allowed: false });
    });
  });
}

/** Rounds of calls, one and then several at once, over windows that end on the way and clocks that are ahead. */
function madeUpRounds(rounds: number): LimitCall[][] {
  let seed = 11;
  const below = (most: number) => {
    seed = (seed * 1_103_515_245 + 12_345) % 2_147_483_648;
    return Math.floor((seed / 2_147_483_648) * most);
  };
  const call = (now: number): LimitCall => {
    const address = { ...ADDRESS, name: `login:ip:192.0.2.${below(2)}`, limit: 4 };
    const name = { ...NAME, name: `login:name:${below(3)}` };
    const all = {
      ...ADDRESS,
      name: 'login:all',
      limit: 5,
      unless: { name: `login:known:${below(3)}`, windowMs: 900_000 },
    };
    const rules = [[address, name, all], [address], [name, all]][below(3)] ?? [];
    const kind = (['take', 'take', 'take', 'return', 'confirm'] as const)[below(5)] ?? 'take';
    return { rules, now: below(9) === 0 ? now + 86_400_000 : now, kind };
  };
  return Array.from({ length: rounds }, (_, round) =>
    Array.from({ length: round % 2 === 0 ? 1 : 8 }, () => call(START + round * 200_000)),
  );
}
