import { describe, expect, it } from 'vitest';
import { DEFAULT_POLICY } from '../../../src/domain/verdicts/policy.ts';
import { expectFault, HOUR_MS, type MakeDatabase, START, STEP_MS, useWorkbench } from './workbench.ts';

/** As many searches as one account may have at once. */
const AT_ONCE = 100;
/** A search among these takes several strides. */
const CLIENTS = 2_050;
const ROUNDS = 4;
const FIRST_PAGE = { cursor: null, limit: 10 };
const NO_FILTER = { clientId: null, event: null, outcome: null, from: null, to: null };
const HOUR = START / HOUR_MS;

/**
 * Seen to fail on SQLite with a stride for each search in each turn of the event loop: all hundred searches were
 * answered before one validation of the other account.
 */
export function describeFairness(makeDatabase: MakeDatabase): void {
  describe("one account's searches", () => {
    const bench = useWorkbench(makeDatabase);
    const searchOf = (accountId: number) => () =>
      bench().store.listClients(accountId, { q: 'zzzzz', status: null, now: START }, FIRST_PAGE);

    it('however many it sends, are not served before what another account asks for', async () => {
      const { store } = bench();
      const flooder = await bench().createAccount('flooder');
      await Promise.all(Array.from({ length: CLIENTS }, (_, index) => bench().enrol(flooder, `c-${index}`)));
      const other = await bench().createAccount('other');
      const phone = await bench().enrol(other, 'ada');
      const calls: Record<string, () => Promise<unknown>> = {
        validate: () => bench().validate(phone, phone.codeAt(bench().now)),
        change: () => store.setPolicy(other.id, { ...DEFAULT_POLICY, skew: 0 }, bench().change()),
        findClient: () => store.findClient(other.id, 'ada'),
        search: searchOf(other.id),
        listEvents: () => store.listEvents(other.id, NO_FILTER, FIRST_PAGE),
        countEvents: () => store.countEvents(other.id, NO_FILTER),
        followLog: () => store.followLog(other.id, 0, NO_FILTER, 100),
        readActivity: () => store.readActivity(other.id, { first: HOUR, last: HOUR, bucketHours: 1 }),
        countClients: () => store.countClients(other.id, START),
        logHead: () => store.logHead(other.id),
        bearer: () => store.findApiKey('none'),
      };

      let answered = 0;
      let over = false;
      const search = searchOf(flooder.id);
      const flood = Array.from({ length: AT_ONCE }, async () => {
        while (!over) {
          await search();
          answered += 1;
        }
      });
      const before: Record<string, number[]> = {};
      for (let round = 0; round < ROUNDS; round++) {
        bench().now += STEP_MS;
        for (const [name, call] of Object.entries(calls)) {
          const begun = answered;
          await call();
          before[name] = [...(before[name] ?? []), answered - begun];
        }
      }
      over = true;
      await Promise.all(flood);
      for (const [name, counts] of Object.entries(before)) {
        const median = counts.sort((one, two) => one - two)[ROUNDS >> 1];
        expect(median, `searches answered before one ${name}: ${counts}`).toBeLessThan(AT_ONCE / 4);
      }
    });

    it('are refused beyond a hundred at once, and those of others are not', async () => {
      const flooder = await bench().createAccount('flooder');
      const other = await bench().createAccount('other');
      const search = searchOf(flooder.id);
      const waiting = Array.from({ length: AT_ONCE }, search);
      const { store } = bench();
      // Held back for a second, so all at once.
      const refused = [
        expectFault(search(), 'rate_limited'),
        expectFault(store.listEvents(flooder.id, NO_FILTER, FIRST_PAGE), 'rate_limited'),
        expectFault(
          store.readActivity(flooder.id, { first: HOUR, last: HOUR, bucketHours: 1 }),
          'rate_limited',
        ),
      ];
      expect(await searchOf(other.id)()).toEqual({ data: [], nextCursor: null });
      expect(await store.findClient(flooder.id, 'ada')).toBeNull();
      for (const { data } of await Promise.all(waiting)) expect(data).toEqual([]);
      await Promise.all(refused);
      expect(await search()).toEqual({ data: [], nextCursor: null });
    });
  });
}
