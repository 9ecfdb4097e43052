import type { Algorithm, Digits } from '@kanda/otp';
import type { SealedAuthenticator } from '../../domain/clients/secret-box.ts';
import type { Attempt } from '../../domain/verdicts/ports.ts';
import type { AuthenticatorTable } from '../client-tables.ts';
import type { ClientNumber } from '../judging/client-numbers.ts';
import {
  CHANGED_COLUMNS,
  type Columns,
  columnList,
  columnNames,
  type FurtherRow,
  STATE_COLUMNS,
  type StateRow,
} from '../judging/columns.ts';
import { firstAuthenticator } from '../judging/judge-attempt.ts';
import { type Answered, numberArray, type Statement, textArray } from './exchange.ts';
import { arraysOf, rowOf, typesOf, unnested } from './rows.ts';
import type { Expected } from './transaction.ts';

/** Whom an attempt concerns. */
export type ClientName = Pick<Attempt, 'accountId' | 'clientId'>;

/** A sealed secret as it is read; the data key that opens it is the account's (`BatchLog.dataKeyOf`). */
export type SealedSecret = Omit<SealedAuthenticator, 'dataKey'>;

/** A client as a batch knows it: read once under the account's lock, then changed by one attempt after the other. */
export interface BatchClient extends ClientName {
  /** Where it was read along; null does not mean that there is none. */
  readonly sealed: SealedSecret | null;
  row: StateRow;
  /** Its other confirmed authenticators, read when `row.further` says that there are any. */
  further: BatchFurther[];
  lastEvent: number;
}

/** One of a client's other authenticators. */
export interface BatchFurther {
  readonly sealed: SealedSecret | null;
  row: FurtherRow;
}

/** The newest event about a clientId that is not enrolled. */
export interface Tail extends ClientName {
  lastEvent: number;
}

/** A map's key: the number ends at the first space. */
export function keyOf({ accountId, clientId }: ClientName): string {
  return `${accountId} ${clientId}`;
}

export type SealedRow = Pick<AuthenticatorTable, 'algorithm' | 'period' | 'sealed'>;

export const SEALED_COLUMNS: Columns<SealedRow> = { algorithm: 'text', period: 'integer', sealed: 'bytes' };

const NAME_COLUMNS: Columns<{ account_id: number; client_id: string }> = {
  account_id: 'integer',
  client_id: 'text',
};
/** What `readNumbered` and `readNamed` answer first: the name, then the state. */
const FIRST_OF_STATE = columnNames(NAME_COLUMNS).length;
const FIRST_OF_SEALED = FIRST_OF_STATE + columnNames(STATE_COLUMNS).length;

/** A name whose client's row is known. */
export interface NumberedName extends ClientName, ClientNumber {}

/**
 * The clients with these numbers whose secrets still have these versions; a drawn version is never another name's, so
 * a row that counts is that of the name. Who was deleted, enrolled again or rotated is missing here. The accounts
 * must be locked.
 */
export function readNumbered(names: readonly NumberedName[]): Statement {
  return {
    name: 'read_numbered',
    text: `select ${columnList(NAME_COLUMNS, 'named')}, ${columnList(STATE_COLUMNS, 's')}
      from unnest($1::bigint[], $2::text[], $3::bigint[], $4::bigint[]) as named (account_id, client_id, id, version)
      join authenticator_state s on s.account_id = named.account_id and s.id = named.id
        and s.secret_version = named.version`,
    values: [
      ...namesOf(names),
      numberArray(names.map(({ id }) => id)),
      numberArray(names.map(({ secretVersion }) => secretVersion)),
    ],
  };
}

/**
 * The enrolled clients with these names, with their sealed secrets: if a client's number isn't cached, its key
 * usually isn't either. The accounts must be locked.
 */
export function readNamed(names: readonly ClientName[]): Statement {
  return {
    name: 'read_named',
    text: `select ${columnList(NAME_COLUMNS, 'c')}, ${columnList(STATE_COLUMNS, 's')}, ${columnList(SEALED_COLUMNS, 'n')}
      from unnest($1::bigint[], $2::text[]) as named (account_id, client_id)
      join client c on c.account_id = named.account_id and c.client_id = named.client_id
      join authenticator_state s on s.account_id = c.account_id and s.id = c.id
      left join authenticator n on n.account_id = s.account_id and n.id = coalesce(s.authenticator, s.id)
        and n.secret_version = s.secret_version`,
    values: namesOf(names),
  };
}

export function toClients(answered: Answered | undefined): BatchClient[] {
  return (answered?.rows ?? []).map(toClient);
}

/** What is needed to open the secrets of these clients. */
export function readSealed(clients: readonly BatchClient[]): Statement {
  return {
    name: 'read_sealed',
    text: `select n.account_id, n.id, n.secret_version, ${columnList(SEALED_COLUMNS, 'n')}
      from unnest($1::bigint[], $2::bigint[]) as wanted (account_id, id)
      join authenticator n on n.account_id = wanted.account_id and n.id = wanted.id`,
    values: [
      numberArray(clients.map(({ accountId }) => accountId)),
      numberArray(clients.map(({ row }) => firstAuthenticator(row))),
    ],
  };
}

