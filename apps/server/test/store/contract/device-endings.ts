import { describe, expect, it } from 'vitest';
import { deviceBench } from './device-bench.ts';
import { macsOf, recoveryBench } from './recovery-bench.ts';
import { DAY_MS, expectFault, type MakeDatabase, Phone, useWorkbench } from './workbench.ts';

const UNKNOWN = { valid: false, reason: 'device_unknown' };

/* Seen to fail without the guard: without the one call of `dropDevices`, that way in which they end. */
export function describeDeviceEndings(makeDatabase: MakeDatabase): void {
  describe('trusted devices of clients: what ends them', () => {
    const bench = useWorkbench(makeDatabase);
    const { trusted, use, devices, switchOn } = deviceBench(bench);
    const recovery = recoveryBench(bench);

    const enrol = async () => {
      const account = await bench().createAccount();
      await switchOn(account);
      return { account, phone: await bench().enrol(account, 'ada') };
    };
    const nextToken = async (phone: Phone, token: Parameters<typeof use>[1]) => {
      const verdict = await use(phone, token);
      if (!verdict.valid) throw new Error(`refused: ${verdict.reason}`);
      return verdict.token;
    };

    it.each([
      'rotation',
      'disabling',
      'deletion',
      'recovery code',
      'confirmed replacement',
      'replacing import',
    ] as const)('end all, and those alone of that client, with a %s, in the same commit', async (way) => {
      const { account, phone } = await enrol();
      const other = await bench().enrol(account, 'bob');
      await recovery.create(phone, 'paper');
      const browsers = [await trusted(phone, 'one'), await trusted(phone, 'two')];
      const kept = await trusted(other);
      const { store } = bench();
      const name = { accountId: account.id, clientId: 'ada' };
      const next = new Phone(account.id, 'ada', phone.parameters, 'another');
      if (way === 'rotation') await store.rotateClient({ ...next, number: null }, bench().change());
      if (way === 'replacing import') {
        const imported = {
          ...next,
          label: 'ada',
          issuer: 'MyApp',
          name: null,
          watermark: -1,
          recoveryMacs: null,
        };
        const client = { ...imported, additional: false, disabled: false };
        const rules = { onConflict: 'replace', mostClients: null } as const;
        await store.importClients(account.id, [client], rules, bench().change());
      }
      if (way === 'disabling') await store.setClientDisabled(account.id, 'ada', true, bench().change());
      if (way === 'deletion') {
        await store.deleteClient(account.id, 'ada', bench().change());
        for (const { token } of browsers) await expectFault(use(phone, token), 'client_not_found');
        await bench().register(phone);
      }
      if (way === 'recovery code')
        expect(await recovery.use(phone, 'paper 0')).toMatchObject({ valid: true });
      if (way === 'confirmed replacement') {
        const pending = {
          ...next,
          name: null,
          isImported: false,
          watermark: -1,
          pendingUntil: bench().now + DAY_MS,
          replaces: 0,
          fresh: false,
        };
        await store.addAuthenticator(pending, bench().change());
        expect(await devices(phone)).toHaveLength(2);
        const code = next.codeAt(bench().now);
        await store.confirmAuthenticator({ ...name, number: null, code }, bench().change());
      }
      expect(await devices(phone)).toEqual([]);
      if (way === 'disabling') {
        for (const { token } of browsers) {
          expect(await use(phone, token)).toEqual({ valid: false, reason: 'disabled' });
        }
        await store.setClientDisabled(account.id, 'ada', false, bench().change());
      }
      for (const { token } of browsers) expect(await use(phone, token)).toEqual(UNKNOWN);
      expect(await store.readUsage(account.id, 0)).toMatchObject({ devices: 1 });
      expect(await use(other, kept.token)).toMatchObject({ valid: true });
    });

    it('stay with what says nothing about a browser: wrong codes, unlocking, a second phone, new recovery codes, enabling', async () => {
      const { account, phone } = await enrol();
      let { token } = await trusted(phone);
      const { store } = bench();
      const second = new Phone(account.id, 'ada', phone.parameters, 'second');
      const added = { name: null, isImported: false, watermark: -1, pendingUntil: null, replaces: null };
      const ways = [
        () => bench().failTimes(phone, 3),
        () => recovery.use(phone, 'wrong'),
        () => store.unlockClient(account.id, 'ada', bench().change()),
        () => store.addAuthenticator({ ...second, ...added, fresh: false }, bench().change()),
        () => store.createClientRecoveryCodes(account.id, 'ada', macsOf('new'), bench().change()),
        () => store.setClientDisabled(account.id, 'ada', false, bench().change()),
      ];
      for (const way of ways) {
        await way();
        token = await nextToken(phone, token);
      }
      // A phone that is taken away may be the thief's.
      const [, last] = await store.listAuthenticators(account.id, 'ada', bench().now);
      const number = last?.number ?? 0;
      await store.removeAuthenticator({ accountId: account.id, clientId: 'ada', number }, bench().change());
      expect(await use(phone, token)).toEqual(UNKNOWN);
    });
  });
}
