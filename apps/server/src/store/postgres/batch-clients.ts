import type { Algorithm, Digits } from '@kanda/otp';
import type { Attempt, SealedAuthenticator } from '../../domain/ports.ts';
import type { AuthenticatorState } from '../../domain/verdicts/decide.ts';
import type { ClientNumber } from '../judging/client-numbers.ts';
import { packTimes, unpackTimes } from '../judging/recent-failures.ts';
import { type Answered, bytesArray, bytesOf, numberArray, type Statement, textArray } from './exchange.ts';
import type { Expected } from './transaction.ts';

/** Whom an attempt concerns. */
export type ClientName = Pick<Attempt, 'accountId' | 'clientId'>;

/** A sealed secret as it is read; the data key that opens it is the account's (`BatchLog.dataKeyOf`). */
export type SealedSecret = Omit<SealedAuthenticator, 'dataKey'>;

/** A client as a batch knows it: read once under the account's lock, then changed by one attempt after the other. */
export interface BatchClient extends ClientName {
  readonly id: number;
  readonly secretVersion: number;
  readonly digits: Digits;
  /** Where it was read along; null does not mean that there is none. */
  readonly sealed: SealedSecret | null;
  state: AuthenticatorState;
  lastAcceptedAt: number | null;
  lastEvent: number;
}

/** The newest event about a clientId that is not enrolled. */
export interface Tail extends ClientName {
  lastEvent: number;
}

/** A map's key: no clientId holds a space. */
export function keyOf({ accountId, clientId }: ClientName): string {
  return `${accountId} ${clientId}`;
}

const STATE = `s.id, s.secret_version, s.digits, s.watermark, s.disabled, s.failures, s.delayed_until, s.locked,
  s.recent_failures, s.last_accepted_at, s.last_event`;

const SEALED = 'n.algorithm, n.period, n.sealed';
/** How many columns name a client and tell its state. */
const STATE_COLUMNS = 13;

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
    text: `select named.account_id, named.client_id, ${STATE}
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
 * The clients of these names, as far as they are enrolled, with their sealed secrets: whose number is not
 * remembered, of him the key is not either, most often. The accounts must be locked.
 */
export function readNamed(names: readonly ClientName[]): Statement {
  return {
    name: 'read_named',
    text: `select c.account_id, c.client_id, ${STATE}, ${SEALED}
      from unnest($1::bigint[], $2::text[]) as named (account_id, client_id)
      join client c on c.account_id = named.account_id and c.client_id = named.client_id
      join authenticator_state s on s.account_id = c.account_id and s.id = c.id
      left join authenticator n on n.account_id = s.account_id and n.id = s.id and n.secret_version = s.secret_version`,
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
    text: `select n.account_id, n.id, n.secret_version, ${SEALED}
      from unnest($1::bigint[], $2::bigint[]) as wanted (account_id, id)
      join authenticator n on n.account_id = wanted.account_id and n.id = wanted.id`,
    values: [
      numberArray(clients.map(({ accountId }) => accountId)),
      numberArray(clients.map(({ id }) => id)),
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
    const row = rows.get(`${client.accountId} ${client.id} ${client.secretVersion}`);
    if (row !== undefined) sealed.set(keyOf(client), sealedOf(client, row.slice(3) as string[]));
  }
  return sealed;
}

function sealedOf(client: Omit<BatchClient, 'sealed'>, columns: readonly string[]): SealedSecret {
  const { accountId, clientId, id, secretVersion, digits } = client;
  const [algorithm, period, secret = ''] = columns;
  return {
    accountId,
    clientId,
    authenticatorId: id,
    secretVersion,
    parameters: { algorithm: algorithm as Algorithm, digits, period: Number(period) },
    sealed: bytesOf(secret),
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
  const column = (value: (client: BatchClient) => number | null) => numberArray(clients.map(value));
  return [
    {
      name: 'write_clients',
      text: `update authenticator_state s
        set watermark = n.watermark, failures = n.failures, delayed_until = n.delayed_until, locked = n.locked,
          recent_failures = n.recent_failures, last_accepted_at = n.last_accepted_at, last_event = n.last_event
        from unnest($1::bigint[], $2::bigint[], $3::bigint[], $4::bigint[], $5::bigint[], $6::bigint[],
          $7::bytea[], $8::bigint[], $9::bigint[])
          as n (account_id, id, watermark, failures, delayed_until, locked, recent_failures, last_accepted_at, last_event)
        where s.account_id = n.account_id and s.id = n.id`,
      values: [
        column(({ accountId }) => accountId),
        column(({ id }) => id),
        column(({ state }) => state.watermark),
        column(({ state }) => state.lockout.failures),
        column(({ state }) => state.lockout.delayedUntil),
        column(({ state }) => (state.lockout.locked ? 1 : 0)),
        bytesArray(clients.map(({ state }) => packTimes(state.lockout.recentFailures))),
        column(({ lastAcceptedAt }) => lastAcceptedAt),
        column(({ lastEvent }) => lastEvent),
      ],
      rows: clients.length,
    },
  ];
}

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

function toClient(row: readonly (string | null)[]): BatchClient {
  const [accountId, clientId, id, secretVersion, digits, watermark, disabled, failures, ...rest] = row;
  const [delayedUntil, locked, recentFailures, lastAcceptedAt, lastEvent] = rest;
  const client = {
    accountId: Number(accountId),
    clientId: clientId ?? '',
    id: Number(id),
    secretVersion: Number(secretVersion),
    digits: Number(digits) as Digits,
    state: {
      watermark: Number(watermark),
      disabled: disabled === '1',
      lockout: {
        failures: Number(failures),
        delayedUntil: Number(delayedUntil),
        locked: locked === '1',
        recentFailures: unpackTimes(recentFailures == null ? null : bytesOf(recentFailures)),
      },
    },
    lastAcceptedAt: lastAcceptedAt == null ? null : Number(lastAcceptedAt),
    lastEvent: Number(lastEvent),
  };
  const columns = row.slice(STATE_COLUMNS);
  const isRead = columns.length > 0 && !columns.includes(null);
  return { ...client, sealed: isRead ? sealedOf(client, columns as string[]) : null };
}
