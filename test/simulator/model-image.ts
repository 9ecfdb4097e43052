/** What the model store holds, and what becomes of it step by step. */

import { createHotpKey, type TotpParameters } from '@kanda/otp';
import type { AuthenticatorKey } from '../../apps/server/src/domain/verdicts/decide.ts';
import { type Lockout, NO_FAILURES } from '../../apps/server/src/domain/verdicts/lockout.ts';
import type { MovingFactor } from '../../apps/server/src/domain/verdicts/methods/method.ts';
import type { Policy } from '../../apps/server/src/domain/verdicts/policy.ts';
import type { ClientState, DeviceState, LogLine, Outcome, RecoveryState, Request } from './history.ts';
import { ALL, FARTHEST_STEP, HIGHEST_ACCEPTED, SKIPPED_COUNTERS, stepAt } from './oracle-authenticator.ts';
import { rotates } from './schedule.ts';

/** One secret of a client. */
export interface ModelAuthenticator {
  readonly name: string;
  readonly secret: Buffer;
  readonly key: AuthenticatorKey;
  readonly factor: MovingFactor;
  /** Until when it can be confirmed; null: it is. */
  readonly pendingUntil: number | null;
  readonly wrongCodes: number;
  /** Which others its confirmation ends: all of them, or the one of a name. */
  readonly replaces: typeof ALL | { readonly name: string } | null;
}

export interface Row {
  readonly recovery: RecoveryState;
  readonly devices: readonly DeviceState[];
  /** Confirmed authenticators that gave way to another secret. */
  readonly replaced: readonly ModelAuthenticator[];
  readonly disabled: boolean;
  readonly lockout: Lockout;
  /** Oldest first. */
  readonly authenticators: readonly ModelAuthenticator[];
}

/** The highest used step of a secret that is gone. */
export interface GoneSecret {
  readonly highest: number;
  readonly parameters: TotpParameters;
}

/** What a request with a key came to, until it expires. */
export interface KeptAnswer {
  readonly outcome: Outcome;
  readonly expires: number;
}

/** All that is committed at one moment. */
export interface Image {
  readonly number: number;
  readonly rows: ReadonlyMap<string, Row>;
  readonly gone: ReadonlyMap<Buffer, GoneSecret>;
  readonly policy: Policy;
  /** When the last restore was, ms; null: there was none. */
  readonly restoredAt: number | null;
  /** By the key of the request. */
  readonly answers: ReadonlyMap<string, KeptAnswer>;
  readonly log: readonly LogLine[];
}

export const EMPTY: Omit<Image, 'policy'> = {
  number: 0,
  rows: new Map(),
  gone: new Map(),
  restoredAt: null,
  answers: new Map(),
  log: [],
};

/** What a batch has written so far. */
export interface Draft {
  readonly rows: Map<string, Row | null>;
  readonly gone: Map<Buffer, GoneSecret>;
  readonly answers: Map<string, KeptAnswer>;
  readonly lines: Omit<LogLine, 'id'>[];
  policy: Policy | null;
  /** What is committed by itself afterwards: nothing, unless a guard is taken out. */
  readonly later: ((next: Draft, visible: Image) => void)[];
}

export function emptyDraft(): Draft {
  return { rows: new Map(), gone: new Map(), answers: new Map(), lines: [], policy: null, later: [] };
}

/** What the confirmation of the authenticator that a call brings ends. */
export function replacedBy({ ask, target }: Request): ModelAuthenticator['replaces'] {
  if (ask === 'replace one' || (ask === 'replace proved' && target !== '')) return { name: target };
  return ask === 'replace' || ask === 'replace proved' ? ALL : null;
}

/** The authenticator that a call brings. */
export function authenticatorOf(
  request: Request,
  parameters: TotpParameters,
  factor: MovingFactor,
): ModelAuthenticator {
  const { name, ask, secret, until, lastUsed } = request;
  return {
    name,
    secret,
    key: {
      method: parameters.period === 0 ? 'hotp' : 'totp',
      key: createHotpKey(secret, parameters.algorithm),
      parameters,
    },
    factor: { ...factor, watermark: Math.max(factor.watermark, lastUsed) },
    pendingUntil: ask === 'enrol' || rotates(ask) ? null : until,
    wrongCodes: 0,
    replaces: replacedBy(request),
  };
}

const NO_CODES: RecoveryState = { codes: [], generation: 0, failures: [] };

export function enrolled(authenticator: ModelAuthenticator): Row {
  return {
    recovery: NO_CODES,
    devices: [],
    replaced: [],
    disabled: false,
    lockout: NO_FAILURES,
    authenticators: [authenticator],
  };
}

