import { describe, expect, it } from 'vitest';
import type { HourRefusals } from '../../../src/domain/log/statistics.ts';
import { HOUR_MS, type MakeDatabase, START, STEP_MS, useWorkbench } from './workbench.ts';

const HOUR = START / HOUR_MS;

/** What a dashboard shows: counted with each event, or with the work behind the logs, and never twice. */
export function describeStatistics(makeDatabase: MakeDatabase): void {
  describe('statistics', () => {
    const bench = useWorkbench(makeDatabase);

    /** Sums, as one reason of an hour may come in two parts: what is in the tree, and what is not yet. */
    function sums(refusals: readonly HourRefusals[]): Record<string, number> {
      const counted: Record<string, number> = {};
      for (const { hour, reason, refusals: count } of refusals) {
        const key = `${hour - HOUR} ${reason}`;
        counted[key] = (counted[key] ?? 0) + count;
      }
      return counted;
    }
    const activity = (accountId: number, last = 1) =>
      bench().store.readActivity(accountId, { first: HOUR, last: HOUR + last, bucketHours: 1 });

    it('count codes by hour: accepted, refused by reason, and clients that were locked', async () => {
      const account = await bench().createAccount();
      const phone = await bench().enrol(account, 'ada');
      await bench().validate(phone, phone.codeAt(START));
      await bench().validate(phone, phone.codeAt(START));
      await bench().validate(phone, phone.wrongCodeAt(START));
      bench().now += HOUR_MS;
      await bench().validate(phone, phone.codeAt(bench().now));
      await bench()
        .validate({ accountId: account.id, clientId: 'unknown' }, '123456')
        .catch(() => {});

      const { hours, refusals } = await activity(account.id);
      expect(hours).toEqual([
        { hour: HOUR, accepted: 1, refused: 2, locked: 0 },
        { hour: HOUR + 1, accepted: 1, refused: 1, locked: 0 },
      ]);
      expect(sums(refusals)).toEqual({
        '0 code_already_used': 1,
        '0 invalid_code': 1,
        '1 client_not_found': 1,
      });
      expect((await activity(account.id, 0)).hours).toEqual(hours.slice(0, 1));
      expect(sums((await activity(account.id, 0)).refusals)).not.toHaveProperty('1 client_not_found');
    });

    it('add up the hours of a day, in the tree of the log or not, and none beyond the last hour', async () => {
      const { store } = bench();
      const account = await bench().createAccount();
      const phone = await bench().enrol(account, 'ada');
      const day = Math.ceil(HOUR / 24) * 24;
      for (const [hour, wrong] of [
        [day, 1],
        [day + 23, 2],
        [day + 24, 1],
        [day + 25, 1],
      ] as const) {
        bench().now = hour * HOUR_MS;
        for (let index = 0; index < wrong; index++)
          await bench().validate(phone, phone.wrongCodeAt(bench().now, index));
      }
      const days = { first: day, last: day + 24, bucketHours: 24 };
      const counted = {
        hours: [
          { hour: day, accepted: 0, refused: 3, locked: 0 },
          { hour: day + 24, accepted: 0, refused: 1, locked: 0 },
        ],
        refusals: { [`${day - HOUR} invalid_code`]: 3, [`${day + 24 - HOUR} invalid_code`]: 1 },
      };
      const read = async () => {
        const { hours, refusals } = await store.readActivity(account.id, days);
        return { hours, refusals: sums(refusals) };
      };
      expect(await read()).toEqual(counted);
      const { lastEvent = 0 } = (await store.logHead(account.id)) ?? {};
      await store.extendLogTree(account.id, 0, lastEvent - 3, []);
      expect(await read()).toEqual(counted);
      await store.extendLogTree(account.id, lastEvent - 3, lastEvent, []);
      expect(await read()).toEqual(counted);
    });

    it('add up a year, read in strides, to what its days come to', async () => {
      const { store } = bench();
      const account = await bench().createAccount();
      const phone = await bench().enrol(account, 'ada');
      const first = Math.ceil(HOUR / 24) * 24;
      const days = [0, 30, 31, 200, 364];
      for (const day of days) {
        bench().now = (first + day * 24) * HOUR_MS;
        await bench().validate(phone, phone.wrongCodeAt(bench().now));
      }
      const { lastEvent = 0 } = (await store.logHead(account.id)) ?? {};
      // The refusals of the first strides are counted, those of the others are not.
      await store.extendLogTree(account.id, 0, lastEvent - 3, []);
      const year = { first, last: first + 365 * 24 - 1, bucketHours: 24 };
      const { hours, refusals } = await store.readActivity(account.id, year);
      const counted = days.map((day) => first + day * 24);
      expect(hours).toEqual(counted.map((hour) => ({ hour, accepted: 0, refused: 1, locked: 0 })));
      expect(sums(refusals)).toEqual(
        Object.fromEntries(counted.map((hour) => [`${hour - HOUR} invalid_code`, 1])),
      );
    });

    it('are the same before, while and after the events are put into the tree of the log', async () => {
      const { store } = bench();
      const account = await bench().createAccount();
      const phone = await bench().enrol(account, 'ada');
      for (let wrong = 0; wrong < 4; wrong++) await bench().validate(phone, phone.wrongCodeAt(START, wrong));
      const before = sums((await activity(account.id)).refusals);
      expect(before).toEqual({ '0 invalid_code': 4 });
      const { lastEvent = 0 } = (await store.logHead(account.id)) ?? {};
      for (let size = 0; size < lastEvent; size++) {
        expect(await store.extendLogTree(account.id, size, size + 1, [])).toBe(true);
        // Another process that did the same finds it done.
        expect(await store.extendLogTree(account.id, size, size + 1, [])).toBe(false);
        expect(sums((await activity(account.id)).refusals), `${size + 1} in the tree`).toEqual(before);
      }
    });

    it('outlive the bodies of the events', async () => {
      const { store } = bench();
      const account = await bench().createAccount();
      const phone = await bench().enrol(account, 'ada');
      await bench().validate(phone, phone.wrongCodeAt(START));
      const { lastEvent = 0 } = (await store.logHead(account.id)) ?? {};
      await store.extendLogTree(account.id, 0, lastEvent, []);
      const root = new Uint8Array(32);
      await store.addCheckpoint(account.id, 0, { size: lastEvent, root, at: START, note: 'note' });
      await store.pruneEvents(account.id, lastEvent, 1_000);
      expect(await store.findEvent(account.id, lastEvent)).toBeNull();
      expect(sums((await activity(account.id)).refusals)).toEqual({ '0 invalid_code': 1 });
    });

    it('are of one account', async () => {
      const ada = await bench().createAccount('ada');
      const bob = await bench().createAccount('bob');
      const phone = await bench().enrol(ada, 'client');
      await bench().validate(phone, phone.wrongCodeAt(START));
      expect(await activity(bob.id)).toEqual({
        hours: [{ hour: HOUR, accepted: 0, refused: 0, locked: 0 }],
        refusals: [],
      });
      expect(await bench().store.countClients(bob.id, START)).toEqual({ total: 0, disabled: 0, locked: 0 });
    });
  });

  describe('the number of clients', () => {
    const bench = useWorkbench(makeDatabase);
    const count = (accountId: number) => bench().store.countClients(accountId, bench().now);

    it('goes with every enrolment, deletion and change of what is disabled, done twice or not', async () => {
      const { store } = bench();
      const account = await bench().createAccount();
      const { id } = account;
      for (const clientId of ['a', 'b', 'c']) await bench().enrol(account, clientId);
      await bench()
        .enrol(account, 'a')
        .catch(() => {});
      expect(await count(id)).toEqual({ total: 3, disabled: 0, locked: 0 });
      for (let time = 0; time < 2; time++) await store.setClientDisabled(id, 'a', true, bench().change());
      await store.setClientDisabled(id, 'b', true, bench().change());
      expect(await count(id)).toEqual({ total: 3, disabled: 2, locked: 0 });
      await store.deleteClient(id, 'a', bench().change());
      await store.deleteClient(id, 'a', bench().change()).catch(() => {});
      expect(await count(id)).toEqual({ total: 2, disabled: 1, locked: 0 });
      for (let time = 0; time < 2; time++) await store.setClientDisabled(id, 'b', false, bench().change());
      expect(await count(id)).toEqual({ total: 2, disabled: 0, locked: 0 });
    });

    it('is right when several nodes change the same client at once', async () => {
      const account = await bench().createAccount();
      await bench().enrol(account, 'ada');
      const nodes = [bench().store, await bench().openNode()];
      const changes = Array.from({ length: 20 }, (_, index) =>
        nodes[index % 2]?.setClientDisabled(account.id, 'ada', index % 3 !== 0, bench().change()),
      );
      await Promise.all(changes);
      const { disabled } = await bench().client({ accountId: account.id, clientId: 'ada' });
      expect(await count(account.id)).toEqual({ total: 1, disabled: disabled ? 1 : 0, locked: 0 });
    });

    it('has those locked that are in a delay or locked for good, and no disabled one', async () => {
      const { store } = bench();
      const account = await bench().createAccount();
      const delayed = await bench().enrol(account, 'delayed');
      const locked = await bench().enrol(account, 'locked');
      await bench().failTimes(delayed, 5);
      expect(await count(account.id)).toMatchObject({ total: 2, locked: 1 });
      bench().now += 2 * STEP_MS;
      expect(await count(account.id)).toMatchObject({ locked: 0 });
      await bench().lockForGood(locked);
      expect(await count(account.id)).toMatchObject({ locked: 1 });
      await store.setClientDisabled(account.id, 'locked', true, bench().change());
      expect(await count(account.id)).toEqual({ total: 2, disabled: 1, locked: 0 });
      await store.setClientDisabled(account.id, 'locked', false, bench().change());
      await store.unlockClient(account.id, 'locked', bench().change());
      expect(await count(account.id)).toEqual({ total: 2, disabled: 0, locked: 0 });
    });
  });
}
