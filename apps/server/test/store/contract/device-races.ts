import { describe, expect, it } from 'vitest';
import { deviceBench } from './device-bench.ts';
import { type MakeDatabase, useWorkbench } from './workbench.ts';

const AT_ONCE = 64;

/*
 * What makes these hold: the account is locked before anything is read, and the next token is made from the one that was
 * sent, so all who send the same one get the same.
 *
 * Seen to fail without it. Without `lockAccount` on PostgreSQL: one code trusted several browsers. Without the minute of
 * grace: all but one were refused. Without the end by a rotation: they went on after it.
 */

export function describeDeviceRaces(makeDatabase: MakeDatabase): void {
  describe('tokens of trusted devices that arrive together', () => {
    const bench = useWorkbench(makeDatabase);
    const { trust, trusted, use, devices, switchOn } = deviceBench(bench);

    it(`are the same one ${AT_ONCE} times over two nodes: all are accepted, and all get the one that follows`, async () => {
      const account = await bench().createAccount();
      await switchOn(account);
      const nodes = [bench().store, await bench().openNode()];
      for (let round = 0; round < 5; round++) {
        const phone = await bench().enrol(account, `user-${round}`);
        const { token } = await trusted(phone);
        const verdicts = await Promise.all(
          Array.from({ length: AT_ONCE }, (_, index) => use(phone, token, nodes[index % 2])),
        );
        const next = new Set(verdicts.map((verdict) => (verdict.valid ? verdict.token.reveal() : 'refused')));
        expect(next.size).toBe(1);
        const [text] = [...next] as [string];
        expect(text).not.toBe(token.reveal());
        bench().now += 60_000;
        // Replaced once and not 64 times: the one that all have is the present one.
        expect(await use(phone, text)).toMatchObject({ valid: true });
      }
    });

    it('are one code that is to trust a browser, over two nodes: one is accepted, and one browser is trusted', async () => {
      const account = await bench().createAccount();
      await switchOn(account);
      const nodes = [bench().store, await bench().openNode()];
      const phone = await bench().enrol(account, 'ada');
      const code = phone.codeAt(bench().now);
      const verdicts = await Promise.all(
        Array.from({ length: 16 }, (_, index) =>
          trust(phone, `browser ${index}`, code, 30, nodes[index % 2]),
        ),
      );
      expect(verdicts.filter(({ valid }) => valid)).toHaveLength(1);
      expect(await devices(phone)).toHaveLength(1);
    });

    it('come at once with what ends them: refused or accepted before it, and none afterwards', async () => {
      const account = await bench().createAccount();
      await switchOn(account);
      const nodes = [bench().store, await bench().openNode()];
      for (let round = 0; round < 5; round++) {
        const phone = await bench().enrol(account, `user-${round}`);
        const { token } = await trusted(phone);
        const [, ...verdicts] = await Promise.all([
          bench().rotate(phone, `another ${round}`),
          ...Array.from({ length: 10 }, (_, index) => use(phone, token, nodes[index % 2])),
        ]);
        for (const verdict of verdicts) {
          const present = verdict.valid ? verdict.token : token;
          expect(await use(phone, present)).toEqual({ valid: false, reason: 'device_unknown' });
        }
        expect(await devices(phone)).toEqual([]);
      }
    });
  });
}
