import type { DatabaseSync } from 'node:sqlite';
import type { Algorithm } from '@kanda/otp';
import type { AccountDataKey } from '../../domain/master-keys/wrapped-keys.ts';
import {
  ADD_TO_HOUR,
  columnList,
  FURTHER_COLUMNS,
  type FurtherChange,
  type FurtherRow,
  placesOf,
  STATE_COLUMNS,
  type StateChange,
  type StateRow,
} from '../judging/columns.ts';
import type { KeptRow } from '../judging/idempotent-answers.ts';
import type { ActivityTable, EventTable, IdempotentAnswerTable } from '../schema.ts';

interface SealedRow {
  readonly algorithm: Algorithm;
  readonly period: number;
  readonly sealed: Uint8Array;
}

/** What a batch reads of an account. */
export interface AccountRow {
  readonly last_event: number;
  readonly clock_offset: number;
  /** null: a live account. */
  readonly test_of: number | null;
  readonly policy: string | null;
}

/** What the judge reads, with statements that are prepared once. */
export interface JudgingReads {
  /** undefined: there is no such account. */
  account(accountId: number): AccountRow | undefined;
  state(accountId: number, id: number): StateRow | undefined;
  stateByName(accountId: number, clientId: string): StateRow | undefined;
  /** The client's other confirmed authenticators, oldest first. */
  further(accountId: number, client: number): readonly FurtherRow[];
  sealed(accountId: number, authenticator: number, secretVersion: number): SealedRow | undefined;
  dataKey(accountId: number): AccountDataKey;
  /** The newest event about a clientId that is not enrolled; 0: none. */
  tail(accountId: number, clientId: string): number;
  /** What is kept for an Idempotency-Key and has not expired at `now` (ms), sealed. */
  answer(accountId: number, key: Uint8Array, now: number): KeptRow | undefined;
}

export function prepareReads(sqlite: DatabaseSync): JudgingReads {
  const account = sqlite.prepare(
    `select h.last_event, h.clock_offset, a.test_of, a.policy
     from account_head h join account a on a.id = h.account_id where h.account_id = ?`,
  );
  const columns = columnList(STATE_COLUMNS, 's');
  const state = sqlite.prepare(
    `select ${columns} from authenticator_state s where s.account_id = ? and s.id = ?`,
  );
  const stateByName = sqlite.prepare(
    `select ${columns}
     from client c join authenticator_state s on s.account_id = c.account_id and s.id = c.id
     where c.account_id = ? and c.client_id = ?`,
  );
  for (const statement of [state, stateByName]) statement.setReturnArrays(true);
  const sealed = sqlite.prepare(
    'select algorithm, period, sealed from authenticator where account_id = ? and id = ? and secret_version = ?',
  );
  const further = sqlite.prepare(
    `select ${columnList(FURTHER_COLUMNS)} from further_authenticator
     where account_id = ? and client = ? and pending_until is null order by id`,
  );
  const dataKey = sqlite.prepare('select public_id, data_key_master, data_key from account where id = ?');
  const tail = sqlite.prepare('select last_event from event_tail where account_id = ? and client_id = ?');
  const answer = sqlite.prepare(
    'select expires_at, answer from idempotent_answer where account_id = ? and key_digest = ? and expires_at > ?',
  );
  return {
    answer: (accountId, key, now) => answer.get(accountId, key, now) as KeptRow | undefined,
    account: (accountId) => account.get(accountId) as ReturnType<JudgingReads['account']>,
    state: (accountId, id) => toState(state.get(accountId, id)),
    stateByName: (accountId, clientId) => toState(stateByName.get(accountId, clientId)),
    further: (accountId, client) => further.all(accountId, client) as unknown as FurtherRow[],
    sealed: (accountId, authenticator, secretVersion) =>
      sealed.get(accountId, authenticator, secretVersion) as SealedRow | undefined,
    dataKey(accountId) {
      const row = dataKey.get(accountId) as {
        public_id: string;
        data_key_master: string;
        data_key: Uint8Array;
      };
      return { accountPublicId: row.public_id, masterKeyId: row.data_key_master, wrapped: row.data_key };
    },
    tail(accountId, clientId) {
      const row = tail.get(accountId, clientId) as { last_event: number } | undefined;
      return row?.last_event ?? 0;
    },
  };
}

const PLACE = placesOf(STATE_COLUMNS);

