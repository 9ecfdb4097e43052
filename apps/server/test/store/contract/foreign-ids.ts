/**
 * Ids of any script and with any sign, in every place where a store compares, orders or searches them: byte by byte,
 * whatever the language of the database.
 *
 * Seen to fail on PostgreSQL: with text columns whose collation ignores case (`und-u-ks-level2`, not deterministic) in place
 * of "C" (store/migrations/column-types.ts), `müller` was `MÜLLER`; without the escapes in `textArray`
 * (store/postgres/exchange.ts), ids with quotes and backslashes were others or none.
 */
import { describe, expect, it } from 'vitest';
import { FOREIGN_IDS } from '../../../../../test/support/foreign-ids.ts';
import { type MakeDatabase, type Phone, STEP_MS, useWorkbench } from './workbench.ts';

/** What some language or collation takes for the same, or for nothing. */
const ALIKE = [
  'co-op',
  'coop',
  'Coop',
  'cö',
  'co',
  'ö',
  'o',
  'ı',
  'i',
  'I',
  'İ',
  'ﬁ',
  'fi',
  '²',
  '2',
  'NULL',
  '{}',
  '{a,b}',
  'а',
  'a',
];
const IDS = [...FOREIGN_IDS, ...ALIKE];

export function describeForeignIds(makeDatabase: MakeDatabase): void {
  describe('ids that others own', () => {
    const bench = useWorkbench(makeDatabase);

    it('are clients of their own, in one batch and one by one, and find their own events', async () => {
      const account = await bench().createAccount();
      const phones: Phone[] = [];
      for (const id of IDS) phones.push(await bench().enrol(account, id));
      expect(await bench().clientIds(account, {}, 7)).toEqual([...IDS].reverse());

      const at = (phone: Phone) => bench().validate(phone, phone.codeAt(bench().now));
      const together = await Promise.all(phones.map(at));
      expect(together).toEqual(IDS.map(() => ({ valid: true })));
      await bench().reopen();
      bench().now += STEP_MS;
      for (const phone of phones) expect(await at(phone), phone.clientId).toEqual({ valid: true });

      for (const id of IDS) {
        const events = await bench().events(account, { clientId: id });
        const own = events.map((event) => [event.event, event.clientId]);
        expect(own).toEqual([
          ['totp.validated', id],
          ['totp.validated', id],
          ['client.registered', id],
        ]);
      }
    });

    it('have histories of their own where none of them is enrolled', async () => {
      const account = await bench().createAccount();
      const strangers = IDS.map((clientId) => ({ accountId: account.id, clientId }));
      await Promise.all(
        strangers.map((one) =>
          bench()
            .validate(one, '123456')
            .catch(() => null),
        ),
      );
      for (const id of IDS) {
        const events = await bench().events(account, { clientId: id });
        expect(events.map(({ clientId, reason }) => [clientId, reason])).toEqual([[id, 'client_not_found']]);
      }
    });

    it('are found by the whole of them and by a part, whichever way they are composed', async () => {
      const account = await bench().createAccount();
      for (const id of IDS) await bench().enrol(account, id);
      for (const id of IDS) {
        for (const q of [id, id.normalize('NFD'), [...id].slice(0, 2).join('')])
          expect(await bench().clientIds(account, { q }), q).toContain(id);
      }
      const withPercent = IDS.filter((id) => id.includes('%')).reverse();
      expect(await bench().clientIds(account, { q: '%' })).toEqual(withPercent);
      expect(await bench().clientIds(account, { q: '{a,b}' })).toEqual(['{a,b}']);
    });

    it('are exported in the order in which they came, and the deletion of one leaves its likes', async () => {
      const account = await bench().createAccount();
      for (const id of ALIKE) await bench().enrol(account, id);
      const { clients } = await bench().store.exportClients(account.id, 0, 200, bench().change());
      expect(clients.map(({ clientId }) => clientId)).toEqual(ALIKE);
      for (const [index, id] of ALIKE.entries()) {
        await bench().store.deleteClient(account.id, id, bench().change());
        expect(await bench().clientIds(account)).toEqual(ALIKE.slice(index + 1).reverse());
      }
    });
  });
}
