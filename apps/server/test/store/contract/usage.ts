import { describe, expect, it } from 'vitest';
import { DAY_MS, expectFault, HOUR_MS, type MakeDatabase, ORIGIN, START, useWorkbench } from './workbench.ts';

export function describeUsage(makeDatabase: MakeDatabase): void {
  describe('usage', () => {
    const bench = useWorkbench(makeDatabase);
    const START_HOUR = START / HOUR_MS;

    it('tells clients, keys, and the events from an hour on, without those before it', async () => {
      const account = await bench().createAccount();
      const phone = await bench().enrol(account, 'ada');
      const read = (hour: number) => bench().store.readUsage(account.id, hour);
      expect(await read(START_HOUR)).toEqual({
        clients: 1,
        keys: 0,
        recoveryCodes: 0,
        devices: 0,
        eventsKept: 2,
        eventsOfDay: 2,
      });
      bench().now = START + HOUR_MS;
      await bench().validate(phone, phone.codeAt(bench().now));
      expect(await read(START_HOUR)).toMatchObject({ eventsKept: 3, eventsOfDay: 3 });
      expect(await read(START_HOUR + 1)).toMatchObject({ eventsKept: 3, eventsOfDay: 1 });
      expect(await read(START_HOUR + 2)).toMatchObject({ eventsKept: 3, eventsOfDay: 0 });
    });

    // Seen to fail without `since`: a day further on nothing counted any more.
    it('of a test half counts the events of a day of the server, however far its clock was set forward', async () => {
      const { store } = bench();
      const { id: liveId } = await bench().createAccount();
      const half = { liveId, publicId: `acc_test_${liveId}`, at: START, origin: ORIGIN };
      const { id } = await store.createTestHalf(half);
      const read = (since?: number) =>
        store.readUsage(id, START_HOUR + 2 * 24, since).then(({ eventsOfDay }) => eventsOfDay);
      for (const offsetMs of [0, DAY_MS, 2 * DAY_MS])
        await store.advanceTestClock(id, DAY_MS, { at: START + offsetMs, origin: ORIGIN, offsetMs });
      expect(await read()).toBe(2);
      expect(await read(START - DAY_MS)).toBe(4);
      const [tile, root] = [{ level: 0, index: 0, hashes: new Uint8Array(32) }, new Uint8Array(32)];
      await store.extendLogTree(id, 0, 3, [tile]);
      await store.addCheckpoint(id, 0, { size: 3, root, at: START, note: 'note' });
      expect(await read(START - 1)).toBe(4);
      expect(await read(START), 'a day later those that the checkpoint has').toBe(2);
      await store.extendLogTree(id, 3, 4, [tile]);
      await store.addCheckpoint(id, 3, { size: 4, root, at: START + 1, note: 'note' });
      expect(await store.readUsage(id, START_HOUR + 9 * 24, START + 1)).toMatchObject({ eventsOfDay: 0 });
    });

    it('of an account that is not there is none', async () => {
      const none = { clients: 0, keys: 0, recoveryCodes: 0, devices: 0, eventsKept: 0, eventsOfDay: 0 };
      expect(await bench().store.readUsage(4_711, START_HOUR)).toEqual(none);
    });

    it('is no more than the quota when many are added at once on two nodes', async () => {
      const account = await bench().createAccount();
      const nodes = [bench().store, await bench().openNode()];
      const change = { at: START, origin: ORIGIN };
      const clients = await Promise.allSettled(
        Array.from({ length: 10 }, (_, number) =>
          (nodes[number % 2] ?? bench().store).registerClient(
            {
              accountId: account.id,
              clientId: `client-${number}`,
              label: 'label',
              issuer: 'issuer',
              parameters: { algorithm: 'SHA1', digits: 6, period: 30 },
              secret: new Uint8Array(20),
              mostClients: 3,
            },
            change,
          ),
        ),
      );
      const makeKey = (number: number) =>
        (nodes[number % 2] ?? bench().store).createApiKey(
          {
            accountId: account.id,
            id: `key-${number}`,
            name: 'name',
            scopes: ['totp:validate'],
            mac: new Uint8Array([1]),
            expiresAt: null,
            mostKeys: 3,
          },
          change,
        );
      const keys = await Promise.allSettled(Array.from({ length: 10 }, (_, number) => makeKey(number)));
      const made = (outcomes: readonly PromiseSettledResult<unknown>[]) =>
        outcomes.filter(({ status }) => status === 'fulfilled').length;
      expect([made(clients), made(keys)]).toEqual([3, 3]);
      expect(await bench().store.readUsage(account.id, START_HOUR)).toMatchObject({ clients: 3, keys: 3 });
      await expectFault(makeKey(11), 'key_quota_exceeded');
    });
  });
}
