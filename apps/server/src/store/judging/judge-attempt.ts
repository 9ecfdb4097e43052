import { type Digits, parseCode } from '@kanda/otp';
import { clientNotFound, Fault, secretUnreadable } from '../../domain/errors.ts';
import type { EventType, NewEvent } from '../../domain/log/events.ts';
import {
  type AuthenticatorKey,
  type AuthenticatorState,
  type Decision,
  decide,
  type Verdict,
} from '../../domain/verdicts/decide.ts';
import { type Lockout, NO_FAILURES, secondsLocked, withinPolicy } from '../../domain/verdicts/lockout.ts';
import type { Policy } from '../../domain/verdicts/policy.ts';
import type { Attempt } from '../../domain/verdicts/ports.ts';
import type { StateChange, StateRow } from './columns.ts';
import { packTimes, unpackTimes } from './recent-failures.ts';

/** A client's row as far as an attempt is judged by it. */
export type JudgedRow = StateChange & Pick<StateRow, 'digits' | 'disabled'>;

/** What an attempt has come to. A store writes it in the transaction in which it read the row. */
export interface Judgement {
  /** A fault is for this caller alone. */
  readonly answer: Verdict | Fault;
  /** What to write into the row; null: it stays, but for the number of its newest event. */
  readonly nextState: StateChange | null;
  /** What to append to the log, in this order; none: the row stays as it is. */
  readonly events: readonly NewEvent[];
  /** Whether this attempt locked the client until it is unlocked. */
  readonly lockedNow: boolean;
}

/**
 * A read failed while one client's key was opened. It says nothing about that client: the transaction has to be
 * undone, and the client's log must not blame its secret.
 */
export class KeyNotRead extends Error {
  override readonly name = 'KeyNotRead';
}

/**
 * Judges one attempt: the same steps for every store, without reading or writing anything.
 *
 * @param client the client's row, read under its account's lock; undefined: no such client is enrolled
 * @param now ms since the epoch
 * @param openKey called only when the code is evaluated; throws when the secret does not open
 * @throws {KeyNotRead} when `openKey` does
 */
export function judgeAttempt(
  client: JudgedRow | undefined,
  attempt: Attempt,
  policy: Policy,
  now: number,
  openKey: () => AuthenticatorKey,
): Judgement {
  if (client === undefined) return refused(attempt, clientNotFound(), now);
  let decision: Decision;
  let state: AuthenticatorState;
  try {
    const typed = parseCode(attempt.code, client.digits as Digits);
    if (typed === null) {
      return { answer: malformed(client.digits), nextState: null, events: [], lockedNow: false };
    }
    state = stateOf(client);
    decision = decide(state, openKey, typed, now, policy);
  } catch (error) {
    if (error instanceof KeyNotRead) throw error;
    return refused(attempt, error instanceof Fault ? error : secretUnreadable(error), now);
  }
  const { verdict, next, record, lockedNow } = decision;
  const events = [verdictEvent(attempt, 'totp.validated', record, now)];
  if (lockedNow) events.push(verdictEvent(attempt, 'client.locked', LOCKED_NOW, now));
  const nextState = next === state ? null : changeOf(next, verdict.valid ? now : client.last_accepted_at);
  return { answer: verdict, nextState, events, lockedNow };
}

/** Whether attempts up to `until` (ms) are refused without a look at the secret: a flood of them costs no reading of it. */
export function isRefusedUnseen(client: JudgedRow, policy: Policy, until: number): boolean {
  if (client.disabled === 1) return true;
  // Without the day's failures, which do not count here: a row whose are damaged is for the judge.
  return secondsLocked(withinPolicy(lockoutOf(client, NO_FAILURES.recentFailures), until, policy), until) > 0;
}

/** What the log says when an attempt is the one that locks its client until it is unlocked. */
const LOCKED_NOW = { outcome: 'success', reason: 'too_many_failures' } as const;

/** The attempt comes to a fault, and the log says so. */
function refused(attempt: Attempt, fault: Fault, now: number): Judgement {
  const record = { outcome: 'failure', reason: fault.code } as const;
  const events = [verdictEvent(attempt, 'totp.validated', record, now)];
  return { answer: fault, nextState: null, events, lockedNow: false };
}

function verdictEvent(
  { clientId, origin }: Attempt,
  event: EventType,
  { outcome, reason }: Pick<NewEvent, 'outcome' | 'reason'>,
  at: number,
): NewEvent {
  return { event, outcome, reason, clientId, at, origin };
}

/** The code has another length than this client's: nothing is read and nothing counts. */
function malformed(digits: number): Fault {
  const message = `must be exactly ${digits} digits for this client`;
  return new Fault('totp_code_malformed', `The code ${message}. Nothing was checked and nothing counted.`, {
    errors: [{ path: '/token', message }],
  });
}

function stateOf(row: JudgedRow): AuthenticatorState {
  return {
    watermark: row.watermark,
    burnt: unpackTimes(row.burnt_steps),
    disabled: row.disabled === 1,
    lockout: lockoutOf(row, unpackTimes(row.recent_failures)),
  };
}

function lockoutOf(row: JudgedRow, recentFailures: Lockout['recentFailures']): Lockout {
  const { failures, delayed_until: delayedUntil, locked } = row;
  return { failures, delayedUntil, locked: locked === 1, recentFailures };
}

function changeOf(
  { watermark, burnt, lockout }: AuthenticatorState,
  lastAcceptedAt: number | null,
): StateChange {
  return {
    watermark,
    burnt_steps: packTimes(burnt),
    failures: lockout.failures,
    delayed_until: lockout.delayedUntil,
    locked: lockout.locked ? 1 : 0,
    recent_failures: packTimes(lockout.recentFailures),
    last_accepted_at: lastAcceptedAt,
  };
}
