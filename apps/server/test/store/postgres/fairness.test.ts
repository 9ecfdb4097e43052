/**
 * Nobody can keep others from what they ask for: neither one who has no account, nor one account another. Somebody
 * who holds a row or a table stands for a flood, as what waits for him uses up the same slots, for as long as it takes.
 *
 * Seen to fail: with a lane for each piece of work that is no account's, the change and the ping waited for the
 * limits; with events of failed log-ins in the order of the account's own work, the validation waited for them; with
 * one set of slots for all reads, the look-ups of bearers waited for the searches; with a count before the comparison,
 * each refusal wrote a row; with a transaction for each, 2,000 calls made 2,000.
 */
import pg from 'pg';
import { afterAll, afterEach, beforeAll, beforeEach, describe, expect, test } from 'vitest';
import { embeddedPostgres, PostgresServer } from '../../../../../test/support/postgres-server.ts';
import type { LimitRule } from '../../../src/domain/ports.ts';
import { DEFAULT_POLICY } from '../../../src/domain/verdicts/policy.ts';
import { MAX_WAITING_OF_ADDRESS } from '../../../src/store/operations/limits/limit-batches.ts';
import { EVERYTHING, ORIGIN, START, Workbench } from '../contract/workbench.ts';
import { type PostgresDatabase, PostgresDatabases } from './postgres-database.ts';

/** Nothing that is held here is let go because it takes long. */
const PATIENT = { poolSize: 10, lockTimeoutMs: 600_000, statementTimeoutMs: 600_000 };

const addressRule = (address: string): LimitRule => ({
  name: `login:ip:${address}`,
  limit: 10,
  windowMs: 900_000,
});
const nameRule = (name: string): LimitRule => ({ name: `login:name:${name}`, limit: 10, windowMs: 900_000 });

