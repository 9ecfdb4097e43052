import type { Digits } from '@kanda/otp';
import { isExpired } from '../../domain/authenticators/authenticator.ts';
import { clientNotFound, Fault, secretUnreadable } from '../../domain/errors.ts';
import type { EventType, NewEvent } from '../../domain/log/events.ts';
import {
  type AuthenticatorKey,
  type ClientState,
  type Decision,
  decide,
  type Verdict,
} from '../../domain/verdicts/decide.ts';
import { type Lockout, lockedAt, NO_FAILURES } from '../../domain/verdicts/lockout.ts';
import type { MovingFactor } from '../../domain/verdicts/methods/method.ts';
import type { Policy } from '../../domain/verdicts/policy.ts';
import type { Attempt } from '../../domain/verdicts/ports.ts';
import { codeMalformed, parseTyped, type TypedCode } from '../../domain/verdicts/typed-code.ts';
import type { FurtherChange, FurtherRow, StateChange, StateRow } from './columns.ts';
import { packTimes, unpackTimes } from './recent-failures.ts';

/** A client's row as far as an attempt is judged by it. */
export type JudgedRow = StateChange &
  Pick<StateRow, 'id' | 'authenticator' | 'digits' | 'disabled' | 'pending_until'>;

/** A client as far as an attempt is judged by it. */
export interface JudgedClient {
  readonly row: JudgedRow;
  /** Its other confirmed authenticators; most clients have none. */
  readonly further: readonly FurtherRow[];
}

