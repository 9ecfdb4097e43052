/** What `kanda store restored` does to a PostgreSQL database, at moments that the test chooses. */
import pg from 'pg';
import { afterAll, afterEach, beforeAll, beforeEach, describe, expect, test } from 'vitest';
import { embeddedPostgres, PostgresServer } from '../../../../../test/support/postgres-server.ts';
import { HIGHEST_ACCEPTED as LAST } from '../../../src/domain/verdicts/methods/totp.ts';
import { DEFAULT_POLICY, POLICY_BOUNDS } from '../../../src/domain/verdicts/policy.ts';
import { MIGRATION_NAMES } from '../../../src/store/migrations/index.ts';
import { DEFAULT_LIMITS } from '../../../src/store/postgres/connections.ts';
import { MIGRATION_LOCK } from '../../../src/store/postgres/migrate.ts';
import { DatabaseInUseError } from '../../../src/store/postgres/other-sessions.ts';
import { recordRestore } from '../../../src/store/postgres/restored.ts';
import type { StoreFacts } from '../../../src/store/sqlite/examine.ts';
import { EVERYTHING, HOUR_MS, type Phone, START, STEP_MS, Workbench } from '../contract/workbench.ts';
import { type PostgresDatabase, PostgresDatabases } from './postgres-database.ts';

/** No server of these tests is silent for so long; the real ones are watched for longer. */
const WATCH_MS = 300;

const WIDEST = POLICY_BOUNDS.skew.most;