describe.skipIf(embeddedPostgres() === null)('the PostgreSQL store', () => {
  let server: PostgresServer;
  let databases: PostgresDatabases;
  let bench: Workbench;
  let database: PostgresDatabase;
  const holders: (() => Promise<void>)[] = [];

  beforeAll(async () => {
    server = await PostgresServer.start();
    databases = new PostgresDatabases(server);
  });
  afterAll(() => server.stop());
  beforeEach(async () => {
    bench = await Workbench.open(async () => {
      database = await databases.make(PATIENT);
      return database;
    });
  });
  afterEach(async () => {
    for (const letGo of holders.splice(0)) await letGo();
    await bench.close();
  });

  /** Does `statement` in a transaction that stays open until it is let go. */
  async function hold(statement: string): Promise<() => Promise<void>> {
    const client = new pg.Client(database.url);
    await client.connect();
    let held = true;
    const letGo = async () => {
      if (!held) return;
      held = false;
      await client.end();
    };
    holders.push(letGo);
    await client.query('begin');
    await client.query(statement);
    return letGo;
  }

  test('log-ins of nobody known, however many, keep no account and no readiness waiting', async () => {
    const { store } = bench;
    const account = await bench.createAccount();
    const phone = await bench.enrol(account, 'ada');
    const flooding = addressRule('192.0.2.66');
    const letGo = await hold(`insert into limit_use values ('${flooding.name}', 1, ${START + 900_000})`);
    let ended = 0;
    const floods = Array.from({ length: 5_000 }, (_, number) =>
      store
        .takeLimits([flooding, nameRule(`u${number}@example.com`)], START)
        .then(
          ({ allowed }) => (allowed ? 'allowed' : 'refused'),
          (error) => error.code as string,
        )
        .finally(() => ended++),
    );
    await store.setPolicy(account.id, { ...DEFAULT_POLICY, skew: 0 }, bench.change());
    await store.ping();
    expect(await bench.validate(phone, phone.codeAt(START))).toMatchObject({ valid: true });
    // Told at once: no more than that can be answered in time.
    expect(ended).toBe(5_000 - MAX_WAITING_OF_ADDRESS);
    const elsewhere = store.takeLimits([addressRule('192.0.2.7'), nameRule('ada@example.com')], START);
    await letGo();
    expect(await elsewhere).toMatchObject({ allowed: true });
    const outcomes = await Promise.all(floods);
    const countOf = (outcome: string) => outcomes.filter((one) => one === outcome).length;
    expect(countOf('rate_limited')).toBe(5_000 - MAX_WAITING_OF_ADDRESS);
    expect(countOf('allowed')).toBe(10);
    // What is refused leaves nothing behind.
    const names = await database.behindTheStore(`select name from limit_use where name like 'login:name:u%'`);
    expect(names).toHaveLength(10);
  });

  test('a validation waits for no failed log-in of its account', async () => {
    const { store } = bench;
    const victim = await bench.createAccount('victim');
    const phone = await bench.enrol(victim, 'ada');
    const others = await Promise.all(['one', 'two', 'three'].map((name) => bench.createAccount(name)));
    const letGo = await hold(
      `select from account_head where account_id in (${others.map(({ id }) => id)}) for update`,
    );
    const changes = others.map((other) =>
      store.setPolicy(other.id, { ...DEFAULT_POLICY, skew: 0 }, bench.change()),
    );
    const failed = store.recordEvent(victim.id, {
      event: 'account.login',
      outcome: 'failure',
      reason: 'credentials_invalid',
      clientId: null,
      at: START,
      origin: ORIGIN,
    });
    expect(await bench.validate(phone, phone.codeAt(START))).toMatchObject({ valid: true });
    await letGo();
    await Promise.all([...changes, failed]);
    expect((await bench.events(victim))[0]).toMatchObject({ event: 'account.login', outcome: 'failure' });
  });

  test("one account's searches keep no bearer waiting", async () => {
    const { store } = bench;
    const account = await bench.createAccount();
    const session = { id: 'ses_1', accountId: account.id, expiresAt: START + 1_000 };
    await store.createSession(session, { passwordHash: 'hash of ada', authenticator: null }, bench.change());
    const letGo = await hold('lock table event in access exclusive mode');
    const searches = Array.from({ length: 50 }, () =>
      store.listEvents(account.id, EVERYTHING, { cursor: null, limit: 10 }),
    );
    expect(await store.findApiKey('nobody')).toBeNull();
    expect(await store.findSession(account.publicId, session.id, START)).toMatchObject({ account });
    expect(await store.findSession(account.publicId, session.id, START + 1_000)).toBeNull();
    await letGo();
    for (const { data } of await Promise.all(searches)) expect(data.length).toBeGreaterThan(0);
  });

  test('a resource that is used up is refused without a write, and the name beside it is not noted', async () => {
    const { store } = bench;
    const address = addressRule('192.0.2.66');
    for (let use = 0; use < address.limit; use++) await store.takeLimits([address], START);
    const before = await database.behindTheStore('select *, xmin from limit_use order by name');
    for (let number = 0; number < 5; number++) {
      expect(await store.takeLimits([address, nameRule(`u${number}`)], START)).toMatchObject({
        allowed: false,
      });
    }
    expect(await database.behindTheStore('select *, xmin from limit_use order by name')).toEqual(before);
  });

  test('limits that many take and give back at once share transactions, and are counted right', async () => {
    const { store } = bench;
    const transactions = () => store.figures?.batchSize.counts.reduce((sum, count) => sum + count, 0) ?? 0;
    const before = transactions();
    const calls = Array.from({ length: 1_000 }, async (_, number) => {
      const rules = [{ ...addressRule(`a${number % 7}`), limit: 100 }, nameRule(`n${number}`)];
      const { allowed } = await store.takeLimits(rules, START);
      if (allowed && number % 2 === 0) await store.returnLimits(rules, START);
      return allowed;
    });
    const allowed = await Promise.all(calls);
    expect(transactions() - before).toBeLessThan(50);
    const [counted] = await database.behindTheStore(
      `select sum(uses) as uses from limit_use where name like 'login:ip:%'`,
    );
    // Each one that was allowed and has an even number has given its use back.
    expect(Number(counted?.uses)).toBe(allowed.filter((one, number) => one && number % 2 === 1).length);
    expect(allowed.filter((one) => one).length).toBeGreaterThanOrEqual(700);
  });
});
