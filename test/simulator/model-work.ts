/** A request at work in a batch of the model store, and what the requests share. */
import { type Digits, parseCode, type TotpParameters } from '@kanda/otp';
import type { MovingFactor } from '../../apps/server/src/domain/verdicts/methods/method.ts';
import type { TypedCode } from '../../apps/server/src/domain/verdicts/typed-code.ts';
import type { Guard } from './guards.ts';
import type { Outcome, Request } from './history.ts';
import { type Draft, type Image, isPresent, type ModelAuthenticator, type Row } from './model-image.ts';
import { FARTHEST_STEP, stepAt } from './oracle-authenticator.ts';
import type { Schedule } from './schedule.ts';

export const DONE: Outcome = { kind: 'done' };

/** A request at work in a batch. */
export interface Work {
  readonly request: Request;
  /** The client as the batch has it; undefined: it is not enrolled. */
  readonly row: Row | undefined;
  readonly visible: Image;
  readonly draft: Draft;
  readonly now: number;
  readonly schedule: Schedule;
  /** Whether the guard is in its place. */
  readonly has: Readonly<Record<Guard, boolean>>;
}

/** @param code of the digits of the authenticator */
export function typedOf(code: string, { key: { parameters } }: ModelAuthenticator): TypedCode {
  const digits = parameters.digits as Digits;
  const value = parseCode(code, digits);
  if (value === null) throw new Error(`${code} is no code of ${digits} digits`);
  return { value, digits };
}

export function parametersOf({ clients }: Schedule, clientId: string) {
  const parameters = clients[Number(clientId.split('-')[1])];
  if (parameters === undefined) throw new Error(`${clientId} is not in the schedule`);
  return parameters;
}

/** What of a secret was used, by these as far as they have it, and by those that are gone or have expired. */
export function usedOf(
  { request, row, draft, visible, has }: Work,
  secret: Buffer,
  others: readonly ModelAuthenticator[],
): MovingFactor {
  const gone = draft.gone.get(secret) ?? visible.gone.get(secret);
  const expired =
    row?.authenticators.filter((one) => one.secret === secret && !isPresent(one, request.at)) ?? [];
  const ended = has['waiting-secrets'] ? expired.map(({ factor }) => highestOf(factor)) : [];
  const highest = Math.max(has['deleted-secrets'] ? (gone?.highest ?? -1) : -1, ...ended);
  const same = others.filter((one) => one.secret === secret).map(({ factor }) => factor);
  const watermark = Math.max(highest, ...same.map((factor) => factor.watermark));
  const burnt = new Set(same.flatMap((factor) => factor.burnt).filter((step) => step > watermark));
  const drift = same[0]?.drift ?? 0;
  return { watermark, drift, burnt: [...burnt].sort((one, other) => one - other) };
}

/** The same of a secret that is brought: if it was there before, it may have been used since the backup of a restore. */
export function usedOfBrought(work: Work, others: readonly ModelAuthenticator[]): MovingFactor {
  const { request, visible, schedule, has } = work;
  const used = usedOf(work, request.secret, others);
  const parameters = parametersOf(schedule, request.clientId);
  const lost = request.imported && has['restore-floor'] ? lostBy(visible, parameters) : -1;
  const watermark = Math.max(used.watermark, lost);
  return { ...used, watermark, burnt: used.burnt.filter((step) => step > watermark) };
}

/** Up to where steps of a secret may have been used by what the log of its client does not show. */
export function usedUnseen({ visible, draft }: Work, secret: Buffer, parameters: TotpParameters): number {
  const gone = draft.gone.get(secret) ?? visible.gone.get(secret);
  return Math.max(gone?.highest ?? -1, lostBy(visible, parameters));
}

/** Up to where steps may have been used that a restore lost. */
function lostBy({ restoredAt }: Image, parameters: TotpParameters): number {
  if (restoredAt === null || parameters.period === 0) return -1;
  return stepAt(restoredAt, parameters) + FARTHEST_STEP;
}

function highestOf({ watermark, burnt }: MovingFactor): number {
  return Math.max(watermark, ...burnt);
}

/** These secrets go: what was used of them stays used. */
export function remember({ draft, visible, has }: Work, going: readonly ModelAuthenticator[]): void {
  for (const { secret, factor, key, pendingUntil } of going) {
    if (pendingUntil !== null && !has['waiting-secrets']) continue;
    if (factor.watermark < 0 && factor.burnt.length === 0) continue;
    const before = draft.gone.get(secret) ?? visible.gone.get(secret);
    const highest = Math.max(highestOf(factor), before?.highest ?? -1);
    draft.gone.set(secret, { highest, parameters: key.parameters });
  }
}

/** What of the client's authenticators is not there any more after the request goes, whatever took it away. */
export function rememberGone(work: Work): void {
  const { request, row, draft } = work;
  const after = draft.rows.get(request.clientId);
  if (row === undefined || after === undefined) return;
  const left = after?.authenticators ?? [];
  // What changes it keeps its key; another with the same name and secret has one of its own.
  const isLeft = ({ key }: ModelAuthenticator) => left.some((one) => one.key === key);
  remember(
    work,
    row.authenticators.filter((one) => !isLeft(one)),
  );
}
