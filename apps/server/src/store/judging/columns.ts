import type { Selectable } from 'kysely';
import { EVENT_TYPES, type NewEvent } from '../../domain/log/events.ts';
import type { AuthenticatorStateTable, FurtherAuthenticatorTable } from '../client-tables.ts';
import type { ActivityTable, EventTable } from '../schema.ts';
import type { HourTally } from './hour-tallies.ts';

/** How a column's values are kept: what PostgreSQL needs to know of an array of them. */
export type ColumnType = 'integer' | 'text' | 'bytes';

/**
 * Columns of a table in the order in which a statement names them. Rows of the hot path come as arrays, since on SQLite
 * rows as objects take twice the time: a statement's text and the places of its columns both come from such a list.
 */
export type Columns<Row> = { readonly [Column in keyof Row]: ColumnType };

/** What an attempt reads of `authenticator_state`. */
export type StateRow = Selectable<Omit<AuthenticatorStateTable, 'account_id'>>;

export const STATE_COLUMNS: Columns<StateRow> = {
  id: 'integer',
  secret_version: 'integer',
  digits: 'integer',
  watermark: 'integer',
  disabled: 'integer',
  failures: 'integer',
  delayed_until: 'integer',
  locked: 'integer',
  recent_failures: 'bytes',
  last_accepted_at: 'integer',
  last_event: 'integer',
  burnt_steps: 'bytes',
  authenticator: 'integer',
  further: 'integer',
  drift: 'integer',
  pending_until: 'integer',
};

/** What an attempt reads of `further_authenticator`: of confirmed ones alone. */
export type FurtherRow = Omit<FurtherAuthenticatorTable, 'account_id' | 'client' | 'pending_until'>;

export const FURTHER_COLUMNS: Columns<FurtherRow> = {
  id: 'integer',
  secret_version: 'integer',
  digits: 'integer',
  watermark: 'integer',
  burnt_steps: 'bytes',
  drift: 'integer',
  last_accepted_at: 'integer',
};

/** What an attempt changes of it. */
export type FurtherChange = Pick<
  FurtherRow,
  'id' | 'watermark' | 'burnt_steps' | 'drift' | 'last_accepted_at'
>;

/** What an attempt changes of it. */
export type StateChange = Pick<
  StateRow,
  | 'watermark'
  | 'failures'
  | 'delayed_until'
  | 'locked'
  | 'recent_failures'
  | 'last_accepted_at'
  | 'burnt_steps'
  | 'drift'
>;

export const CHANGED_COLUMNS: Columns<StateChange & Pick<StateRow, 'last_event'>> = {
  watermark: 'integer',
  failures: 'integer',
  delayed_until: 'integer',
  locked: 'integer',
  recent_failures: 'bytes',
  last_accepted_at: 'integer',
  burnt_steps: 'bytes',
  drift: 'integer',
  last_event: 'integer',
};

export const EVENT_COLUMNS: Columns<EventTable> = {
  account_id: 'integer',
  id: 'integer',
  at: 'integer',
  type: 'integer',
  outcome: 'integer',
  reason: 'text',
  client_id: 'text',
  actor: 'text',
  ip: 'text',
  user_agent: 'text',
  request_id: 'text',
  previous: 'integer',
};

/**
 * An event as it is stored.
 *
 * @param previous the number of the same client's event before it; 0: none
 */
export function eventRow(accountId: number, id: number, event: NewEvent, previous: number): EventTable {
  const { actor, ip, userAgent, requestId } = event.origin;
  return {
    account_id: accountId,
    id,
    at: event.at,
    type: EVENT_TYPES[event.event],
    outcome: event.outcome === 'success' ? 1 : 0,
    reason: event.reason,
    client_id: event.clientId,
    actor,
    ip,
    user_agent: userAgent,
    request_id: requestId,
    previous,
  };
}

export const HOUR_COLUMNS: Columns<ActivityTable> = {
  account_id: 'integer',
  hour: 'integer',
  first_event: 'integer',
  last_event: 'integer',
  accepted: 'integer',
  refused: 'integer',
  locked: 'integer',
};

/** An hour of an account's activity as it is stored. */
export function hourRow(accountId: number, tally: HourTally): ActivityTable {
  const { hour, firstEvent, lastEvent, accepted, refused, locked } = tally;
  return {
    account_id: accountId,
    hour,
    first_event: firstEvent,
    last_event: lastEvent,
    accepted,
    refused,
    locked,
  };
}

/** The columns' names, in their order. */
export function columnNames<Row>(columns: Columns<Row>): readonly (keyof Row & string)[] {
  return Object.keys(columns) as (keyof Row & string)[];
}

/** At which place of a row that is returned as an array each column is. */
export function placesOf<Row>(columns: Columns<Row>): { readonly [Column in keyof Row]: number } {
  const places = columnNames(columns).map((name, place) => [name, place] as const);
  return Object.fromEntries(places) as { readonly [Column in keyof Row]: number };
}

/** As a statement lists them: `s.id, s.digits` when `table` is `s`. */
export function columnList<Row>(columns: Columns<Row>, table?: string): string {
  const prefix = table === undefined ? '' : `${table}.`;
  return columnNames(columns)
    .map((name) => `${prefix}${name}`)
    .join(', ');
}

/** Adds an hour's counts to those that its row has already: what follows `insert into activity as a`. */
export const ADD_TO_HOUR = `on conflict (account_id, hour) do update set last_event = excluded.last_event,
  accepted = a.accepted + excluded.accepted, refused = a.refused + excluded.refused,
  locked = a.locked + excluded.locked`;
