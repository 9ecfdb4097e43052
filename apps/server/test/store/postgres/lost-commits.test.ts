/**
 * A database that has lost commits while nodes ran on: a failover to a standby that was behind, or a backup put back.
 * It gives the same numbers again, and nothing that a node remembers of the lost rows may decide about the new ones.
 *
 * Seen to fail without the guard: with versions that count from 1 (store/operations/clients/secret-version.ts), the node that
 * ran on accepted mallory's code for alice, and the lost secret's code after another rotation; without the version in
 * `read_numbered` (store/postgres/batch-clients.ts), mallory, who was enrolled no more, was judged by alice's row.
 */
import { afterAll, afterEach, beforeAll, beforeEach, describe, expect, test } from 'vitest';
import { embeddedPostgres, PostgresServer } from '../../../../../test/support/postgres-server.ts';
import type { Store } from '../../../src/domain/store.ts';
import { expectFault, Phone, START, STEP_MS, Workbench } from '../contract/workbench.ts';
import { PostgresDatabase } from './postgres-database.ts';

describe.skipIf(embeddedPostgres() === null)('after a database has lost commits', () => {
  let server: PostgresServer;
  let bench: Workbench;
  let name: string;
  beforeAll(async () => {
    server = await PostgresServer.start();
  });
  afterAll(() => server.stop());
  beforeEach(async () => {
    const url = await server.createDatabase();
    name = new URL(url).pathname.slice(1);
    bench = await Workbench.open(async () => new PostgresDatabase(server, url));
  });
  afterEach(() => bench.close());

  /** Runs `lost` and takes the database back to before it; what was committed between is gone. */
  async function losing(lost: () => Promise<void>): Promise<void> {
    await alone(`create database ${name}_standby template ${name}`);
    await lost();
    await alone(`alter database ${name} rename to ${name}_lost`);
    await alone(`alter database ${name}_standby rename to ${name}`);
  }

  /** Needs a database that no one is connected to; a node that is open makes connections anew when it is asked. */
  async function alone(text: string): Promise<void> {
    for (;;) {
      await server.query(
        `select pg_terminate_backend(pid, 10000) from pg_stat_activity where datname = '${name}'`,
      );
      try {
        await server.query(text);
        return;
      } catch (error) {
        // object_in_use: its last connection is still on its way out.
        if ((error as { code?: string }).code !== '55006') throw error;
      }
    }
  }

  test('another client that gets the number of a lost one is judged by its own secret, on the node that ran on too', async () => {
    const ranOn = bench.store;
    const account = await bench.createAccount();
    const mallory = new Phone(account.id, 'mallory', { algorithm: 'SHA1', digits: 6, period: 30 });
    await losing(async () => {
      await bench.register(mallory);
      expect(await bench.validate(mallory, mallory.codeAt(START), ranOn)).toEqual({ valid: true });
    });
    const alice = await bench.enrol(account, 'alice');
    expect(await numberOf('alice')).toBe(1);
    await expectFault(bench.validate(mallory, mallory.codeAt(START), ranOn), 'client_not_found');
    expect(await bench.validate(alice, mallory.codeAt(START), ranOn)).toMatchObject({ valid: false });
    expect(await bench.validate(alice, alice.codeAt(START), ranOn)).toEqual({ valid: true });
    await onAnyNode(alice);
  });

  test('a lost rotation leaves nothing behind, whether another one follows or the old secret stays', async () => {
    const ranOn = bench.store;
    const account = await bench.createAccount();
    const before = [await bench.enrol(account, 'ada'), await bench.enrol(account, 'bob')] as const;
    const lost: Phone[] = [];
    await losing(async () => {
      for (const phone of before) {
        const rotated = await bench.rotate(phone, `the lost one of ${phone.clientId}`);
        expect(await bench.validate(rotated, rotated.codeAt(START), ranOn)).toEqual({ valid: true });
        lost.push(rotated);
      }
    });
    bench.now += STEP_MS;
    const ada = await bench.rotate(before[0], 'the next one of ada');
    for (const [index, stands] of [ada, before[1]].entries()) {
      const gone = lost[index] as Phone;
      expect(await bench.validate(stands, gone.codeAt(bench.now), ranOn)).toMatchObject({ valid: false });
      expect(await bench.validate(stands, stands.codeAt(bench.now), ranOn)).toEqual({ valid: true });
      await onAnyNode(stands);
    }
  });

  /** Each node, also one that remembers nothing, accepts this phone's next code. */
  async function onAnyNode(phone: Phone): Promise<void> {
    const nodes: readonly Store[] = [bench.store, await bench.openNode()];
    for (const node of nodes) {
      bench.now += STEP_MS;
      expect(await bench.validate(phone, phone.codeAt(bench.now), node)).toEqual({ valid: true });
    }
  }

  async function numberOf(clientId: string): Promise<unknown> {
    const rows = await server.query(
      `select id::int from client where client_id = '${clientId}'`,
      server.url(name),
    );
    return rows[0]?.id;
  }
});