/** Names the values of a row that was returned as an array. */
function toState(values: unknown): StateRow | undefined {
  if (values === undefined) return undefined;
  const at = values as StateRow[keyof StateRow][];
  // One literal, which V8 makes in a fifth of the time of a loop over the names.
  return {
    id: at[PLACE.id],
    secret_version: at[PLACE.secret_version],
    digits: at[PLACE.digits],
    watermark: at[PLACE.watermark],
    disabled: at[PLACE.disabled],
    failures: at[PLACE.failures],
    delayed_until: at[PLACE.delayed_until],
    locked: at[PLACE.locked],
    recent_failures: at[PLACE.recent_failures],
    last_accepted_at: at[PLACE.last_accepted_at],
    last_event: at[PLACE.last_event],
    burnt_steps: at[PLACE.burnt_steps],
    authenticator: at[PLACE.authenticator],
    further: at[PLACE.further],
    drift: at[PLACE.drift],
    pending_until: at[PLACE.pending_until],
  } satisfies Record<keyof StateRow, unknown> as StateRow;
}

/** What the judge writes, with statements that are prepared once. */
export interface JudgingWrites {
  state(accountId: number, id: number, change: StateChange, lastEvent: number): void;
  further(accountId: number, client: number, change: FurtherChange): void;
  /** The number of a client's newest event, when the rest of its row stays. */
  lastEvent(accountId: number, id: number, lastEvent: number): void;
  event(row: EventTable): void;
  tail(accountId: number, clientId: string, lastEvent: number): void;
  head(accountId: number, lastEvent: number): void;
  hour(row: ActivityTable): void;
  /** Also in the place of one that has expired. */
  answer(row: IdempotentAnswerTable): void;
}

/** Values are bound one by one, in the order of the names: a loop over the names costs a microsecond for each event. */
export function prepareWrites(sqlite: DatabaseSync): JudgingWrites {
  return { ...prepareStateWrites(sqlite), ...prepareLogWrites(sqlite) };
}

type StateWrites = Pick<JudgingWrites, 'state' | 'further' | 'lastEvent' | 'answer'>;

function prepareStateWrites(sqlite: DatabaseSync): StateWrites {
  const state = sqlite.prepare(
    `update authenticator_state
     set watermark = ?, failures = ?, delayed_until = ?, locked = ?, recent_failures = ?, last_accepted_at = ?,
         burnt_steps = ?, drift = ?, last_event = ?
     where account_id = ? and id = ?`,
  );
  const further = sqlite.prepare(
    `update further_authenticator set watermark = ?, burnt_steps = ?, drift = ?, last_accepted_at = ?
     where account_id = ? and client = ? and id = ?`,
  );
  const lastEvent = sqlite.prepare(
    'update authenticator_state set last_event = ? where account_id = ? and id = ?',
  );
  const answer = sqlite.prepare(
    'insert or replace into idempotent_answer (account_id, key_digest, expires_at, answer) values (?, ?, ?, ?)',
  );
  return {
    state(accountId, id, change, newest) {
      const { watermark, failures, delayed_until, locked } = change;
      const { recent_failures, last_accepted_at, burnt_steps, drift } = change;
      state.run(
        watermark,
        failures,
        delayed_until,
        locked,
        recent_failures,
        last_accepted_at,
        burnt_steps,
        drift,
        newest,
        accountId,
        id,
      );
    },
    further(accountId, client, { id, watermark, burnt_steps, drift, last_accepted_at }) {
      further.run(watermark, burnt_steps, drift, last_accepted_at, accountId, client, id);
    },
    lastEvent: (accountId, id, newest) => lastEvent.run(newest, accountId, id),
    answer: (row) => void answer.run(row.account_id, row.key_digest, row.expires_at, row.answer),
  };
}

function prepareLogWrites(sqlite: DatabaseSync): Omit<JudgingWrites, keyof StateWrites> {
  const event = sqlite.prepare(
    `insert into event (account_id, id, at, type, outcome, reason, client_id, actor, ip, user_agent, request_id, previous)
     values (?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?)`,
  );
  const tail = sqlite.prepare(
    `insert into event_tail (account_id, client_id, last_event) values (?, ?, ?)
     on conflict (account_id, client_id) do update set last_event = excluded.last_event`,
  );
  const head = sqlite.prepare('update account_head set last_event = ? where account_id = ?');
  const hour = sqlite.prepare(
    `insert into activity as a (account_id, hour, first_event, last_event, accepted, refused, locked)
     values (?, ?, ?, ?, ?, ?, ?) ${ADD_TO_HOUR}`,
  );
  return {
    event(row) {
      event.run(
        row.account_id,
        row.id,
        row.at,
        row.type,
        row.outcome,
        row.reason,
        row.client_id,
        row.actor,
        row.ip,
        row.user_agent,
        row.request_id,
        row.previous,
      );
    },
    tail: (accountId, clientId, newest) => tail.run(accountId, clientId, newest),
    head: (accountId, newest) => head.run(newest, accountId),
    hour(row) {
      const { account_id, hour: hourOfRow, first_event, last_event, accepted, refused, locked } = row;
      hour.run(account_id, hourOfRow, first_event, last_event, accepted, refused, locked);
    },
  };
}
