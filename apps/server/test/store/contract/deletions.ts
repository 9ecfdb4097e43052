import { DEFAULT_PARAMETERS } from '@kanda/otp';
import { describe, expect, it } from 'vitest';
import { DEFAULT_POLICY } from '../../../src/domain/verdicts/policy.ts';
import { expectFault, type MakeDatabase, ORIGIN, Phone, useWorkbench } from './workbench.ts';

/** More than one transaction deletes. */
const MANY = 60;

/** What is a log, or how far one is. */
const STAYS = [
  'account_head',
  'activity',
  'event',
  'event_feed',
  'event_tail',
  'key_use',
  'log_checkpoint',
  'log_tile',
  'log_tree',
  'refusal',
];

/** Rows of both halves `a`, and of the client that each has, `c`; bytes are whatever is at hand. */
const ROWS = {
  api_key:
    "account_id, id, number, name, scopes, mac, created_at: a.id, 'key ' || a.id, 901, 'x', '', a.data_key, 0",
  client_device:
    "account_id, client, id, label, mac, uses, created_at, expires_at: a.id, c.id, 'x', 'x', a.data_key, 0, 0, 9000000000000",
  client_recovery: 'account_id, client, generation: a.id, c.id, 1',
  client_recovery_code: 'account_id, client, mac: a.id, c.id, a.data_key',
  deleted_secret: 'account_id, fingerprint, period, watermark: a.id, a.data_key, 30, 1',
  further_authenticator:
    'account_id, client, id, secret_version, digits, watermark, drift: a.id, c.id, 902, 1, 6, 1, 0',
  idempotent_answer:
    'account_id, key_digest, expires_at, answer: a.id, a.data_key, 9000000000000, a.data_key',
  hosted_pages: "account_id, return_origins: a.id, ''",
  link: "account_id, number, token_mac, client_id, purpose, label, issuer, created_at, expires_at, keep_until: a.id, 905, a.data_key, 'x', 'enrol', 'x', 'x', 0, 9000000000000, 9000000000000",
  previous_secret:
    "account_id, client, secret_version, authenticator, algorithm, digits, period, watermark, sealed, replaced_at: a.id, c.id, 9, c.id, 'SHA1', 6, 30, 1, a.data_key, 9000000000000",
  spent_receipt: 'account_id, jti, keep_until: a.id, a.data_key, 9000000000000',
  webhook: "account_id, id, number, url, secret, created_at: a.id, 'x', 905, 'x', a.data_key, 0",
  webhook_progress:
    "account_id, webhook, version, delivered_to, failures, retry_at, last_delivery: a.id, 'x', 0, 0, 0, 0, 0",
  webhook_delivery:
    "account_id, webhook, number, kind, type, at, duration_ms: a.id, 'x', 1, 'event', 'x', 0, 0",
} as const;

/** The same of the live half, which alone has log-ins. */
const OF_LIVE = {
  account_authenticator: 'account_id, number, active: a.id, 903, 1',
  account_recovery_code: 'account_id, mac: a.id, a.data_key',
  account_session:
    "account_id, number, id, created_at, last_seen_at, expires_at: a.id, 904, 'ses_1', 0, 0, 9000000000000",
} as const;

