import type { Statement } from './exchange.ts';

/** What PostgreSQL or its user is set to would change what Kanda's statements mean, and Kanda cannot set it itself. */
export class UnfitSessionError extends Error {
  override readonly name = 'UnfitSessionError';
}

interface Setting {
  readonly name: string;
  readonly value: string;
  /** Not in every version from 14 on. */
  readonly optional?: true;
  /** What it would do otherwise; there is one where reads behind a pooler, outside of a transaction, depend on it. */
  readonly harm?: string;
}

/** In force in each transaction, and for the whole session where no pooler is in between. */
const EVERYWHERE: readonly Setting[] = [
  { name: 'array_nulls', value: 'on', harm: 'the text NULL would be written in place of no value' },
  { name: 'bytea_output', value: 'hex', harm: 'sealed secrets could not be read' },
  // A commit that only one host has is a warning: with `error` it would not be sent.
  { name: 'client_min_messages', value: 'warning' },
  { name: 'exit_on_error', value: 'off' },
  // A row that a policy hides has to be an error: a key that was revoked, or a lock, may be in it.
  { name: 'row_security', value: 'off' },
  { name: 'transaction_timeout', value: '0', optional: true },
  { name: 'transform_null_equals', value: 'off', harm: 'comparisons with null would be rewritten' },
];

/**
 * For the whole session alone. Some of these PgBouncer keeps for each of its clients, so within a transaction they are
 * left alone; the others matter to statements outside of transactions only.
 */
const SESSION: readonly Setting[] = [
  { name: 'backslash_quote', value: 'safe_encoding' },
  { name: 'client_encoding', value: 'UTF8', harm: 'labels would be changed on the way' },
  { name: 'DateStyle', value: 'ISO, MDY' },
  { name: 'default_transaction_deferrable', value: 'off' },
  { name: 'default_transaction_isolation', value: 'read committed' },
  { name: 'default_transaction_read_only', value: 'off' },
  { name: 'extra_float_digits', value: '1' },
  { name: 'idle_in_transaction_session_timeout', value: '0' },
  { name: 'idle_session_timeout', value: '0' },
  { name: 'IntervalStyle', value: 'postgres' },
  { name: 'standard_conforming_strings', value: 'on', harm: 'a backslash in a text would change it' },
  { name: 'TimeZone', value: 'UTC' },
];

/** What only a superuser may set, so that Kanda cannot. */
const REFUSED: readonly {
  readonly name: string;
  readonly values: readonly string[];
  readonly harm: string;
}[] = [
  {
    name: 'session_replication_role',
    values: ['origin', 'local'],
    harm: 'a store that was left for another would take changes',
  },
  { name: 'zero_damaged_pages', values: ['off'], harm: 'rows would be lost without an error' },
  { name: 'ignore_checksum_failure', values: ['off'], harm: 'damaged rows would be read' },
];

const CHECKED = [...EVERYWHERE, ...SESSION].filter(({ harm }) => harm !== undefined);

/** As columns of a select, for `set_config`; in force until the transaction ends. */
export const SET_IN_TRANSACTION: string = EVERYWHERE.map((setting) => assignment(setting, true)).join(
  ',\n  ',
);

/** Sets what a session of Kanda's own needs; `statement_timeout` and `lock_timeout` in ms. */
export function setForSession(statementTimeoutMs: number, lockTimeoutMs: number): Statement {
  const columns = [...EVERYWHERE, ...SESSION].map((setting) => assignment(setting, false));
  return {
    text: `select ${columns.join(', ')},
      set_config('statement_timeout', $1, false), set_config('lock_timeout', $2, false)`,
    values: [String(statementTimeoutMs), String(lockTimeoutMs)],
  };
}

/** Reads what `readFitness` understands. */
export const LOOK: Statement = {
  text: `select pg_is_in_recovery(), pg_backend_pid(), current_user, (current_schemas(true))[1] = 'pg_catalog',
    current_schema(), tables.schema, tables.visible,
    ${[...REFUSED, ...CHECKED].map(({ name }) => `current_setting('${name}', true)`).join(', ')}
    from (values (0)) as one left join lateral (
      select n.nspname as schema, pg_table_is_visible(c.oid) as visible
      from pg_class c join pg_namespace n on n.oid = c.relnamespace
      where c.relname = 'server_key' and c.relkind = 'r' order by visible desc limit 1
    ) as tables on true`,
};

/** What a connection leads to. */
export interface Fitness {
  readonly isStandby: boolean;
  /** Of the server process that answered. */
  readonly processId: string | null;
  /** Where the tables are, or are to be made. */
  readonly schema: string;
  readonly user: string;
  /** The first setting that a session must not have and that Kanda could set where no pooler is in between. */
  readonly misfit: string | null;
}

/** @throws {UnfitSessionError} when the session has what Kanda cannot set */
export function readFitness(row: readonly (string | null)[]): Fitness {
  const [recovery, processId = null, user, catalogFirst, current, found, visible, ...settings] = row;
  const role = user ?? '';
  for (const { name, values, harm } of REFUSED) {
    const value = settings.shift() ?? null;
    if (value !== null && !values.includes(value))
      throw new UnfitSessionError(sentence(name, value, harm, role));
  }
  const schema = found ?? current;
  if (schema == null || schema === 'pg_catalog' || catalogFirst !== 't' || visible === 'f') {
    const where =
      found == null ? 'a schema where tables can be made' : `the schema ${found}, where the tables are,`;
    throw new UnfitSessionError(
      `the search_path of the user ${role} does not lead to ${where} after pg_catalog. ` +
        `Run: alter role ${quoted(role)} reset search_path`,
    );
  }
  const wrong = CHECKED.find(({ value }, index) => settings[index] !== value);
  const value = wrong === undefined ? '' : (settings[CHECKED.indexOf(wrong)] ?? '');
  return {
    isStandby: recovery !== 'f',
    processId,
    schema,
    user: role,
    misfit: wrong === undefined ? null : sentence(wrong.name, value, wrong.harm ?? '', role),
  };
}

/** @throws {UnfitSessionError} when tables would be looked for in another schema than before */
export function assertSameSchema({ schema, user }: Fitness, before: string): void {
  if (schema === before) return;
  throw new UnfitSessionError(
    `the search_path of the user ${user} leads to the schema ${schema}, and led to ${before} before. ` +
      'Set it back, or restart every server',
  );
}

/** Ended by `statement_timeout`, `transaction_timeout` or `idle_session_timeout` as they are before Kanda sets its own. */
export function isTimedOut(error: unknown): boolean {
  return /^(57014|25P04|57P05)$/.test((error as { code?: string }).code ?? '');
}

export function timeoutTooShort(cause: Error): UnfitSessionError {
  return new UnfitSessionError(
    `a connection is ended before it can be used (${cause.message}). ` +
      "Raise statement_timeout, transaction_timeout and idle_session_timeout for Kanda's user",
    { cause },
  );
}

function sentence(name: string, value: string, harm: string, role: string): string {
  return (
    `${name} is ${value} for the user ${role}, and ${harm}. Run: alter role ${quoted(role)} reset ${name} ` +
    '(and, if it is set for the database or the server, there)'
  );
}

function assignment({ name, value, optional }: Setting, isLocal: boolean): string {
  const set = `set_config('${name}', '${value}', ${isLocal})`;
  return optional ? `case when current_setting('${name}', true) is not null then ${set} end` : set;
}

function quoted(name: string): string {
  return `"${name.replaceAll('"', '""')}"`;
}
