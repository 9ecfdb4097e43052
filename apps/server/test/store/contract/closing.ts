import { describe, expect, it } from 'vitest';
import { EVERYTHING, expectFault, type MakeDatabase, START, useWorkbench } from './workbench.ts';

export function describeClosing(makeDatabase: MakeDatabase): void {
  describe('a store', () => {
    const bench = useWorkbench(makeDatabase);

    it('answers a ping while it can read and write', async () => {
      await expect(bench().store.ping()).resolves.toBeUndefined();
    });

    it('lets what is queued commit before it closes', async () => {
      const account = await bench().createAccount();
      const phone = await bench().enrol(account, 'ada');
      const node = await bench().openNode();
      const verdict = bench().validate(phone, phone.codeAt(START), node);
      const failures = Array.from({ length: 3 }, () =>
        bench().validate(phone, phone.wrongCodeAt(START), node),
      );
      await node.close();
      expect(await verdict).toEqual({ valid: true });
      expect(await Promise.all(failures)).toEqual(Array(3).fill({ valid: false, reason: 'invalid_code' }));
      expect((await bench().client(phone)).lockout.failures).toBe(3);
      expect(await bench().events(account, { event: 'totp.validated' })).toHaveLength(4);
    });

    it('refuses everything with store_unavailable once it is closed', async () => {
      const account = await bench().createAccount();
      const phone = await bench().enrol(account, 'ada');
      const node = await bench().openNode();
      const closing = node.close();
      const late = bench().validate(phone, phone.codeAt(START), node);
      await expectFault(late, 'store_unavailable');
      await closing;
      // A second signal may ask for the same again.
      await node.close();
      const page = { cursor: null, limit: 1 };
      for (const call of [
        () => bench().validate(phone, phone.codeAt(START), node),
        () => node.findClient(account.id, 'ada'),
        () => node.findAccountByEmail(account.email),
        () => node.listEvents(account.id, EVERYTHING, page),
        () => node.listClients(account.id, { q: null, status: null, now: START }, page),
        () => node.takeLimits([{ name: 'x', limit: 1, windowMs: 1 }], START),
        () => node.serverKeys([]),
        () => node.ping(),
      ]) {
        await expectFault(call(), 'store_unavailable');
      }
      expect(await bench().validate(phone, phone.codeAt(START))).toEqual({ valid: true });
    });
  });
}
