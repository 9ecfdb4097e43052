/**
 * What a database, a role or a translation does not change: no answer depends on the settings of the session, or the
 * connection is refused with a sentence.
 *
 * Seen to fail without the guards: with the warning known by its translated severity (store/postgres/session.ts), or
 * with `client_min_messages` left as it was (store/postgres/session-settings.ts), the code that only one host had was
 * answered with `valid: true`; with nothing set or refused, `array_nulls`, `bytea_output`, `idle_session_timeout` and
 * `standard_conforming_strings` changed answers.
 */
import { once } from 'node:events';
import { type AddressInfo, connect, createServer } from 'node:net';
import { setTimeout as sleep } from 'node:timers/promises';
import { isDeepStrictEqual } from 'node:util';
import { afterAll, afterEach, beforeAll, describe, expect, onTestFinished, test } from 'vitest';
import { PgBouncer, pgBouncerProgram } from '../../../../../test/support/pgbouncer.ts';
import { embeddedPostgres, PostgresServer } from '../../../../../test/support/postgres-server.ts';
import { UnfitSessionError } from '../../../src/store/postgres/session-settings.ts';
import { expectFault, MAY_BE_DONE, ORIGIN, START, STEP_MS, Workbench } from '../contract/workbench.ts';
import { PostgresDatabase } from './postgres-database.ts';

const ROLE = 'walker';
/** Settings that are tried together, for as long as nothing differs. */
const AT_ONCE = 30;
/** What no session can set for itself, or no one but the operator can put right. */
const REFUSED = ['ignore_checksum_failure', 'search_path', 'session_replication_role', 'zero_damaged_pages'];

/** So short that a connection may be ended before anything can be set for it, with PostgreSQL's own sentence. */
const TIMEOUTS = ['idle_session_timeout', 'statement_timeout', 'transaction_timeout'];

/** Values of texts that could matter. Of others it is said why they cannot. */
const TEXTS: Readonly<Record<string, readonly string[]>> = {
  client_encoding: ['LATIN1', 'SQL_ASCII', 'EUC_JP'],
  DateStyle: ['SQL, DMY', 'German, YMD'],
  datestyle: [],
  default_text_search_config: ['pg_catalog.german'],
  lc_messages: ['C.utf8'],
  lc_monetary: ['C.utf8'],
  lc_numeric: ['C.utf8'],
  lc_time: ['C.utf8'],
  log_timezone: ['Asia/Kathmandu'],
  search_path: ['', 'pg_catalog', 'public, pg_catalog', 'elsewhere', 'elsewhere, public', 'pg_temp, public'],
  TimeZone: ['Asia/Kathmandu'],
  timezone_abbreviations: ['India'],
};

/** Cannot be set for a role, name what must be there first, or only say what is written where no one judges by it. */
const LEFT_OUT = [
  'application_name',
  'backtrace_functions',
  'createrole_self_grant',
  'default_table_access_method',
  'default_tablespace',
  'dynamic_library_path',
  'event_source',
  'extension_control_path',
  'local_preload_libraries',
  'log_statement_max_length',
  'oauth_validator_libraries',
  'restrict_nonsystem_relation_kind',
  'session_preload_libraries',
  'temp_tablespaces',
  'wal_consistency_checking',
  // Belong to one transaction: a role cannot bring them.
  'transaction_deferrable',
  'transaction_isolation',
  'transaction_read_only',
];

interface Parameter {
  readonly name: string;
  readonly vartype: string;
  readonly setting: string;
  readonly min_val: string | null;
  readonly max_val: string | null;
  readonly enumvals: readonly string[] | null;
}