/** By the clients' keys; one whose secret is of another version than its state is missing. */
export function toSealed(
  answered: Answered | undefined,
  clients: readonly BatchClient[],
): Map<string, SealedSecret> {
  const rows = new Map((answered?.rows ?? []).map((row) => [`${row[0]} ${row[1]} ${row[2]}`, row]));
  const sealed = new Map<string, SealedSecret>();
  for (const client of clients) {
    const row = rows.get(
      `${client.accountId} ${firstAuthenticator(client.row)} ${client.row.secret_version}`,
    );
    if (row !== undefined)
      sealed.set(
        keyOf(client),
        sealedOf(client, firstAuthenticator(client.row), client.row, rowOf(SEALED_COLUMNS, row, 3)),
      );
  }
  return sealed;
}

export function sealedOf(
  { accountId, clientId }: ClientName,
  authenticatorId: number,
  state: Pick<StateRow, 'secret_version' | 'digits'>,
  row: SealedRow,
): SealedSecret {
  return {
    accountId,
    clientId,
    authenticatorId,
    secretVersion: state.secret_version,
    parameters: { algorithm: row.algorithm as Algorithm, digits: state.digits as Digits, period: row.period },
    sealed: row.sealed,
  };
}

/** Where the histories of these clientIds end, none of which is enrolled. */
export function readTails(names: readonly ClientName[]): Statement {
  return {
    name: 'read_tails',
    text: `select t.account_id, t.client_id, t.last_event
      from unnest($1::bigint[], $2::text[]) as named (account_id, client_id)
      join event_tail t on t.account_id = named.account_id and t.client_id = named.client_id`,
    values: namesOf(names),
  };
}

export function toTails(answered: Answered | undefined, names: readonly ClientName[]): Map<string, Tail> {
  const tails = new Map(
    names.map(({ accountId, clientId }) => [
      keyOf({ accountId, clientId }),
      { accountId, clientId, lastEvent: 0 },
    ]),
  );
  for (const [accountId, clientId, lastEvent] of answered?.rows ?? []) {
    const tail = tails.get(keyOf({ accountId: Number(accountId), clientId: clientId ?? '' }));
    if (tail !== undefined) tail.lastEvent = Number(lastEvent);
  }
  return tails;
}

/** Writes what the attempts have made of these clients. */
export function writeClients(clients: readonly BatchClient[]): Expected[] {
  if (clients.length === 0) return [];
  const rows = clients.map(({ accountId, row, lastEvent }) => ({
    ...row,
    account_id: accountId,
    last_event: lastEvent,
  }));
  return [
    {
      name: 'write_clients',
      text: `update authenticator_state s set ${columnNames(CHANGED_COLUMNS).map((name) => `${name} = n.${name}`)}
        from ${unnested(typesOf(WRITTEN_COLUMNS))} as n (${columnList(WRITTEN_COLUMNS)})
        where s.account_id = n.account_id and s.id = n.id`,
      values: arraysOf(WRITTEN_COLUMNS, rows),
      rows: clients.length,
    },
  ];
}

const WRITTEN_COLUMNS: Columns<Pick<StateRow, 'id' | keyof typeof CHANGED_COLUMNS> & { account_id: number }> =
  { account_id: 'integer', id: 'integer', ...CHANGED_COLUMNS };

export function writeTails(tails: readonly Tail[]): Expected[] {
  if (tails.length === 0) return [];
  return [
    {
      name: 'write_tails',
      text: `insert into event_tail (account_id, client_id, last_event)
        select * from unnest($1::bigint[], $2::text[], $3::bigint[])
        on conflict (account_id, client_id) do update set last_event = excluded.last_event`,
      values: [...namesOf(tails), numberArray(tails.map(({ lastEvent }) => lastEvent))],
      rows: tails.length,
    },
  ];
}

function namesOf(names: readonly ClientName[]): string[] {
  return [
    numberArray(names.map(({ accountId }) => accountId)),
    textArray(names.map(({ clientId }) => clientId)),
  ];
}

function toClient(answered: readonly (string | null)[]): BatchClient {
  const { account_id: accountId, client_id: clientId } = rowOf(NAME_COLUMNS, answered);
  const row = rowOf(STATE_COLUMNS, answered, FIRST_OF_STATE);
  const name = { accountId, clientId };
  const isRead = answered[FIRST_OF_SEALED] != null;
  const sealed = isRead
    ? sealedOf(name, firstAuthenticator(row), row, rowOf(SEALED_COLUMNS, answered, FIRST_OF_SEALED))
    : null;
  return { ...name, row, sealed, further: [], lastEvent: row.last_event };
}
