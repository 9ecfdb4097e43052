import type { NewEvent } from '../../domain/log/events.ts';
import type { AccountDataKey } from '../../domain/master-keys/wrapped-keys.ts';
import type { Policy } from '../../domain/verdicts/policy.ts';
import {
  ADD_TO_HOUR,
  columnList,
  EVENT_COLUMNS,
  eventRow,
  HOUR_COLUMNS,
  hourRow,
} from '../judging/columns.ts';
import { HourTallies } from '../judging/hour-tallies.ts';
import { readPolicy } from '../judging/read-policy.ts';
import type { ActivityTable, EventTable } from '../schema.ts';
import { type Answered, bytesOf, numberArray, type Statement } from './exchange.ts';
import { arraysOf, typesOf, unnested } from './rows.ts';
import type { Expected } from './transaction.ts';

interface AccountLog {
  readonly accountId: number;
  readonly policy: Policy;
  readonly dataKey: () => AccountDataKey;
  readonly hours: HourTallies;
  /** ms by which the account's clock is ahead: 0 but for a test half. */
  readonly offsetMs: number;
  readonly isTest: boolean;
  lastEvent: number;
}

/**
 * Locks the logs of these accounts, in the order that everybody keeps: the highest number first, so that
 * account 0, the installation's own, comes last, as it does for an account that changes its second factor.
 * What is read of the accounts in later statements stands until the transaction ends. With `skipsHeld` those that
 * another session holds are left out, in place of waiting for them (`BatchLog.held`).
 */
export function lockAccounts(accountIds: readonly number[], skipsHeld: boolean): Statement[] {
  const values = [numberArray(accountIds)];
  const lock = `select account_id, last_event, clock_offset from account_head where account_id = any($1::bigint[])
        order by account_id desc for update`;
  return [
    skipsHeld
      ? { name: 'lock_free_accounts', text: `${lock} skip locked`, values }
      : { name: 'lock_accounts', text: lock, values },
    {
      name: 'read_accounts',
      text: `select id, policy, test_of, public_id, data_key_master, data_key from account where id = any($1::bigint[])`,
      values,
    },
  ];
}

/** What a batch adds to the logs of its accounts. Nothing is written before `writes`. */
export class BatchLog {
  readonly #accounts = new Map<number, AccountLog>();
  /** Accounts that are there and could not be locked. */
  readonly held: ReadonlySet<number>;
  readonly #appended: EventTable[] = [];

  /** From what the statements of `lockAccounts` answered. */
  constructor(heads: Answered | undefined, accounts: Answered | undefined) {
    const rows = new Map((accounts?.rows ?? []).map((row) => [row[0], row]));
    for (const [id, lastEvent, offsetMs] of heads?.rows ?? []) {
      const row = rows.get(id ?? null);
      if (row === undefined) continue;
      rows.delete(id ?? null);
      const [, policy = null, testOf = null, ...dataKey] = row;
      this.#accounts.set(Number(id), {
        accountId: Number(id),
        policy: readPolicy(policy),
        dataKey: () => toDataKey(dataKey),
        hours: new HourTallies(),
        offsetMs: Number(offsetMs),
        isTest: testOf !== null,
        lastEvent: Number(lastEvent),
      });
    }
    this.held = new Set([...rows.keys()].map(Number));
  }

  /** undefined: there is no such account. */
  policyOf(accountId: number): Policy | undefined {
    return this.#accounts.get(accountId)?.policy;
  }

  /** The time in an account when the server's clock shows `now`; both in ms. */
  timeIn(accountId: number, now: number): number {
    return now + (this.#accounts.get(accountId)?.offsetMs ?? 0);
  }

  /** Whether it is the test half of an account. */
  isTest(accountId: number): boolean {
    return this.#of(accountId).isTest;
  }

  /** What its clients' secrets are sealed under. */
  dataKeyOf(accountId: number): AccountDataKey {
    return this.#of(accountId).dataKey();
  }

  /** The number that the next event of an account gets. */
  nextOf(accountId: number): number {
    return this.#of(accountId).lastEvent + 1;
  }

  /** Appends an event to the log of an account that is there, and gives its number. */
  append(accountId: number, event: NewEvent, previous: number): number {
    const account = this.#of(accountId);
    const id = ++account.lastEvent;
    this.#appended.push(eventRow(accountId, id, event, previous));
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
      [...hours.values()].map((hour) => hourRow(accountId, hour)),
    );
    return [writeEvents(this.#appended), writeHeads(touched), writeHours(hours)];
  }
}

function toDataKey([publicId, masterKeyId, wrapped]: readonly (string | null)[]): AccountDataKey {
  if (publicId == null || masterKeyId == null || wrapped == null)
    throw new Error('an account has no data key');
  return { accountPublicId: publicId, masterKeyId, wrapped: bytesOf(wrapped) };
}

function writeEvents(rows: readonly EventTable[]): Expected {
  return {
    name: 'write_events',
    text: `insert into event (${columnList(EVENT_COLUMNS)}) select * from ${unnested(typesOf(EVENT_COLUMNS))}`,
    values: arraysOf(EVENT_COLUMNS, rows),
    rows: rows.length,
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

function writeHours(rows: readonly ActivityTable[]): Expected {
  return {
    name: 'write_hours',
    text: `insert into activity as a (${columnList(HOUR_COLUMNS)})
      select * from ${unnested(typesOf(HOUR_COLUMNS))} ${ADD_TO_HOUR}`,
    values: arraysOf(HOUR_COLUMNS, rows),
    rows: rows.length,
  };
}
