import { DEFAULT_PARAMETERS } from '@kanda/otp';
import { describe, expect, it } from 'vitest';
import { type MakeDatabase, Phone, STEP_MS, useWorkbench } from './workbench.ts';

export function describeExports(makeDatabase: MakeDatabase): void {
  describe('an export', () => {
    const bench = useWorkbench(makeDatabase);

    const exported = async (accountId: number, limit: number) => {
      const all = [];
      let after: number | null = 0;
      while (after !== null) {
        const { clients, next } = await bench().store.exportClients(
          accountId,
          after,
          limit,
          bench().change(),
        );
        all.push(...clients);
        after = next;
      }
      return all;
    };

    it('has everyone once, oldest first, with the secret and what was used of it, for every size of page', async () => {
      const account = await bench().createAccount();
      const other = await bench().createAccount('eve');
      await bench().enrol(other, 'not-mine');
      const phones = [];
      for (const name of ['a', 'b', 'c', 'd', 'e']) phones.push(await bench().enrol(account, name));
      const [first] = phones as [Phone];
      await bench().validate(first, first.codeAt(bench().now));
      await bench().store.setClientDisabled(account.id, 'b', true, bench().change());
      for (const limit of [1, 2, 5, 50]) {
        const clients = await exported(account.id, limit);
        expect(clients.map(({ clientId }) => clientId)).toEqual(['a', 'b', 'c', 'd', 'e']);
        for (const [index, { authenticators }] of clients.entries()) {
          expect(Buffer.from(authenticators[0]?.secret ?? [])).toEqual(
            Buffer.from(phones[index]?.secret ?? []),
          );
        }
        expect(clients[0]?.authenticators[0]?.watermark).toBe(Math.floor(bench().now / STEP_MS));
        expect(clients[1]).toMatchObject({ disabled: true, authenticators: [{ watermark: -1 }] });
      }
    });

    it('leaves an event for each client, and none for what is not confirmed', async () => {
      const account = await bench().createAccount();
      await bench().enrol(account, 'a');
      const pending = new Phone(account.id, 'p', DEFAULT_PARAMETERS);
      const client = { ...pending, label: 'p', issuer: 'x', pendingUntil: bench().now + 60_000 };
      await bench().store.registerClient(client, bench().change());
      expect(await exported(account.id, 10)).toHaveLength(1);
      const events = await bench().events(account, { event: 'client.secret_exported' });
      expect(events.map(({ clientId }) => clientId)).toEqual(['a']);
    });

    it('ends where a secret does not open, and says nothing of it', async () => {
      const account = await bench().createAccount();
      await bench().enrol(account, 'a');
      await bench().enrol(account, 'b');
      await bench().database.swapSecrets(account.id, 'a', 'b');
      await expect(exported(account.id, 10)).rejects.toMatchObject({ code: 'secret_unreadable' });
      expect(await bench().events(account, { event: 'client.secret_exported' })).toEqual([]);
    });
  });
}
