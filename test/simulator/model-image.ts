/** What the model store holds, and what becomes of it step by step. */

import { createHotpKey, type TotpParameters } from '@kanda/otp';
import type { AuthenticatorKey } from '../../apps/server/src/domain/verdicts/decide.ts';
import { type Lockout, NO_FAILURES } from '../../apps/server/src/domain/verdicts/lockout.ts';
import type { MovingFactor } from '../../apps/server/src/domain/verdicts/methods/method.ts';
import type { ClientState, LogLine, Outcome, Request } from './history.ts';
import { FARTHEST_STEP, stepAt, WIDEST_CONFIRMATION, WIDEST_SKEW } from './oracle-authenticator.ts';
import { PENDING_MS } from './schedule.ts';

/** One secret of a client. */
export interface ModelAuthenticator {
  /** The id of the call that made it. */
  readonly name: string;
  readonly secret: Buffer;
  readonly key: AuthenticatorKey;
  readonly factor: MovingFactor;
  /** Until when it can be confirmed; null: it is. */
  readonly pendingUntil: number | null;
  readonly wrongCodes: number;
  /** Whether its confirmation ends all others. */
  readonly replaces: boolean;
}

export interface Row {
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

/** All that is committed at one moment. */
export interface Image {
  readonly number: number;
  readonly rows: ReadonlyMap<string, Row>;
  readonly gone: ReadonlyMap<Buffer, GoneSecret>;
  readonly log: readonly LogLine[];
}

export const EMPTY: Image = { number: 0, rows: new Map(), gone: new Map(), log: [] };

/** What a batch has written so far. */
export interface Draft {
  readonly rows: Map<string, Row | null>;
  readonly gone: Map<Buffer, GoneSecret>;
  readonly lines: Omit<LogLine, 'id'>[];
  /** What is committed by itself afterwards: nothing, unless a guard is taken out. */
  readonly later: ((next: Draft, visible: Image) => void)[];
}

export function emptyDraft(): Draft {
  return { rows: new Map(), gone: new Map(), lines: [], later: [] };
}

/** The authenticator that a call brings. */
export function authenticatorOf(
  { id, ask, secret, at }: Request,
  parameters: TotpParameters,
  factor: MovingFactor,
): ModelAuthenticator {
  return {
    name: id,
    secret,
    key: { method: 'totp', key: createHotpKey(secret, parameters.algorithm), parameters },
    factor,
    pendingUntil: ask === 'enrol' || ask === 'rotate' ? null : at + PENDING_MS,
    wrongCodes: 0,
    replaces: ask === 'replace',
  };
}

export function enrolled(authenticator: ModelAuthenticator): Row {
  return { disabled: false, lockout: NO_FAILURES, authenticators: [authenticator] };
}

export function confirmedOf({ authenticators }: Row): ModelAuthenticator[] {
  return authenticators.filter(({ pendingUntil }) => pendingUntil === null);
}

/** Those that can be confirmed still, and those that were. */
export function presentOf({ authenticators }: Row, now: number): ModelAuthenticator[] {
  return authenticators.filter(({ pendingUntil }) => pendingUntil === null || now < pendingUntil);
}

export function append(
  draft: Draft,
  { id, clientId }: { readonly id: string | null; readonly clientId: string },
  event: string,
  at: number,
  reason: string | null = null,
): void {
  const outcome = reason === null ? 'success' : 'failure';
  draft.lines.push({ event, outcome, reason, clientId, at, requestId: id });
}

export function toClientState({ disabled, lockout, authenticators }: Row): ClientState {
  const { failures, delayedUntil, locked, recentFailures } = lockout;
  return {
    authenticators: authenticators.map(({ name, factor, pendingUntil, wrongCodes }) => {
      const { watermark } = factor;
      return {
        name,
        watermark,
        burnt: factor.burnt.filter((one) => one > watermark),
        pendingUntil,
        wrongCodes,
      };
    }),
    ...{ disabled, failures, delayedUntil, locked, recentFailures },
  };
}

/** The image with all that the batch has written. */
export function committed({ number, rows: before, gone, log }: Image, draft: Draft): Image {
  const rows = new Map(before);
  for (const [name, row] of draft.rows) {
    if (row === null) rows.delete(name);
    else rows.set(name, row);
  }
  const numbered = draft.lines.map((line, index) => ({ id: log.length + 1 + index, ...line }));
  const kept = draft.gone.size === 0 ? gone : new Map([...gone, ...draft.gone]);
  return { number: number + 1, rows, gone: kept, log: [...log, ...numbered] };
}

/** The copy, made ready to take the place of `current`. */
export function restored(copy: Image, current: Image, now: number, burns: boolean): Image {
  const rows = new Map(copy.rows);
  const gone = new Map(copy.gone);
  if (burns) {
    for (const [name, row] of copy.rows) {
      rows.set(name, { ...row, authenticators: row.authenticators.map((one) => burnt(one, now)) });
    }
    for (const [secret, { highest, parameters }] of copy.gone) {
      gone.set(secret, { highest: Math.max(highest, stepAt(now, parameters) + FARTHEST_STEP), parameters });
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
  return { number: current.number + 1, rows, gone, log: [...copy.log, { id: copy.log.length + 1, ...line }] };
}

function burnt(one: ModelAuthenticator, now: number): ModelAuthenticator {
  const reach = one.pendingUntil === null ? WIDEST_SKEW : WIDEST_CONFIRMATION;
  const watermark = Math.max(one.factor.watermark, stepAt(now, one.key.parameters) + reach);
  return { ...one, factor: { ...one.factor, watermark } };
}

/** What a read of this image shows. */
export function shownBy({ rows, log }: Image, { ask, clientId, after }: Request): Outcome {
  if (ask === 'follow') return { kind: 'lines', lines: log.slice(after), reached: log.length };
  const row = rows.get(clientId);
  if (row === undefined) return { kind: 'client', client: null };
  const { authenticators: _, ...client } = toClientState(row);
  return { kind: 'client', client: { confirmed: confirmedOf(row).length, ...client } };
}

export function refuseOne(draft: Draft, request: Request, event: string, code: string): Outcome {
  append(draft, request, event, request.at, code);
  return { kind: 'refused', code };
}