type Accept = (facts: StoreFacts) => void;

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

  /** No server is there when it is run: the bench's ends before and is started anew afterwards. */
  async function restoredAt(now: number, accept: Accept = () => {}) {
    await bench.store.close();
    try {
      return await recordRestore(database.url, DEFAULT_LIMITS, accept, () => now, WATCH_MS);
    } finally {
      await bench.reopen();
    }
  }
  const restoredBesideIt = () =>
    recordRestore(
      database.url,
      { ...DEFAULT_LIMITS, lockTimeoutMs: 60_000 },
      () => {},
      () => START,
      WATCH_MS,
    );
  /** Whether the code that is shown at `shown` is accepted at `now`, by whom nothing delays. */
  async function accepts(phone: Phone, shown: number, now: number): Promise<boolean> {
    bench.now = now;
    await bench.store.unlockClient(phone.accountId, phone.clientId, bench.change());
    return (await bench.validate(phone, phone.codeAt(shown))).valid;
  }

  test.each([0, 1, 2])(
    'no code that any policy accepts is accepted at any later time with a window of %i steps, and the next one is',
    async (skew) => {
      const account = await bench.createAccount();
      await bench.store.setPolicy(account.id, { ...DEFAULT_POLICY, skew }, bench.change());
      const phone = await bench.enrol(account, 'alice');
      expect(await restoredAt(START)).toMatchObject({ raised: 1, clients: 1 });
      for (const step of [-WIDEST, 0, WIDEST, LAST - 1, LAST]) {
        const shown = START + step * STEP_MS;
        for (let later = step - skew; later <= step + skew; later++) {
          const what = `step ${step}, ${later} later`;
          expect(await accepts(phone, shown, START + later * STEP_MS), what).toBe(false);
        }
      }
      const next = LAST + 1;
      expect(await accepts(phone, START + next * STEP_MS, START + (next - skew) * STEP_MS)).toBe(true);
    },
  );

  test('a code accepted after the dump under a wider window than the dump knows is burnt', async () => {
    const account = await bench.createAccount();
    const phone = await bench.enrol(account, 'alice');
    const [dumped] = await database.behindTheStore('select watermark::float8 as w from authenticator_state');
    await bench.store.setPolicy(account.id, { ...DEFAULT_POLICY, skew: WIDEST }, bench.change());
    const shown = START + WIDEST * STEP_MS;
    expect(await accepts(phone, shown, START)).toBe(true);
    await database.behindTheStore(`update authenticator_state set watermark = ${dumped?.w}`);
    await database.behindTheStore('update account set policy = null');
    await restoredAt(START);
    expect(await accepts(phone, shown, START + STEP_MS)).toBe(false);
  });

  test('a watermark that is higher stays, and what is raised is counted', async () => {
    const [one, wide] = [await bench.createAccount('one'), await bench.createAccount('wide')];
    const phones = [await bench.enrol(one, 'alice'), await bench.enrol(wide, 'bob')] as const;
    expect(await restoredAt(START)).toMatchObject({ raised: 2, accounts: 2 });
    // Earlier than what both are at.
    expect(await restoredAt(START - STEP_MS)).toMatchObject({ raised: 0 });
    for (const phone of phones) {
      expect(await accepts(phone, START + LAST * STEP_MS, START + LAST * STEP_MS)).toBe(false);
    }
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

  test('when what it says is not accepted nothing is changed, not even the tables of an older version', async () => {
    const account = await bench.createAccount();
    const phone = await bench.enrol(account, 'alice');
    await bench.store.close();
    await database.behindTheStore(`drop table lease, store_marker; drop table ${await newestWeek()};
      alter table authenticator_state drop column burnt_steps, drop column authenticator, drop column further,
        drop column drift, drop column pending_until;
      alter table authenticator drop column name, drop column created_at, drop column wrong_codes,
        drop column replaces, drop column weak;
      drop table further_authenticator, deleted_secret, previous_secret, client_recovery, client_recovery_code,
        idempotent_answer, client_device, spent_receipt, webhook, webhook_progress, webhook_delivery, link, hosted_pages, event_feed, key_use;
      alter table account_head drop column recovery_codes, drop column devices, drop column clock_offset;
      alter table account drop column test_of, drop column disabled_at, drop column deleted_at,
        drop column getting_started_dismissed_at, drop column master_key_saved, drop column operator_at;
      alter table client drop column mix; alter table server_key drop column signs_from;
      alter table account_authenticator drop column confirmed_at; alter table api_key drop column expiry_noted_at;
      delete from kysely_migration where name >= '0006-nodes'`);
    const before = await catalogue();
    const refuse = ({ pending }: StoreFacts) => {
      throw new Error(`not this one, which lacks ${pending.join()}`);
    };
    const refused = recordRestore(database.url, DEFAULT_LIMITS, refuse, () => START, WATCH_MS);
    await expect(refused).rejects.toThrow(`not this one, which lacks ${MIGRATION_NAMES.slice(5).join()}`);
    expect(await catalogue()).toEqual(before);
    const other = await connected(database.url);
    await expect(restoredBesideIt()).rejects.toThrow(DatabaseInUseError);
    await other.end();
    expect(await catalogue()).toEqual(before);

    expect(await restoredBesideIt()).toMatchObject({
      raised: 1,
      pending: MIGRATION_NAMES.slice(5),
    });
    expect(await catalogue()).not.toEqual(before);
    await bench.reopen();
    expect(await accepts(phone, START, START)).toBe(false);
    expect((await bench.events(account)).map(({ event }) => event)).toContain('store.restored');
  });

  test('when nothing comes of it after all, codes and logs are as they were', async () => {
    const account = await bench.createAccount();
    const phone = await bench.enrol(account, 'alice');
    const refuse = () => {
      throw new Error('not this one');
    };
    await expect(restoredAt(START, refuse)).rejects.toThrow('not this one');
    expect((await bench.events(account)).map(({ event }) => event)).not.toContain('store.restored');
    expect(await accepts(phone, START, START)).toBe(true);
  });

  describe('is refused', () => {
    test('beside a server that has a connection, also when its lease has run out', async () => {
      expect(await bench.store.leadership?.hold()).toBe(true);
      await database.behindTheStore('update lease set expires_at = 0');
      await expect(restoredBesideIt()).rejects.toThrow(/^connected there: process \d+ of kanda \(kanda\)/);
    });

    test('as soon as a server works, and not at the end alone', async () => {
      await bench.store.close();
      const server = await connected(database.url);
      const work = setInterval(() => void server.query('select 1').catch(() => {}), 100);
      const begun = performance.now();
      const refused = recordRestore(
        database.url,
        DEFAULT_LIMITS,
        () => {},
        () => START,
        30_000,
      );
      await expect(refused).rejects.toThrow(DatabaseInUseError);
      expect(performance.now() - begun).toBeLessThan(15_000);
      clearInterval(work);
      await server.end();
    });

    test.each([
      [
        'of another user who may write',
        'create role writer login; grant pg_write_all_data to writer',
        'writer',
      ],
      ['of another superuser, when it has the name of Kanda', 'create role chief superuser login', 'chief'],
    ])('beside a server %s', async (_, sql, user) => {
      await database.behindTheStore(sql);
      await bench.store.close();
      const other = await connected(asUser(user, user === 'chief' ? 'kanda' : 'shop'));
      await expect(restoredBesideIt()).rejects.toThrow(new RegExp(`process \\d+ of ${user} `));
      await other.end();
    });

    test('while a server starts, which brings up the tables', async () => {
      await bench.store.close();
      const starting = await connected(database.url);
      await starting.query(`begin; select pg_advisory_xact_lock(${MIGRATION_LOCK})`);
      await expect(restoredBesideIt()).rejects.toThrow('a server is starting there');
      await starting.end();
    });
  });

  test('who may only read, or an administrator, is not taken for a server', async () => {
    await bench.store.close();
    await database.behindTheStore('create role monitor login; create role dba superuser login');
    const others = [await connected(asUser('monitor', 'exporter')), await connected(asUser('dba', 'psql'))];
    for (const other of others) await other.query('select 1');
    expect(await restoredBesideIt()).toMatchObject({ raised: 0 });
    for (const other of others) await other.end();
  });

  test('a server that starts after it was looked for one waits, and is open when all is restored', async () => {
    const account = await bench.createAccount();
    await bench.enrol(account, 'alice');
    await bench.store.close();
    await database.behindTheStore('create role keeper superuser login');
    // Holds up what comes after the look.
    const administrator = await connected(asUser('keeper', 'psql'));
    await administrator.query('begin; lock table authenticator_state in share mode');
    const restored = restoredBesideIt();
    await untilSomebodyWaits(administrator, 'relation');
    let opened = false;
    const starting = bench.openNode().then((node) => {
      opened = true;
      return node.listEvents(account.id, EVERYTHING, { cursor: null, limit: 1 });
    });
    await untilSomebodyWaits(administrator, 'advisory');
    expect(opened).toBe(false);
    await administrator.end();
    expect(await restored).toMatchObject({ raised: 1 });
    expect((await starting).data).toMatchObject([{ event: 'store.restored' }]);
  });

  test('the lease of a dump, whose clock may have been ahead, is not waited for and is over', async () => {
    await bench.store.leadership?.hold();
    await bench.store.close();
    await database.behindTheStore(`update lease set holder = 'gone', expires_at = ${Date.now() + HOUR_MS}`);
    expect(await restoredAt(START)).toMatchObject({ raised: 0 });
    expect(await bench.store.leadership?.hold()).toBe(true);
  });

  function asUser(user: string, application: string): string {
    const url = new URL(database.url);
    url.username = user;
    url.searchParams.set('application_name', application);
    return url.href;
  }

  async function newestWeek(): Promise<string> {
    const [row] = await database.behindTheStore(
      "select max(relname) as name from pg_class where relname ~ '^event_[0-9]{8}$'",
    );
    return String(row?.name);
  }

  /** Asks by way of someone who is not taken for a server. */
  async function untilSomebodyWaits(asked: pg.Client, kind: 'relation' | 'advisory'): Promise<void> {
    const waiting = `select count(*)::int as n from pg_locks l join pg_database d on d.oid = l.database
      where d.datname = current_database() and not l.granted and l.locktype = '${kind}'`;
    const deadline = performance.now() + 4_000;
    while ((await asked.query(waiting)).rows[0].n === 0) {
      if (performance.now() > deadline) throw new Error(`no one waits for a lock: ${kind}`);
    }
  }

  /** The tables that are there, and the migrations that made them. */
  function catalogue() {
    return database.behindTheStore(
      `select relname::text as name from pg_class where relnamespace = 'public'::regnamespace
        union all select name from kysely_migration order by 1`,
    );
  }
});

async function connected(url: string): Promise<pg.Client> {
  const parsed = new URL(url);
  const application = parsed.searchParams.get('application_name') ?? 'kanda';
  parsed.searchParams.set('application_name', application);
  const client = new pg.Client(parsed.href);
  await client.connect();
  return client;
}