/** The outcome of an attempt. A store writes it in the transaction in which it read the row. */
export interface Judgement {
  /** A fault is for this caller alone. */
  readonly answer: Verdict | Fault;
  /** What to write into the row; null: it stays, but for the number of its newest event. */
  readonly nextState: StateChange | null;
  /** What to write into rows of its other authenticators: those that the attempt changed. */
  readonly nextFurther: readonly FurtherChange[];
  /** What to append to the log, in this order; none: the row stays as it is. */
  readonly events: readonly NewEvent[];
  /** What the figures have of it; null: nothing. */
  readonly tally: Decision | null;
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
 * @param client the client's rows, read under its account's lock; undefined: no such client is enrolled
 * @param now ms since the epoch
 * @param openKey opens the key of one of the client's authenticators: the first for null, else that of a row of
 *   `further`. Called only when the code is evaluated; throws when the secret does not open
 * @throws {KeyNotRead} when `openKey` does
 */
export function judgeAttempt(
  client: JudgedClient | undefined,
  attempt: Attempt,
  policy: Policy,
  now: number,
  openKey: (further: FurtherRow | null) => AuthenticatorKey,
): Judgement {
  if (client === undefined || isExpired({ pendingUntil: client.row.pending_until }, now))
    return refused(attempt, clientNotFound(), now);
  const { row, further } = client;
  let decision: Decision;
  let state: ClientState;
  try {
    const typed = typedFor(attempt.code, row, further);
    if (typed === null) return malformed(row, further);
    state = stateOf(row, further);
    decision = decide(state, (place) => openKey(further[place - 1] ?? null), typed, now, policy);
  } catch (error) {
    if (error instanceof KeyNotRead) throw error;
    return refused(attempt, error instanceof Fault ? error : secretUnreadable(error), now);
  }
  const { verdict, next, accepted, record, lockedNow } = decision;
  const events = [verdictEvent(attempt, 'totp.validated', record, now)];
  if (lockedNow) events.push(verdictEvent(attempt, 'client.locked', LOCKED_NOW, now));
  const nextState = next === state ? null : changeOf(next, accepted === 0 ? now : row.last_accepted_at);
  const nextFurther = further.length === 0 ? NO_CHANGES : furtherChanges(state, next, further, accepted, now);
  return {
    answer: attempt.details ? detailed(client, decision) : verdict,
    nextState,
    nextFurther,
    events,
    tally: decision,
  };
}

/** The answer to an attempt; an accepted one says where the log has it. @param first the number of the first of its events */
export function numbered({ answer, events }: Judgement, first: number): Verdict | Fault {
  const [event] = events;
  if (answer instanceof Fault || !answer.valid || event === undefined) return answer;
  return { ...answer, event: { id: first, at: event.at } };
}

const NO_CHANGES: readonly FurtherChange[] = [];

/** The number of a client's first authenticator. */
export function firstAuthenticator({ id, authenticator }: Pick<StateRow, 'id' | 'authenticator'>): number {
  return authenticator ?? id;
}

/** The code with the digits of one of the client's authenticators; null when no authenticator of the client has codes of that length. */
function typedFor(code: string, row: JudgedRow, further: readonly FurtherRow[]): TypedCode | null {
  const first = parseTyped(code, row.digits as Digits);
  if (first !== null) return first;
  for (const { digits } of further) {
    const other = parseTyped(code, digits as Digits);
    if (other !== null) return other;
  }
  return null;
}

/** The verdict with what it rests on. */
function detailed({ row, further }: JudgedClient, { verdict, accepted, method }: Decision): Verdict {
  if (!verdict.valid || accepted === null || method === null) return verdict;
  const authenticator = further[accepted - 1]?.id ?? firstAuthenticator(row);
  return { valid: true, authenticator, method };
}

function furtherChanges(
  before: ClientState,
  { factors }: ClientState,
  further: readonly FurtherRow[],
  accepted: number | null,
  now: number,
): readonly FurtherChange[] {
  return further.flatMap(({ id, last_accepted_at: earlier }, index) => {
    const factor = factors[index + 1] as MovingFactor;
    if (factor === before.factors[index + 1]) return [];
    return [{ id, ...factorColumns(factor), last_accepted_at: accepted === index + 1 ? now : earlier }];
  });
}

/** Whether attempts up to `until` (ms) are refused without a look at the secret: a flood of them costs no reading of it. */
export function isRefusedUnseen(client: JudgedRow, policy: Policy, until: number): boolean {
  if (client.disabled === 1 || client.pending_until !== null) return true;
  // Without the day's failures, which do not count here: a row whose are damaged is for the judge.
  return lockedAt(lockoutOf(client, NO_FAILURES.recentFailures), until, policy) !== null;
}

/** What the log says when an attempt is the one that locks its client until it is unlocked. */
const LOCKED_NOW = { outcome: 'success', reason: 'too_many_failures' } as const;

/** The attempt comes to a fault, and the log says so. */
function refused(attempt: Attempt, fault: Fault, now: number): Judgement {
  const record = { outcome: 'failure', reason: fault.code } as const;
  const events = [verdictEvent(attempt, 'totp.validated', record, now)];
  return { answer: fault, nextState: null, nextFurther: NO_CHANGES, events, tally: null };
}

function verdictEvent(
  { clientId, origin }: Attempt,
  event: EventType,
  { outcome, reason }: Pick<NewEvent, 'outcome' | 'reason'>,
  at: number,
): NewEvent {
  return { event, outcome, reason, clientId, at, origin };
}

/** The code has another length than any of this client's: nothing is read and nothing counts. */
function malformed(row: JudgedRow, further: readonly FurtherRow[]): Judgement {
  const answer = codeMalformed(
    [row, ...further].map(({ digits }) => digits as Digits),
    '/token',
  );
  return { answer, nextState: null, nextFurther: NO_CHANGES, events: [], tally: null };
}

function stateOf(row: JudgedRow, further: readonly FurtherRow[]): ClientState {
  const first = factorOf(row);
  return {
    disabled: row.disabled === 1,
    pending: row.pending_until !== null,
    lockout: lockoutOf(row, unpackTimes(row.recent_failures)),
    factors: further.length === 0 ? [first] : [first, ...further.map(factorOf)],
  };
}

export function lockoutOf(
  row: Pick<StateRow, 'failures' | 'delayed_until' | 'locked'>,
  recentFailures: Lockout['recentFailures'],
): Lockout {
  const { failures, delayed_until: delayedUntil, locked } = row;
  return { failures, delayedUntil, locked: locked === 1, recentFailures };
}

type FactorColumns = Pick<StateRow, 'watermark' | 'burnt_steps' | 'drift'>;

export function factorOf({ watermark, burnt_steps, drift }: FactorColumns): MovingFactor {
  return { watermark, burnt: unpackTimes(burnt_steps), drift };
}

export function factorColumns({ watermark, burnt, drift }: MovingFactor): FactorColumns {
  return { watermark, burnt_steps: packTimes(burnt), drift };
}

function changeOf({ factors, lockout }: ClientState, lastAcceptedAt: number | null): StateChange {
  const { watermark, burnt, drift } = factors[0] as MovingFactor;
  // One literal, as nearly every attempt ends here.
  return {
    watermark,
    burnt_steps: packTimes(burnt),
    drift,
    failures: lockout.failures,
    delayed_until: lockout.delayedUntil,
    locked: lockout.locked ? 1 : 0,
    recent_failures: packTimes(lockout.recentFailures),
    last_accepted_at: lastAcceptedAt,
  };
}