export function confirmedOf({ authenticators }: Row): ModelAuthenticator[] {
  return authenticators.filter(({ pendingUntil }) => pendingUntil === null);
}

/** Those that can be confirmed still, and those that were. */
export function presentOf({ authenticators }: Row, now: number): ModelAuthenticator[] {
  return authenticators.filter((one) => isPresent(one, now));
}

export function isPresent({ pendingUntil }: ModelAuthenticator, now: number): boolean {
  return pendingUntil === null || now < pendingUntil;
}

export function append(
  draft: Draft,
  { id, clientId }: { readonly id: string | null; readonly clientId: string | null },
  event: string,
  at: number,
  reason: string | null = null,
  outcome = reason === null ? 'success' : 'failure',
): void {
  draft.lines.push({ event, outcome, reason, clientId, at, requestId: id });
}

export function toClientState({ recovery, devices, disabled, lockout, authenticators }: Row): ClientState {
  const { failures, delayedUntil, locked, recentFailures } = lockout;
  return {
    authenticators: authenticators.map(({ name, factor, pendingUntil, wrongCodes }) => {
      const { watermark, drift } = factor;
      return {
        name,
        watermark,
        burnt: factor.burnt.filter((one) => one > watermark),
        drift,
        pendingUntil,
        wrongCodes,
      };
    }),
    devices: devices.toSorted(
      (one, other) => one.createdAt - other.createdAt || (one.name < other.name ? -1 : 1),
    ),
    ...{ recovery, disabled, failures, delayedUntil, locked, recentFailures },
  };
}

/** The image with all that the batch has written. */
export function committed(image: Image, draft: Draft): Image {
  const { number, rows: before, gone, answers, log } = image;
  const rows = new Map(before);
  for (const [name, row] of draft.rows) {
    if (row === null) rows.delete(name);
    else rows.set(name, row);
  }
  const numbered = draft.lines.map((line, index) => ({ id: log.length + 1 + index, ...line }));
  const kept = draft.gone.size === 0 ? gone : new Map([...gone, ...draft.gone]);
  const answered = draft.answers.size === 0 ? answers : new Map([...answers, ...draft.answers]);
  return {
    ...image,
    number: number + 1,
    rows,
    gone: kept,
    answers: answered,
    policy: draft.policy ?? image.policy,
    log: [...log, ...numbered],
  };
}

/** The copy, made ready to take the place of `current`. */
export function restored(copy: Image, current: Image, now: number, burns: boolean): Image {
  const rows = new Map(copy.rows);
  const gone = new Map(copy.gone);
  if (burns) {
    for (const [name, row] of copy.rows) {
      rows.set(name, {
        ...row,
        devices: [],
        authenticators: row.authenticators.map((one) => burnt(one, now)),
      });
    }
    for (const [secret, { highest, parameters }] of copy.gone) {
      const raised =
        parameters.period === 0
          ? highest + SKIPPED_COUNTERS
          : Math.max(highest, stepAt(now, parameters) + FARTHEST_STEP);
      gone.set(secret, { highest: raised, parameters });
    }
  }
  const line = {
    event: 'store.restored',
    outcome: 'success',
    reason: null,
    clientId: null,
    at: now,
    requestId: null,
  };
  // An answer tells of what was done before the backup, and that may be undone by now.
  const answers = new Map();
  return {
    number: current.number + 1,
    rows,
    gone,
    policy: copy.policy,
    restoredAt: Math.max(copy.restoredAt ?? now, now),
    answers,
    log: [...copy.log, { id: copy.log.length + 1, ...line }],
  };
}

function burnt(one: ModelAuthenticator, now: number): ModelAuthenticator {
  const { watermark } = one.factor;
  const { parameters } = one.key;
  if (parameters.period === 0) {
    return { ...one, factor: { ...one.factor, watermark: watermark + SKIPPED_COUNTERS } };
  }
  const raised = Math.max(watermark, stepAt(now, parameters) + HIGHEST_ACCEPTED);
  return { ...one, factor: { ...one.factor, watermark: raised } };
}

/** What a read of this image shows. */
export function shownBy({ rows, log }: Image, { ask, clientId, after }: Request): Outcome {
  if (ask === 'follow') return { kind: 'lines', lines: log.slice(after), reached: log.length };
  const row = rows.get(clientId);
  if (row === undefined) return { kind: 'client', client: null };
  const { authenticators: _, recovery: __, devices: ___, ...client } = toClientState(row);
  return { kind: 'client', client: { confirmed: confirmedOf(row).length, ...client } };
}

export function refuseOne(draft: Draft, request: Request, event: string, code: string): Outcome {
  append(draft, request, event, request.at, code);
  return { kind: 'refused', code };
}
