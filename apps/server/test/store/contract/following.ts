import { describe, expect, it } from 'vitest';
import type { LogFilter } from '../../../src/domain/log/event-store.ts';
import type { EventRecord } from '../../../src/domain/log/events.ts';
import { type MakeDatabase, START, useWorkbench } from './workbench.ts';

const ALL: LogFilter = { clientId: null, event: null, outcome: null };
const ids = (events: readonly EventRecord[]) => events.map(({ id }) => id);

/** Reading a log forwards, as someone does who watches it. */
export function describeFollowing(makeDatabase: MakeDatabase): void {
  describe('following a log', () => {
    const bench = useWorkbench(makeDatabase);

    it('gives what came after a number, oldest first, in parts that fit together', async () => {
      const { store } = bench();
      const account = await bench().createAccount();
      for (const name of ['a', 'b', 'c', 'd']) await bench().enrol(account, name);
      const first = await store.followLog(account.id, 1, ALL, 2);
      expect(first).toMatchObject({ reached: 3, more: true });
      expect(ids(first.events)).toEqual([2, 3]);
      const second = await store.followLog(account.id, first.reached, ALL, 2);
      expect(ids(second.events)).toEqual([4, 5]);
      expect(second).toMatchObject({ reached: 5, more: false });
      expect(await store.followLog(account.id, 5, ALL, 2)).toEqual({ events: [], reached: 5, more: false });
    });

    it('goes on beyond what a filter leaves out', async () => {
      const { store } = bench();
      const account = await bench().createAccount();
      const phone = await bench().enrol(account, 'ada');
      await bench().enrol(account, 'bob');
      await bench().validate(phone, phone.wrongCodeAt(START));
      const of = async (filter: Partial<LogFilter>) =>
        ids((await store.followLog(account.id, 0, { ...ALL, ...filter }, 10)).events);
      expect(await of({ event: 'client.registered' })).toEqual([2, 3]);
      expect(await of({ outcome: 'failure' })).toEqual([4]);
      expect(await of({ clientId: 'ada' })).toEqual([2, 4]);
      const none = await store.followLog(account.id, 0, { ...ALL, event: 'key.revoked' }, 10);
      expect(none).toEqual({ events: [], reached: 4, more: false });
    });

    it('shows nothing that was pruned', async () => {
      const { store } = bench();
      const account = await bench().createAccount();
      for (const name of ['a', 'b']) await bench().enrol(account, name);
      const checkpoint = { size: 2, root: new Uint8Array(32), at: START, note: 'note' };
      await store.extendLogTree(account.id, 0, 2, []);
      await store.addCheckpoint(account.id, 0, checkpoint);
      expect(await store.pruneEvents(account.id, 2, 100)).toBe(2);
      const part = await store.followLog(account.id, 0, ALL, 10);
      expect({ ...part, events: ids(part.events) }).toEqual({ events: [3], reached: 3, more: false });
    });

    it('begins at the end when the log is shorter than someone remembers', async () => {
      const account = await bench().createAccount();
      const part = await bench().store.followLog(account.id, 1_000, ALL, 10);
      expect(part).toEqual({ events: [], reached: 1, more: false });
    });

    it('shows no one the log of another account', async () => {
      const { store } = bench();
      const ada = await bench().createAccount('ada');
      const bob = await bench().createAccount('bob');
      await bench().enrol(ada, 'client');
      expect(ids((await store.followLog(bob.id, 0, ALL, 10)).events)).toEqual([1]);
      expect(await store.findEvent(bob.id, 2)).toBeNull();
      expect(await store.findEvent(ada.id, 2)).toMatchObject({ id: 2, event: 'client.registered' });
    });
  });
}
