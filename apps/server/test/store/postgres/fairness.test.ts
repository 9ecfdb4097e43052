/**
 * No one can keep others from what they ask for: neither one who has no account, nor one account another. Someone
 * who holds a row or a table simulates a flood, as what waits for him uses up the same slots, for as long as it takes.
 *
 * Seen to fail: with a lane for each piece of work that is no account's, the change and the ping waited for the
 * limits; with events of failed log-ins in the order of the account's own work, the validation waited for them; with
 * one set of slots for all reads, the look-ups of bearers waited for the searches; with a count before the comparison,
 * each refusal wrote a row; with a transaction for each, 2,000 calls made 2,000; with batches that wait for every row
 * (store/postgres/attempt-batches.ts), and changes that wait in their own slots, attempts and changes of all accounts
 * waited for the one that was held.
 */
import pg from 'pg';
import { afterAll, afterEach, beforeAll, beforeEach, describe, expect, test } from 'vitest';
import { embeddedPostgres, PostgresServer } from '../../../../../test/support/postgres-server.ts';
import type { LimitRule } from '../../../src/domain/limits/ports.ts';
import { DEFAULT_POLICY } from '../../../src/domain/verdicts/policy.ts';
import { MAX_WAITING_OF_ADDRESS } from '../../../src/store/operations/limits/limit-batches.ts';
import { EVERYTHING, ORIGIN, type Phone, START, STEP_MS, Workbench } from '../contract/workbench.ts';
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

  test('log-ins of no one known, however many, keep no account and no readiness waiting', async () => {
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

  test.each([
    ['head', 'account_head'],
    ["client's state", 'authenticator_state'],
    ['hour', 'activity'],
  ])("an account whose %s is held keeps no other's attempts waiting", async (_, table) => {
    const accounts = await Promise.all(Array.from({ length: 8 }, (_, n) => bench.createAccount(`user${n}`)));
    const phones = await Promise.all(accounts.map((account) => bench.enrol(account, 'ada')));
    const [first] = accounts;
    const letGo = await hold(`select from ${table} where account_id = ${first?.id} for update`);
    // All of one turn: they share a transaction, and the code that comes twice is its account's first work.
    const twice = phones.flatMap((phone) => [0, 1].map(() => bench.validate(phone, phone.codeAt(START))));
    const [held, heldAgain, ...others] = twice;
    const accepted = (await Promise.all(others)).map(({ valid }) => valid);
    expect(accepted).toEqual(Array.from({ length: 7 }, () => [true, false]).flat());
    bench.now += STEP_MS;
    const [, second] = phones as [Phone, Phone];
    expect(await bench.validate(second, second.codeAt(bench.now))).toEqual({ valid: true });
    await letGo();
    expect([await held, await heldAgain].map((verdict) => verdict?.valid)).toEqual([true, false]);
  });

  test("accounts that are held, however many, keep no other's changes and attempts waiting", async () => {
    const { store } = bench;
    const held = await Promise.all(Array.from({ length: 6 }, (_, n) => bench.createAccount(`held${n}`)));
    const phones = await Promise.all(held.map((account) => bench.enrol(account, 'ada')));
    const free = await bench.createAccount('free');
    const phone = await bench.enrol(free, 'ada');
    const letGo = await hold(
      `select from account_head where account_id in (${held.map(({ id }) => id)}) for update`,
    );
    const waiting = [
      ...held.map(({ id }) => store.setPolicy(id, { ...DEFAULT_POLICY, skew: 0 }, bench.change())),
      ...phones.map((one) => bench.validate(one, one.codeAt(START))),
    ];
    await store.setPolicy(free.id, { ...DEFAULT_POLICY, skew: 0 }, bench.change());
    await store.ping();
    expect(await bench.validate(phone, phone.codeAt(START))).toEqual({ valid: true });
    await letGo();
    const outcomes = (await Promise.all(waiting)) as unknown[];
    expect(outcomes.slice(held.length)).toEqual(held.map(() => ({ valid: true })));
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
    expect(await store.findApiKey('unknown')).toBeNull();
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
