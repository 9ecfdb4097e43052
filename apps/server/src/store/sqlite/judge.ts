import type { DatabaseSync } from 'node:sqlite';
import { type Algorithm, type Digits, parseCode } from '@kanda/otp';
import { accountNotFound, clientNotFound, type Fault } from '../../domain/errors.ts';
import { EVENT_TYPES, type NewEvent } from '../../domain/log/events.ts';
import type { AccountDataKey, Attempt, AuthenticatorKeys, Clock } from '../../domain/ports.ts';
import {
  type AuthenticatorKey,
  type AuthenticatorState,
  type Decision,
  decide,
  type Verdict,
} from '../../domain/verdicts/decide.ts';
import type { Policy } from '../../domain/verdicts/policy.ts';
import { LOCKED_NOW, malformed, unreadable, verdictEvent } from '../judging/attempts.ts';
import { ClientNumbers } from '../judging/client-numbers.ts';
import { HourTallies } from '../judging/hour-tallies.ts';
import { readPolicy } from '../judging/read-policy.ts';
import { packTimes, unpackTimes } from '../judging/recent-failures.ts';

/** What the batch has added to one account's log so far. Written once, when the batch settles. */
interface AccountBatch {
  readonly policy: Policy;
  readonly hours: HourTallies;
  /** Read when the first secret of the batch is opened. */
  dataKey: AccountDataKey | null;
  lastEvent: number;
}

type StateRow = readonly [
  id: number,
  secretVersion: number,
  digits: Digits,
  watermark: number,
  disabled: number,
  failures: number,
  delayedUntil: number,
  locked: number,
  recentFailures: Uint8Array | null,
  lastAcceptedAt: number | null,
  lastEvent: number,
];

const STATE_COLUMNS = `s.id, s.secret_version, s.digits, s.watermark, s.disabled, s.failures, s.delayed_until,
  s.locked, s.recent_failures, s.last_accepted_at, s.last_event`;

type SealedRow = readonly [algorithm: Algorithm, period: number, sealed: Uint8Array];
type DataKeyRow = readonly [accountPublicId: string, masterKeyId: string, wrapped: Uint8Array];

export interface Judge {
  /** Judges one attempt and writes what follows. A fault that leaves a trace in the log is returned, not thrown. */
  judge(attempt: Attempt): Verdict | Fault;
  /** Writes the heads and hours of the accounts that the batch has touched. */
  settle(): void;
  /** The transaction was undone: nothing of the batch is left. */
  forget(): void;
  /** How many clients were locked since this was last asked. */
  takeLockouts(): number;
}

/**
 * The hot path in SQLite: judges attempts inside a batch's transaction, with prepared statements and
 * nothing asynchronous. Each attempt reads its row after the one before it has written, so several
 * attempts for one client in one batch see each other's results.
 */
