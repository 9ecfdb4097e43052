import { describe, expect, it } from 'vitest';
import { activeClient, twoPhones } from './adas-authenticators.ts';
import type { MakeDatabase, RowCounts } from './database.ts';
import { type Phone, STEP_MS, useWorkbench } from './workbench.ts';

const VALIDATIONS = 20;

/** What belongs to a batch, however many attempts it has, or comes with time: of these the changes count alone. */
const ASIDE = new Set(['account', 'account_head', 'activity', 'lease']);

/**
 * What a validation costs the database, counted in rows. Seen to fail on both stores with one more read of the state, and
 * with one more event.
 */
export function describeRowsOfValidations(makeDatabase: MakeDatabase): void {
  describe('a validation of a client that the store knows', () => {
    const bench = useWorkbench(makeDatabase);

    /** By table, of one validation; what opening the store takes is left out. */
    async function rowsOfOne(phone: Phone): Promise<RowCounts> {
      const rowsOf = (validations: number) =>
        bench().database.countRows(async () => {
          await bench().reopen();
          for (let nth = 0; nth <= validations; nth++) {
            bench().now += STEP_MS;
            expect(await bench().validate(phone, phone.codeAt(bench().now))).toEqual({ valid: true });
          }
          await bench().closeStores();
        });
      await bench().closeStores();
      const none = await rowsOf(0);
      const some = await rowsOf(VALIDATIONS);
      await bench().reopen();
      const each = Object.entries(some).map(([table, { read, written }]) => {
        const before = none[table] ?? { read: 0, written: 0 };
        const ofOne = (after: number, left: number) => (after - left) / VALIDATIONS;
        return [table, { read: ofOne(read, before.read), written: ofOne(written, before.written) }] as const;
      });
      const own = each.filter(([table, { read, written }]) => !ASIDE.has(table) && read + written !== 0);
      const head = each.find(([table]) => table === 'account_head');
      expect(head?.[1].written).toBe(1);
      return Object.fromEntries(own);
    }

    it('reads one row of its state, and writes that row and one event', async () => {
      const { first } = await activeClient(bench());
      expect(await rowsOfOne(first)).toEqual({
        authenticator_state: { read: 1, written: 1 },
        event: { read: 0, written: 1 },
      });
    });

    it('reads the row of a second phone besides, and writes none of it', async () => {
      const { first } = await twoPhones(bench());
      expect(await rowsOfOne(first)).toMatchObject({
        authenticator_state: { read: 1, written: 1 },
        further_authenticator: { read: 1, written: 0 },
        event: { read: 0, written: 1 },
      });
    });
  });
}