describe.skipIf(embeddedPostgres() === null)('settings of PostgreSQL', () => {
  let server: PostgresServer;
  let url: string;
  beforeAll(async () => {
    server = await PostgresServer.start();
    await server.query(`create role ${ROLE} login`);
    await server.query(`create database walked owner ${ROLE}`);
    url = server.url('walked').replace(/\/\/[^@]*@/, `//${ROLE}@`);
    await server.query('create schema elsewhere authorization walker', server.url('walked'));
  });
  afterAll(() => server.stop());
  afterEach(() => server.query(`alter role ${ROLE} reset all`));

  const openAt = async (at = url): Promise<Workbench> => {
    const bench = await Workbench.open(async () => new PostgresDatabase(server, at, { poolSize: 2 }));
    onTestFinished(() => bench.close());
    return bench;
  };
  const set = async (name: string, value: string) => {
    await server
      .query(`alter role ${ROLE} set ${name} = ${value === '' ? "''" : value}`)
      .catch((error: unknown) => {
        // invalid_parameter_value: an end of the range that this machine does not have, and no role either.
        if ((error as { code?: string }).code !== '22023') throw error;
      });
  };

  describe('a wait for a standby that is cut short', () => {
    afterEach(async () => {
      await server.query('alter system reset synchronous_standby_names');
      await server.query('select pg_reload_conf()');
    });

    /** Judges a right code while there is no standby, and cancels the wait for it. */
    async function judgeAlone(bench: Workbench): Promise<void> {
      const account = await bench.createAccount(`alone-${accounts++}`);
      const phone = await bench.enrol(account, 'ada');
      await server.query("alter system set synchronous_standby_names = 'absent'");
      await server.query('select pg_reload_conf()');
      while ((await server.query('show synchronous_standby_names'))[0]?.synchronous_standby_names === '') {
        await sleep(10);
      }
      const judged = expectFault(
        bench.validate(phone, phone.codeAt(START)),
        'store_unavailable',
        MAY_BE_DONE,
      );
      let cancelled = 0;
      while (cancelled === 0) {
        await sleep(10);
        cancelled = (
          await server.query(
            `select pg_cancel_backend(pid) from pg_stat_activity where wait_event = 'SyncRep' and usename = '${ROLE}'`,
          )
        ).length;
      }
      await judged;
    }

    test.each(['error', 'warning', 'debug1'])('is seen with client_min_messages = %s', async (level) => {
      await set('client_min_messages', level);
      await judgeAlone(await openAt());
    });

    test('is seen in any language', async () => {
      const german = await translating(server.port);
      await judgeAlone(await openAt(german.through(url)));
      expect(german.translated).toBeGreaterThan(0);
    });

    test.skipIf(pgBouncerProgram() === null)('is seen behind a pooler too', async () => {
      const pooler = await PgBouncer.start(server.port, {
        instead: { '* = host=127.0.0.1': `* = user=${ROLE} host=127.0.0.1` },
      });
      onTestFinished(() => pooler.stop());
      await set('client_min_messages', 'error');
      await judgeAlone(await openAt(pooler.through(server.url('walked'))));
    });
  });

  test('whatever a role is set to, the answers are the same, or the connection is refused', {
    timeout: 300_000,
  }, async () => {
    const usual = await answers(await openAt());
    const parameters = (await server.query(
      `select name, vartype, setting, min_val, max_val, enumvals from pg_settings
       where context in ('user', 'superuser') and name <> all (array[${LEFT_OUT.map((name) => `'${name}'`)}])
       order by name`,
    )) as unknown as Parameter[];
    const cases = parameters.flatMap((parameter) =>
      adverse(parameter).map((value, wave) => ({ name: parameter.name, value, wave })),
    );
    expect(cases.length).toBeGreaterThan(200);
    const refused = new Set<string>();

    /** Tries settings at once, and where not all is as usual, halves of them, down to the one. */
    async function attempt(some: typeof cases): Promise<void> {
      for (const { name, value } of some) await set(name, value);
      const bench = await openAt().catch((error: unknown) => error);
      const found = bench instanceof Workbench ? await answers(bench).catch(String) : null;
      if (bench instanceof Workbench) await bench.close();
      await server.query(`alter role ${ROLE} reset all`);
      if (bench instanceof Workbench && isDeepStrictEqual(found, usual)) return;
      const [first, ...others] = some;
      if (first !== undefined && others.length === 0) {
        const shown = `${first.name} = ${first.value}`;
        if (bench instanceof Workbench) expect(found, shown).toEqual(usual);
        else if (TIMEOUTS.includes(first.name)) expect(String(bench), shown).toMatch(/timeout|terminated/);
        else expect(bench, shown).toBeInstanceOf(UnfitSessionError);
        refused.add(first.name);
        return;
      }
      const middle = some.length >> 1;
      await attempt(some.slice(0, middle));
      await attempt(some.slice(middle));
    }

    const isAlone = ({ name }: { name: string }) => [...REFUSED, ...TIMEOUTS].includes(name);
    for (const one of cases.filter(isAlone)) await attempt([one]);
    const others = cases.filter((one) => !isAlone(one));
    // A setting has one value at a time.
    for (const wave of new Set(others.map((one) => one.wave))) {
      const together = others.filter((one) => one.wave === wave);
      for (let from = 0; from < together.length; from += AT_ONCE) {
        await attempt(together.slice(from, from + AT_ONCE));
      }
    }
    for (const name of TIMEOUTS) refused.delete(name);
    expect([...refused].sort()).toEqual(REFUSED);
  });

  test.skipIf(pgBouncerProgram() === null).each([
    ['array_nulls', 'off'],
    ['bytea_output', 'escape'],
    ['standard_conforming_strings', 'off'],
    ['transform_null_equals', 'on'],
  ])('behind a pooler, where nothing is set for a session, %s = %s is refused', async (name, value) => {
    const pooler = await PgBouncer.start(server.port, {
      instead: { '* = host=127.0.0.1': `* = user=${ROLE} host=127.0.0.1` },
    });
    onTestFinished(() => pooler.stop());
    await set(name, value);
    await expect(openAt(pooler.through(server.url('walked')))).rejects.toThrow(
      new RegExp(
        `^${name} is ${value} for the user ${ROLE}, and .* Run: alter role "${ROLE}" reset ${name} `,
      ),
    );
  });

  /** What a caller sees of it all; the same each time, whatever the account's number is. */
  async function answers(bench: Workbench): Promise<unknown> {
    bench.now = START;
    const { store } = bench;
    const account = await bench.createAccount(`run-${accounts++}`);
    const phone = await bench.enrol(account, 'ada');
    const other = await bench.enrol(account, 'Bj\\ör"n', { algorithm: 'SHA512', digits: 8, period: 60 });
    const unknown = { ...phone, accountId: account.id, clientId: 'unknown' };
    const verdicts = await Promise.all([
      bench.validate(phone, phone.codeAt(START)),
      bench.validate(phone, phone.codeAt(START)),
      bench.validate(other, other.wrongCodeAt(START)),
      bench.validate(unknown, '123456').catch((error) => error.code),
    ]);
    const again = await bench.register(phone).catch((error) => error.code as string);
    bench.now += STEP_MS;
    const rotated = await bench.rotate(other, 'next');
    const later = [
      await bench.validate(rotated, rotated.codeAt(bench.now)),
      await bench.validate(rotated, other.codeAt(bench.now)),
    ];
    const { id: _, ...read } = (await store.findAccountByPublicId(account.publicId)) ?? { id: 0 };
    const whole = { q: null, status: null, now: bench.now };
    const clients = await store.listClients(account.id, whole, { cursor: null, limit: 50 });
    const found = await store.listClients(account.id, { ...whole, q: 'björ' }, { cursor: null, limit: 50 });
    const policy = await store
      .setPolicy(account.id, { skew: 2, freeFailures: 3 } as never, bench.change())
      .catch(String);
    await store.deleteClient(account.id, phone.clientId, bench.change());
    const rule = { name: account.publicId, limit: 1, windowMs: 60_000 };
    const limits = [await store.takeLimits([rule], bench.now), await store.takeLimits([rule], bench.now)];
    const events = (await bench.events(account)).map((event) => ({ ...event, origin: ORIGIN }));
    await store.ping();
    const shown = { verdicts, again, later, read, clients, found, policy, limits, events };
    return JSON.parse(
      JSON.stringify(shown)
        .replaceAll(account.publicId, 'acc')
        .replaceAll(/run-\d+/g, 'run'),
    );
  }
});

