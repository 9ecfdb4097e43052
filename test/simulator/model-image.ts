/** What the model store holds, and what becomes of it step by step. */

import type {
  AuthenticatorKey,
  ClientState as JudgedState,
} from '../../apps/server/src/domain/verdicts/decide.ts';
import { NO_FAILURES } from '../../apps/server/src/domain/verdicts/lockout.ts';
import { FRESH_FACTOR } from '../../apps/server/src/domain/verdicts/methods/method.ts';
import type { ClientState, LogLine, Outcome, Request } from './history.ts';
import { WIDEST_SKEW } from './oracle.ts';

export interface Row {
  readonly key: AuthenticatorKey;
  readonly state: JudgedState;
}

/** All that is committed at one moment. */
export interface Image {
  readonly number: number;
  readonly rows: ReadonlyMap<string, Row>;
  readonly log: readonly LogLine[];
}

/** What a batch has written so far. */
export interface Draft {
  readonly rows: Map<string, Row | null>;
  readonly lines: Omit<LogLine, 'id'>[];
}

export const FRESH: JudgedState = {
  disabled: false,
  pending: false,
  lockout: NO_FAILURES,
  factors: [FRESH_FACTOR],
};

/** The watermark of a client's only authenticator. */
export function watermarkOf({ factors }: JudgedState): number {
  return (factors[0] ?? FRESH_FACTOR).watermark;
}

export function withWatermark(state: JudgedState, watermark: number): JudgedState {
  return { ...state, factors: [{ ...(state.factors[0] ?? FRESH_FACTOR), watermark }] };
}

export function append(
  draft: Draft,
  { id, clientId }: Request,
  event: string,
  at: number,
  reason: string | null = null,
): void {
  const outcome = reason === null ? 'success' : 'failure';
  draft.lines.push({ event, outcome, reason, clientId, at, requestId: id });
}

export function toClientState(state: JudgedState): ClientState {
  const { disabled, lockout } = state;
  const watermark = watermarkOf(state);
  const { failures, delayedUntil, locked, recentFailures } = lockout;
  return { watermark, disabled, failures, delayedUntil, locked, recentFailures };
}

/** The image with all that the batch has written. */
export function committed({ number, rows: before, log }: Image, { rows: written, lines }: Draft): Image {
  const rows = new Map(before);
  for (const [name, row] of written) {
    if (row === null) rows.delete(name);
    else rows.set(name, row);
  }
  const numbered = lines.map((line, index) => ({ id: log.length + 1 + index, ...line }));
  return { number: number + 1, rows, log: [...log, ...numbered] };
}

/** The copy, made ready to take the place of `current`. */
export function restored(copy: Image, current: Image, now: number, burns: boolean): Image {
  const rows = new Map(
    [...copy.rows].map(([name, row]) => {
      const burnt = Math.floor(now / 1000 / row.key.parameters.period) + WIDEST_SKEW;
      const watermark = watermarkOf(row.state);
      const raised = burns ? Math.max(watermark, burnt) : watermark;
      return [name, { ...row, state: withWatermark(row.state, raised) }];
    }),
  );
  const line = {
    event: 'store.restored',
    outcome: 'success',
    reason: null,
    clientId: null,
    at: now,
    requestId: null,
  };
  return { number: current.number + 1, rows, log: [...copy.log, { id: copy.log.length + 1, ...line }] };
}

/** What a read of this image shows. */
export function shownBy({ rows, log }: Image, { ask, clientId, after }: Request): Outcome {
  if (ask === 'follow') return { kind: 'lines', lines: log.slice(after), reached: log.length };
  const row = rows.get(clientId);
  if (row === undefined) return { kind: 'client', client: null };
  const { watermark: _, ...client } = toClientState(row.state);
  return { kind: 'client', client };
}

export const EVENT_OF = {
  rotate: 'client.rotated',
  unlock: 'client.unlocked',
  disable: 'client.disabled',
  enable: 'client.enabled',
  delete: 'client.deleted',
} as const;

export function refuseOne(draft: Draft, request: Request, event: string, code: string): Outcome {
  append(draft, request, event, request.at, code);
  return { kind: 'refused', code };
}