export function createJudge(sqlite: DatabaseSync, keys: AuthenticatorKeys, clock: Clock): Judge {
  const readAccount = sqlite.prepare(
    'select h.last_event, a.policy from account_head h join account a on a.id = h.account_id where h.account_id = ?',
  );
  const readState = sqlite.prepare(
    `select ${STATE_COLUMNS} from authenticator_state s where s.account_id = ? and s.id = ?`,
  );
  const readStateByName = sqlite.prepare(
    `select ${STATE_COLUMNS}
     from client c join authenticator_state s on s.account_id = c.account_id and s.id = c.id
     where c.account_id = ? and c.client_id = ?`,
  );
  const readSealed = sqlite.prepare(
    'select algorithm, period, sealed from authenticator where account_id = ? and id = ? and secret_version = ?',
  );
  const readDataKey = sqlite.prepare('select public_id, data_key_master, data_key from account where id = ?');
  const writeState = sqlite.prepare(
    `update authenticator_state
     set watermark = ?, failures = ?, delayed_until = ?, locked = ?, recent_failures = ?, last_accepted_at = ?,
         last_event = ?
     where account_id = ? and id = ?`,
  );
  const writeLastEvent = sqlite.prepare(
    'update authenticator_state set last_event = ? where account_id = ? and id = ?',
  );
  const insertEvent = sqlite.prepare('insert into event values (?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?)');
  const readTail = sqlite.prepare('select last_event from event_tail where account_id = ? and client_id = ?');
  const writeTail = sqlite.prepare(
    'insert into event_tail values (?, ?, ?) on conflict do update set last_event = excluded.last_event',
  );
  const writeHead = sqlite.prepare('update account_head set last_event = ? where account_id = ?');
  const writeHour = sqlite.prepare(
    `insert into activity values (?, ?, ?, ?, ?, ?, ?)
     on conflict do update set last_event = excluded.last_event, accepted = accepted + excluded.accepted,
       refused = refused + excluded.refused, locked = locked + excluded.locked`,
  );
  for (const statement of [readAccount, readState, readStateByName, readSealed, readDataKey, readTail])
    statement.setReturnArrays(true);

  const accounts = new Map<number, AccountBatch>();
  const numbers = new ClientNumbers();
  let lockouts = 0;

  function batchOf(accountId: number): AccountBatch {
    let batch = accounts.get(accountId);
    if (batch === undefined) {
      const row = readAccount.get(accountId) as readonly [number, string | null] | undefined;
      if (row === undefined) throw accountNotFound();
      batch = { lastEvent: row[0], policy: readPolicy(row[1]), hours: new HourTallies(), dataKey: null };
      accounts.set(accountId, batch);
    }
    return batch;
  }

  function stateOf(accountId: number, clientId: string): StateRow | undefined {
    const number = numbers.get(accountId, clientId);
    if (number !== undefined) {
      const row = readState.get(accountId, number.id) as unknown as StateRow | undefined;
      if (row !== undefined && row[1] === number.secretVersion) return row;
    }
    const row = readStateByName.get(accountId, clientId) as unknown as StateRow | undefined;
    if (row !== undefined) numbers.set(accountId, clientId, row[0], row[1]);
    return row;
  }

  function append(accountId: number, batch: AccountBatch, event: NewEvent, previous: number): number {
    const id = ++batch.lastEvent;
    const { actor, ip, userAgent, requestId } = event.origin;
    insertEvent.run(
      accountId,
      id,
      event.at,
      EVENT_TYPES[event.event],
      event.outcome === 'success' ? 1 : 0,
      event.reason,
      event.clientId,
      actor,
      ip,
      userAgent,
      requestId,
      previous,
    );
    batch.hours.add(event, id);
    return id;
  }

  function appendUnknown(attempt: Attempt, batch: AccountBatch, now: number): void {
    const { accountId, clientId } = attempt;
    const tail = readTail.get(accountId, clientId) as readonly [number] | undefined;
    const event = verdictEvent(
      attempt,
      'totp.validated',
      { outcome: 'failure', reason: 'client_not_found' },
      now,
    );
    writeTail.run(accountId, clientId, append(accountId, batch, event, tail?.[0] ?? 0));
  }

  function dataKeyOf(accountId: number, batch: AccountBatch): AccountDataKey {
    if (batch.dataKey === null) {
      const [accountPublicId, masterKeyId, wrapped] = readDataKey.get(accountId) as unknown as DataKeyRow;
      batch.dataKey = { accountPublicId, masterKeyId, wrapped };
    }
    return batch.dataKey;
  }

  function openKey(
    { accountId, clientId }: Attempt,
    batch: AccountBatch,
    id: number,
    secretVersion: number,
    digits: Digits,
  ): AuthenticatorKey {
    const remembered = keys.remembered(accountId, id, secretVersion);
    if (remembered !== undefined) return remembered;
    const row = readSealed.get(accountId, id, secretVersion) as SealedRow | undefined;
    if (row === undefined) throw new Error('the authenticator has no sealed secret of this version');
    const [algorithm, period, sealed] = row;
    return keys.open({
      accountId,
      clientId,
      authenticatorId: id,
      secretVersion,
      parameters: { algorithm, digits, period },
      sealed,
      dataKey: dataKeyOf(accountId, batch),
    });
  }

  return {
    judge(attempt) {
      const { accountId, clientId, code } = attempt;
      const now = clock();
      const batch = batchOf(accountId);
      const row = stateOf(accountId, clientId);
      if (row === undefined) {
        appendUnknown(attempt, batch, now);
        return clientNotFound();
      }
      const [id, secretVersion, digits, , , , , , , lastAcceptedAt, lastEvent] = row;

      let decision: Decision;
      try {
        const typed = parseCode(code, digits);
        if (typed === null) return malformed(digits);
        const open = () => openKey(attempt, batch, id, secretVersion, digits);
        decision = decide(toState(row), open, typed, now, batch.policy);
      } catch (error) {
        const fault = unreadableRow(error);
        const record = { outcome: 'failure', reason: fault.code } as const;
        const event = append(
          accountId,
          batch,
          verdictEvent(attempt, 'totp.validated', record, now),
          lastEvent,
        );
        writeLastEvent.run(event, accountId, id);
        return fault;
      }

      let event = append(
        accountId,
        batch,
        verdictEvent(attempt, 'totp.validated', decision.record, now),
        lastEvent,
      );
      if (decision.lockedNow) {
        lockouts++;
        event = append(accountId, batch, verdictEvent(attempt, 'client.locked', LOCKED_NOW, now), event);
      }
      const { watermark, lockout } = decision.next;
      writeState.run(
        watermark,
        lockout.failures,
        lockout.delayedUntil,
        lockout.locked ? 1 : 0,
        packTimes(lockout.recentFailures),
        decision.verdict.valid ? now : lastAcceptedAt,
        event,
        accountId,
        id,
      );
      return decision.verdict;
    },

    settle() {
      for (const [accountId, { lastEvent, hours }] of accounts) {
        writeHead.run(lastEvent, accountId);
        for (const { hour, firstEvent, lastEvent, accepted, refused, locked } of hours.values()) {
          writeHour.run(accountId, hour, firstEvent, lastEvent, accepted, refused, locked);
        }
      }
      accounts.clear();
    },

    forget() {
      // Numbers and keys stay: the versions that the undone transaction drew are no other secret's.
      accounts.clear();
    },

    takeLockouts() {
      const taken = lockouts;
      lockouts = 0;
      return taken;
    },
  };
}

function toState(row: StateRow): AuthenticatorState {
  const [, , , watermark, disabled, failures, delayedUntil, locked, recentFailures] = row;
  return {
    watermark,
    disabled: disabled === 1,
    lockout: { failures, delayedUntil, locked: locked === 1, recentFailures: unpackTimes(recentFailures) },
  };
}

/** As `unreadable`, but an error of SQLite's own says nothing of this row, and is thrown again. */
function unreadableRow(error: unknown): Fault {
  if ((error as { code?: string }).code === 'ERR_SQLITE_ERROR') throw error;
  return unreadable(error);
}
