import { EVENT_TYPES, type NewEvent } from '../../domain/log/events.ts';
import type { AccountDataKey } from '../../domain/ports.ts';
import type { Policy } from '../../domain/verdicts/policy.ts';
import { HourTallies, type HourTally } from '../judging/hour-tallies.ts';
import { readPolicy } from '../judging/read-policy.ts';
import { type Answered, bytesOf, numberArray, type Statement, textArray } from './exchange.ts';
import type { Expected } from './transaction.ts';

interface AccountLog {
  readonly accountId: number;
  readonly policy: Policy;
  readonly dataKey: () => AccountDataKey;
  readonly hours: HourTallies;
  lastEvent: number;
}

interface Appended {
  readonly accountId: number;
  readonly id: number;
  readonly event: NewEvent;
  readonly previous: number;
}

/**
 * Locks the logs of these accounts, in the order that everybody keeps: the highest number first, so that
 * account 0, the installation's own, comes last, as it does for an account that changes its second factor.
 * What is read of the accounts in later statements stands until the transaction ends.
 */
export function lockAccounts(accountIds: readonly number[]): Statement[] {
  const values = [numberArray(accountIds)];
  return [
    {
      name: 'lock_accounts',
      text: `select account_id, last_event from account_head where account_id = any($1::bigint[])
        order by account_id desc for update`,
      values,
    },
    {
      name: 'read_accounts',
      text: `select id, policy, public_id, data_key_master, data_key from account where id = any($1::bigint[])`,
      values,
    },
  ];
}

/** What a batch adds to the logs of its accounts. Nothing is written before `writes`. */
export class BatchLog {
  readonly #accounts = new Map<number, AccountLog>();
  readonly #appended: Appended[] = [];

  /** From what the statements of `lockAccounts` answered. */
  constructor(heads: Answered | undefined, accounts: Answered | undefined) {
    const rows = new Map((accounts?.rows ?? []).map((row) => [row[0], row]));
    for (const [id, lastEvent] of heads?.rows ?? []) {
      const row = rows.get(id ?? null);
      if (row === undefined) continue;
      const [, policy = null, ...dataKey] = row;
      this.#accounts.set(Number(id), {
        accountId: Number(id),
        policy: readPolicy(policy),
        dataKey: () => toDataKey(dataKey),
        hours: new HourTallies(),
        lastEvent: Number(lastEvent),
      });
    }
  }

  /** undefined: there is no such account. */
  policyOf(accountId: number): Policy | undefined {
    return this.#accounts.get(accountId)?.policy;
  }

  /** What its clients' secrets are sealed under. */
  dataKeyOf(accountId: number): AccountDataKey {
    return this.#of(accountId).dataKey();
  }

  /** Appends an event to the log of an account that is there, and gives its number. */
  append(accountId: number, event: NewEvent, previous: number): number {
    const account = this.#of(accountId);
    const id = ++account.lastEvent;
    this.#appended.push({ accountId, id, event, previous });
    account.hours.add(event, id);
    return id;
  }

  #of(accountId: number): AccountLog {
    const account = this.#accounts.get(accountId);
    if (account === undefined) throw new Error(`account ${accountId} is not of this batch`);
    return account;
  }

  /** Writes the events, the heads and the hours. */
  writes(): Expected[] {
    if (this.#appended.length === 0) return [];
    const touched = [...this.#accounts.values()].filter(({ hours }) => !hours.isEmpty);
    const hours = touched.flatMap(({ accountId, hours }) =>
      [...hours.values()].map((hour) => ({ accountId, ...hour })),
    );
    return [writeEvents(this.#appended), writeHeads(touched), writeHours(hours)];
  }
}

function toDataKey([publicId, masterKeyId, wrapped]: readonly (string | null)[]): AccountDataKey {
  if (publicId == null || masterKeyId == null || wrapped == null)
    throw new Error('an account has no data key');
  return { accountPublicId: publicId, masterKeyId, wrapped: bytesOf(wrapped) };
}

function writeEvents(appended: readonly Appended[]): Expected {
  const numbers = (value: (one: Appended) => number) => numberArray(appended.map(value));
  const texts = (value: (event: NewEvent) => string | null) =>
    textArray(appended.map(({ event }) => value(event)));
  return {
    name: 'write_events',
    text: `insert into event (account_id, id, at, type, outcome, reason, client_id, actor, ip, user_agent, request_id, previous)
      select * from unnest($1::bigint[], $2::bigint[], $3::bigint[], $4::bigint[], $5::bigint[], $6::text[],
        $7::text[], $8::text[], $9::text[], $10::text[], $11::text[], $12::bigint[])`,
    values: [
      numbers(({ accountId }) => accountId),
      numbers(({ id }) => id),
      numbers(({ event }) => event.at),
      numbers(({ event }) => EVENT_TYPES[event.event]),
      numbers(({ event }) => (event.outcome === 'success' ? 1 : 0)),
      texts(({ reason }) => reason),
      texts(({ clientId }) => clientId),
      texts(({ origin }) => origin.actor),
      texts(({ origin }) => origin.ip),
      texts(({ origin }) => origin.userAgent),
      texts(({ origin }) => origin.requestId),
      numbers(({ previous }) => previous),
    ],
    rows: appended.length,
  };
}

function writeHeads(accounts: readonly AccountLog[]): Expected {
  return {
    name: 'write_heads',
    text: `update account_head h set last_event = n.last_event
      from unnest($1::bigint[], $2::bigint[]) as n (account_id, last_event) where h.account_id = n.account_id`,
    values: [
      numberArray(accounts.map(({ accountId }) => accountId)),
      numberArray(accounts.map(({ lastEvent }) => lastEvent)),
    ],
    rows: accounts.length,
  };
}

/** An hour of an account's activity. */
type AccountHour = HourTally & { readonly accountId: number };

function writeHours(hours: readonly AccountHour[]): Expected {
  const column = (value: (hour: AccountHour) => number) => numberArray(hours.map(value));
  return {
    name: 'write_hours',
    text: `insert into activity as a (account_id, hour, first_event, last_event, accepted, refused, locked)
      select * from unnest($1::bigint[], $2::bigint[], $3::bigint[], $4::bigint[], $5::bigint[], $6::bigint[], $7::bigint[])
      on conflict (account_id, hour) do update set last_event = excluded.last_event,
        accepted = a.accepted + excluded.accepted, refused = a.refused + excluded.refused,
        locked = a.locked + excluded.locked`,
    values: [
      column(({ accountId }) => accountId),
      column(({ hour }) => hour),
      column(({ firstEvent }) => firstEvent),
      column(({ lastEvent }) => lastEvent),
      column(({ accepted }) => accepted),
      column(({ refused }) => refused),
      column(({ locked }) => locked),
    ],
    rows: hours.length,
  };
}