let accounts = 0;

/** Values that differ from what is set: the other one, each of a list, the ends of a range. */
function adverse({ name, vartype, setting, min_val, max_val, enumvals }: Parameter): readonly string[] {
  if (vartype === 'bool') return [setting === 'on' ? 'off' : 'on'];
  if (vartype === 'enum') return (enumvals ?? []).filter((value) => value !== setting).map(quoted);
  if (vartype === 'string') {
    const values = TEXTS[name];
    if (values === undefined)
      throw new Error(`${name} is a text that no test knows: add values or say why not`);
    return name === 'search_path' ? values : values.map(quoted);
  }
  // Where 0 switches it off, the least that does something.
  const least = Number(min_val) <= 0 && Number(max_val) >= 1 ? ['1', min_val ?? '0'] : [min_val ?? '0'];
  return [...new Set([...least, max_val ?? '0'])].filter((value) => value !== setting).map(quoted);
}

function quoted(value: string): string {
  return `'${value}'`;
}

/** Stands before a server and says WARNUNG where it says WARNING, as one with `lc_messages = de_DE` does. */
async function translating(port: number) {
  const proxy = { translated: 0, through: (_: string) => '' };
  const listener = createServer((client) => {
    const database = connect(port, '127.0.0.1');
    for (const socket of [client, database]) {
      socket.on('error', () => {});
      socket.on('close', () => {
        client.destroy();
        database.destroy();
      });
    }
    client.pipe(database);
    database.on('data', (bytes) => {
      const at = bytes.indexOf('SWARNING\0');
      if (at >= 0) proxy.translated += bytes.write('SWARNUNG\0', at) > 0 ? 1 : 0;
      client.write(bytes);
    });
  }).listen(0, '127.0.0.1');
  await once(listener, 'listening');
  onTestFinished(() => void listener.close());
  proxy.through = (url) => {
    const by = new URL(url);
    by.port = String((listener.address() as AddressInfo).port);
    return by.href;
  };
  return proxy;
}