/** What a deletion of an account removes, also when it does not come to its end at once. */
export function describeDeletions(makeDatabase: MakeDatabase): void {
  describe('the deletion of an account', () => {
    const bench = useWorkbench(makeDatabase);

    /** A node that comes to the last step of a deletion, and not over it, of the accounts with these ids. */
    const nodeThatStops = (publicIds: readonly string[]) =>
      bench().openNode({
        ...bench().box,
        createDataKey(publicId, masterKeyId) {
          if (publicIds.includes(publicId)) throw new Error('the process ended here');
          return bench().box.createDataKey(publicId, masterKeyId);
        },
      });

    it('that was stopped goes on with the upkeep, also of an account without users and keys; one that cannot holds up no other', async () => {
      const [ada, bob] = [await bench().createAccount('ada'), await bench().createAccount('bob')];
      const { store, database } = bench();
      const keysOf = async () =>
        (await database.sql('select data_key, policy from account where id > 0 order by id')).map(
          ({ data_key: dataKey, policy }) => ({ dataKey: Buffer.from(dataKey as Uint8Array), policy }),
        );
      const stopped = await nodeThatStops([ada.publicId, bob.publicId]);
      for (const { id } of [ada, bob]) {
        await store.setPolicy(id, { ...DEFAULT_POLICY, trustedDevices: true }, bench().change());
        await expect(stopped.deleteAccount(id, bench().change())).rejects.toThrow();
      }
      const before = await keysOf();
      expect(before).toMatchObject([{ policy: expect.any(String) }, { policy: expect.any(String) }]);

      await expect((await nodeThatStops([ada.publicId])).finishDeletions(bench().now)).rejects.toThrow();
      const [adas, bobs] = await keysOf();
      expect(adas).toEqual(before[0]);
      expect(bobs).toMatchObject({ policy: null });
      expect(bobs?.dataKey.equals(before[1]?.dataKey ?? Buffer.alloc(0))).toBe(false);

      await store.finishDeletions(bench().now);
      const after = await keysOf();
      expect(after[0]).toMatchObject({ policy: null });
      expect(after[0]?.dataKey.equals(before[0]?.dataKey ?? Buffer.alloc(0))).toBe(false);
      // And is not looked for again.
      await store.finishDeletions(bench().now);
      expect(await keysOf()).toEqual(after);
    });

    it('stops an import that is under way: no call enrols into either half any more', async () => {
      const ada = await bench().createAccount('ada');
      const { store } = bench();
      const half = { liveId: ada.id, publicId: 'acc_test_ada', at: bench().now, origin: ORIGIN };
      const halves = [ada, await store.createTestHalf(half)];
      const enrol = (accountId: number, clientId: string) => {
        const { parameters, secret } = new Phone(accountId, clientId, DEFAULT_PARAMETERS);
        const asked = { clientId, label: clientId, issuer: 'Example', name: null, parameters, secret };
        const rest = { watermark: -1, additional: false, disabled: false, recoveryMacs: null };
        const rules = { onConflict: 'skip', mostClients: null } as const;
        return store.importClients(accountId, [{ ...asked, ...rest }], rules, bench().change());
      };
      for (const { id } of halves) await enrol(id, 'first');
      await store.deleteAccount(ada.id, bench().change());
      for (const { id } of halves) {
        await expectFault(enrol(id, 'second'), 'account_not_found');
        const late = new Phone(id, 'late', DEFAULT_PARAMETERS);
        await expectFault(bench().register(late), 'account_not_found');
        expect(await store.countClients(id, bench().now)).toMatchObject({ total: 0 });
      }
    });

    it('leaves no row of either half in any table but those of the log', async () => {
      const ada = await bench().createAccount('ada');
      const { store, database } = bench();
      const half = { liveId: ada.id, publicId: 'acc_test_ada', at: bench().now, origin: ORIGIN };
      const test = await store.createTestHalf(half);
      for (const { id } of [ada, test]) await bench().register(new Phone(id, 'user', DEFAULT_PARAMETERS));
      for (const [table, row] of Object.entries({ ...ROWS, ...OF_LIVE })) {
        const [columns, values] = row.split(': ');
        const of = table in OF_LIVE ? `where a.id = ${ada.id}` : '';
        await database.sql(`insert into ${table} (${columns}) select ${values}
          from account a join client c on c.account_id = a.id ${of}`);
      }
      const tables = (await database.accountTables()).filter((table) => !STAYS.includes(table));
      const countsOf = async (id: number) => {
        const counts: Record<string, number> = {};
        for (const table of tables) {
          const [row] = await database.sql(`select count(*) as n from ${table} where account_id = ${id}`);
          if (Number(row?.n) > 0) counts[table] = Number(row?.n);
        }
        return counts;
      };
      // Else nothing shows of a table that it is emptied: a new one needs a row above, or stays.
      expect(Object.keys(await countsOf(ada.id))).toEqual(tables);
      expect(Object.keys(await countsOf(test.id))).toEqual(tables.filter((table) => !(table in OF_LIVE)));
      await store.deleteAccount(ada.id, bench().change());
      expect(await countsOf(ada.id)).toEqual({});
      expect(await countsOf(test.id)).toEqual({});
    });

    it('takes users whose state was lost with it, however many', async () => {
      const ada = await bench().createAccount('ada');
      for (let number = 0; number < MANY; number++) {
        await bench().register(new Phone(ada.id, `user-${number}`, DEFAULT_PARAMETERS));
      }
      const { store, database } = bench();
      await database.sql('delete from authenticator_state');
      await store.deleteAccount(ada.id, bench().change());
      expect(await database.sql('select client_id from client')).toEqual([]);
      expect(await bench().events(ada, { event: 'client.deleted' })).toHaveLength(MANY);
    });
  });
}
