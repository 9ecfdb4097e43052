/** What `kanda store restored` does to a PostgreSQL database, at moments that the test chooses. */
import { afterAll, afterEach, beforeAll, beforeEach, describe, expect, test } from 'vitest';
import { embeddedPostgres, PostgresServer } from '../../../../tools/postgres-server.ts';
import { DEFAULT_POLICY } from '../../src/domain/policy.ts';
import { DEFAULT_LIMITS } from '../../src/store/postgres/connections.ts';
import { recordRestore } from '../../src/store/postgres/restored.ts';
import { type Phone, START, STEP_MS, Workbench } from './contract/workbench.ts';
import { type PostgresDatabase, PostgresDatabases } from './postgres-database.ts';

describe.skipIf(embeddedPostgres() === null)('a PostgreSQL database that was restored', () => {
  let server: PostgresServer;
  let bench: Workbench;
  let database: PostgresDatabase;

  beforeAll(async () => {
    server = await PostgresServer.start();
  });
  afterAll(() => server.stop());
  beforeEach(async () => {
    const databases = new PostgresDatabases(server);
    bench = await Workbench.open(async () => {
      database = await databases.make();
      return database;
    });
  });
  afterEach(() => bench.close());

  const restoredAt = (now: number) =>
    recordRestore(
      database.url,
      DEFAULT_LIMITS,
      () => {},
      () => now,
    );
  /** Whether the code that is shown at `shown` is accepted at `now`, by whom nothing delays. */
  async function accepts(phone: Phone, shown: number, now: number): Promise<boolean> {
    bench.now = now;
    await bench.store.unlockClient(phone.accountId, phone.clientId, bench.change());
    return (await bench.validate(phone, phone.codeAt(shown))).valid;
  }

  test.each([
    [0, 0],
    [1, 1],
    [2, 2],
  ])(
    'with a window of %i steps no code up to %i steps ahead is accepted at any later time, and the next one is',
    async (skew, ahead) => {
      const account = await bench.createAccount();
      await bench.store.setPolicy(account.id, { ...DEFAULT_POLICY, skew }, bench.change());
      const phone = await bench.enrol(account, 'alice');
      expect(await restoredAt(START)).toMatchObject({ raised: 1, clients: 1 });
      for (let step = -skew; step <= ahead; step++) {
        const shown = START + step * STEP_MS;
        for (let later = 0; later <= ahead; later++) {
          expect(await accepts(phone, shown, START + later * STEP_MS), `step ${step}, ${later} later`).toBe(
            false,
          );
        }
      }
      const next = START + (ahead + 1) * STEP_MS;
      expect(await accepts(phone, next, START + STEP_MS)).toBe(true);
    },
  );

  test('each account has its own window, a watermark that is higher stays, and what is raised is counted', async () => {
    const [one, wide] = [await bench.createAccount('one'), await bench.createAccount('wide')];
    await bench.store.setPolicy(wide.id, { ...DEFAULT_POLICY, skew: 2 }, bench.change());
    const phones = [await bench.enrol(one, 'alice'), await bench.enrol(wide, 'bob')] as const;
    expect(await restoredAt(START)).toMatchObject({ raised: 2, accounts: 2 });
    expect(await accepts(phones[0], START + 2 * STEP_MS, START + 2 * STEP_MS)).toBe(true);
    expect(await accepts(phones[1], START + 2 * STEP_MS, START + 2 * STEP_MS)).toBe(false);
    // Earlier than what both stand at.
    expect(await restoredAt(START - STEP_MS)).toMatchObject({ raised: 0 });
    expect(await accepts(phones[1], START + 3 * STEP_MS, START + 3 * STEP_MS)).toBe(true);
  });

  test('each log goes on with it, also that of the installation and of an account without clients', async () => {
    const [one, other] = [await bench.createAccount('one'), await bench.createAccount('other')];
    await bench.enrol(one, 'alice');
    await restoredAt(START + 1);
    for (const account of [one, other]) {
      const [newest, ...older] = await bench.events(account);
      expect(newest).toMatchObject({ event: 'store.restored', outcome: 'success', at: START + 1 });
      expect(newest?.id).toBe((older[0]?.id ?? 0) + 1);
    }
    expect(await database.behindTheStore('select at::float8 as at from event where account_id = 0')).toEqual([
      { at: START + 1 },
    ]);
  });

  test('when what it says is not accepted nothing is changed', async () => {
    const account = await bench.createAccount();
    const phone = await bench.enrol(account, 'alice');
    const refuse = () => {
      throw new Error('not this one');
    };
    await expect(recordRestore(database.url, DEFAULT_LIMITS, refuse, () => START)).rejects.toThrow(
      'not this one',
    );
    expect((await bench.events(account)).map(({ event }) => event)).not.toContain('store.restored');
    expect(await accepts(phone, START, START)).toBe(true);
  });

  test('while a server has the duty, and renews it, it is refused; a lease that runs out is waited for', async () => {
    const { duty } = bench.store;
    expect(await duty?.hold()).toBe(true);
    const renewal = setInterval(() => void duty?.hold().catch(() => {}), 500);
    await expect(restoredAt(START))
      .rejects.toThrow(/a server works on it/)
      .finally(() => clearInterval(renewal));
    expect(await restoredAt(START)).toMatchObject({ raised: 0 });
  });
});
