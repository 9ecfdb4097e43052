import type { DatabaseSync } from 'node:sqlite';
import type { Digits } from '@kanda/otp';
import type { SecretBox } from '../../domain/clients/secret-box.ts';
import { accountNotFound } from '../../domain/errors.ts';
import type { NewEvent } from '../../domain/log/events.ts';
import type { AccountDataKey } from '../../domain/master-keys/wrapped-keys.ts';
import { BatchTally } from '../../domain/observation/batch-tally.ts';
import type { Clock } from '../../domain/time.ts';
import type { AuthenticatorKey } from '../../domain/verdicts/decide.ts';
import type { Policy } from '../../domain/verdicts/policy.ts';
import type { Attempt, AuthenticatorKeys } from '../../domain/verdicts/ports.ts';
import { ClientNumbers } from '../judging/client-numbers.ts';
import { eventRow, type FurtherRow, hourRow, type StateRow } from '../judging/columns.ts';
import { HourTallies } from '../judging/hour-tallies.ts';
import { type Earlier, readAnswer, toAnswerRow } from '../judging/idempotent-answers.ts';
import { firstAuthenticator, judgeAttempt, KeyNotRead, numbered } from '../judging/judge-attempt.ts';
import type { Judged } from '../judging/judged.ts';
import { readPolicy } from '../judging/read-policy.ts';
import {
  type AccountRow,
  type JudgingReads,
  type JudgingWrites,
  prepareReads,
  prepareWrites,
} from './judging-rows.ts';

/** What the batch has added to one account's log so far. Written once, when the batch settles. */
interface AccountBatch {
  readonly policy: Policy;
  readonly hours: HourTallies;
  /** Read when the first secret of the batch is opened. */
  dataKey: AccountDataKey | null;
  lastEvent: number;
  /** ms by which the account's clock is ahead: 0 but for a test half. */
  readonly offsetMs: number;
  readonly isTest: boolean;
}

const NONE: readonly FurtherRow[] = [];

export interface Judge {
  /** Judges one attempt and writes what follows. A fault that leaves a trace in the log is returned, not thrown. */
  judge(attempt: Attempt): Judged;
  /** Writes the heads and hours of the accounts that the batch has touched. */
  settle(): void;
  /** The transaction was undone: nothing of the batch is left. */
  forget(): void;
  /** What the attempts since this was last asked came to. */
  takeTally(): BatchTally;
}

/**
 * The hot path in SQLite: reads and writes the rows of attempts inside a batch's transaction, with prepared
 * statements and nothing asynchronous. Each attempt reads its row after the one before it has written, so several
 * attempts for one client in one batch see each other's results.
 */
export function createJudge(
  sqlite: DatabaseSync,
  box: SecretBox,
  keys: AuthenticatorKeys,
  clock: Clock,
): Judge {
  const read = prepareReads(sqlite);
  const write = prepareWrites(sqlite);
  const accounts = new Map<number, AccountBatch>();
  const numbers = new ClientNumbers();
  let tally = new BatchTally();

  function batchOf(accountId: number): AccountBatch {
    let batch = accounts.get(accountId);
    if (batch === undefined) {
      const row = read.account(accountId);
      if (row === undefined) throw accountNotFound();
      batch = toBatch(row);
      accounts.set(accountId, batch);
    }
    return batch;
  }

  function stateOf(accountId: number, clientId: string): StateRow | undefined {
    const number = numbers.get(accountId, clientId);
    if (number !== undefined) {
      const row = read.state(accountId, number.id);
      if (row !== undefined && row.secret_version === number.secretVersion) return row;
    }
    const row = read.stateByName(accountId, clientId);
    if (row !== undefined) numbers.set(accountId, clientId, row.id, row.secret_version);
    return row;
  }

  function append(accountId: number, batch: AccountBatch, event: NewEvent, previous: number): number {
    const id = ++batch.lastEvent;
    write.event(eventRow(accountId, id, event, previous));
    batch.hours.add(event, id);
    return id;
  }

  function dataKeyOf(accountId: number, batch: AccountBatch): AccountDataKey {
    batch.dataKey ??= read.dataKey(accountId);
    return batch.dataKey;
  }

  const openKey = keyOpener(read, keys, dataKeyOf);
  const answers = answerKeeper(read, write, box, dataKeyOf);

  return {
    judge(attempt) {
      const { accountId, clientId } = attempt;
      const batch = batchOf(accountId);
      const now = clock() + batch.offsetMs;
      const earlier = answers.find(attempt, batch, now);
      if (earlier !== null) return earlier;
      const client = stateOf(accountId, clientId);
      const judged = client && {
        row: client,
        further: client.further === 0 ? NONE : read.further(accountId, client.id),
      };
      const judgement = judgeAttempt(judged, attempt, batch.policy, now, (further) =>
        further === null
          ? openKey(attempt, batch, firstAuthenticator(client as StateRow), client as StateRow)
          : openKey(attempt, batch, further.id, further),
      );
      const { nextState, nextFurther, events } = judgement;
      if (events.length === 0) return judgement.answer;
      const answer = attempt.numbered ? numbered(judgement, batch.lastEvent + 1) : judgement.answer;
      // Before anything else is written: a data key that does not open is this caller's fault alone.
      answers.keep(attempt, batch, now, answer);
      let newest = client === undefined ? read.tail(accountId, clientId) : client.last_event;
      for (const event of events) newest = append(accountId, batch, event, newest);
      if (client === undefined) write.tail(accountId, clientId, newest);
      else if (nextState === null) write.lastEvent(accountId, client.id, newest);
      else write.state(accountId, client.id, nextState, newest);
      for (const change of nextFurther) write.further(accountId, (client as StateRow).id, change);
      tally.add(judgement.tally, attempt, !batch.isTest);
      return answer;
    },

    settle() {
      for (const [accountId, { lastEvent, hours }] of accounts) {
        write.head(accountId, lastEvent);
        for (const hour of hours.values()) write.hour(hourRow(accountId, hour));
      }
      accounts.clear();
    },

    forget() {
      // Numbers and keys stay: the versions that the undone transaction drew are no other secret's.
      accounts.clear();
    },

    takeTally() {
      const taken = tally;
      tally = new BatchTally();
      return taken;
    },
  };
}

function toBatch({
  last_event: lastEvent,
  clock_offset: offsetMs,
  test_of,
  policy,
}: AccountRow): AccountBatch {
  return {
    lastEvent,
    offsetMs,
    isTest: test_of !== null,
    policy: readPolicy(policy),
    hours: new HourTallies(),
    dataKey: null,
  };
}

type DataKeyOf = (accountId: number, batch: AccountBatch) => AccountDataKey;

/** The answers that are kept for Idempotency-Keys. */
function answerKeeper(read: JudgingReads, write: JudgingWrites, box: SecretBox, dataKeyOf: DataKeyOf) {
  return {
    /** What an attempt with the same key came to; null: there was none that counts at `now` (ms). */
    find({ accountId, idempotency }: Attempt, batch: AccountBatch, now: number): Earlier | null {
      if (idempotency === undefined) return null;
      const kept = read.answer(accountId, idempotency.key, now);
      return kept === undefined ? null : readAnswer(box, dataKeyOf(accountId, batch), idempotency, kept);
    },

    keep({ accountId, idempotency }: Attempt, batch: AccountBatch, at: number, judged: Judged): void {
      if (idempotency === undefined) return;
      const row = toAnswerRow(box, dataKeyOf(accountId, batch), { accountId, at }, idempotency, judged);
      if (row !== null) write.answer(row);
    },
  };
}

/** Opens keys of authenticators that are not remembered. */
function keyOpener(read: JudgingReads, keys: AuthenticatorKeys, dataKeyOf: DataKeyOf) {
  return function openKey(
    { accountId, clientId }: Attempt,
    batch: AccountBatch,
    id: number,
    { secret_version: secretVersion, digits }: StateRow | FurtherRow,
  ): AuthenticatorKey {
    const remembered = keys.remembered(accountId, id, secretVersion);
    if (remembered !== undefined) return remembered;
    const { row, dataKey } = readingKey(() => ({
      row: read.sealed(accountId, id, secretVersion),
      dataKey: dataKeyOf(accountId, batch),
    }));
    if (row === undefined) throw new Error('the authenticator has no sealed secret of this version');
    return keys.open({
      accountId,
      clientId,
      authenticatorId: id,
      secretVersion,
      parameters: { algorithm: row.algorithm, digits: digits as Digits, period: row.period },
      sealed: row.sealed,
      dataKey,
    });
  };
}

/** An error of SQLite's own says nothing of the client whose key is read. */
function readingKey<T>(read: () => T): T {
  try {
    return read();
  } catch (cause) {
    throw new KeyNotRead('the sealed secret could not be read', { cause });
  }
}
