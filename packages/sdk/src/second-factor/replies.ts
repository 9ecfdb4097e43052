import { InvalidArgument, KandaError, OutcomeUnknown, Problem, UnexpectedAnswer } from '../errors.ts';
import {
  AuthenticatorNotFound,
  AuthenticatorOdds,
  AuthenticatorQuotaExceeded,
  BodyInvalid,
  ClientExists,
  ClientNotFound,
  ProofInvalid,
  TotpCodeMalformed,
} from '../problems.ts';
import { judgeFailure } from '../retries.ts';

/** An answer to the page, before it becomes one of a framework. */
export interface Reply {
  readonly status: number;
  readonly body: Readonly<Record<string, unknown>>;
  readonly headers: Readonly<Record<string, string>>;
}

/** What went wrong, as a page learns it. */
export type ReplyError =
  | 'not_signed_in'
  | 'second_factor_required'
  | 'page_expired'
  | 'not_a_code'
  | 'wrong_code'
  | 'locked'
  | 'disabled'
  | 'not_enrolled'
  | 'proof_needed'
  | 'start_again'
  | 'too_many_phones'
  | 'outcome_unknown'
  | 'unavailable'
  | 'failed';

const STATUSES: Readonly<Record<ReplyError, number>> = {
  not_signed_in: 401,
  second_factor_required: 403,
  page_expired: 409,
  not_a_code: 400,
  wrong_code: 401,
  locked: 429,
  disabled: 403,
  not_enrolled: 409,
  proof_needed: 409,
  start_again: 409,
  too_many_phones: 409,
  outcome_unknown: 503,
  unavailable: 503,
  failed: 500,
};

/** Answers hold secrets, or what is true for one session at one moment. */
const HEADERS = { 'cache-control': 'no-store' };

export function reply(body: Readonly<Record<string, unknown>>): Reply {
  return { status: 200, body, headers: HEADERS };
}

export function refusal(error: ReplyError, more: Readonly<Record<string, unknown>> = {}): Reply {
  const { retryAfter } = more;
  const headers =
    typeof retryAfter === 'number' ? { ...HEADERS, 'retry-after': String(retryAfter) } : HEADERS;
  return { status: STATUSES[error], body: { error, ...more }, headers };
}

export function redirect(location: string): Reply {
  return { status: 303, body: {}, headers: { ...HEADERS, location } };
}

/** Whether it may pass by itself: a label that is too long, a key that was revoked or a wrong address will not. */
function mayPass(error: KandaError): boolean {
  if (error instanceof InvalidArgument) return false;
  const status = error instanceof Problem || error instanceof UnexpectedAnswer ? error.status : 503;
  const isLost = error instanceof Problem && error.code === 'secret_unreadable';
  return !isLost && (status >= 500 || judgeFailure(error).again);
}

/**
 * What the page learns of an error of a call. `hadCode`: its form sent a code, so what Kanda cannot read is that, and not
 * the application's label or issuer.
 *
 * @throws what is not about the call
 */
export function refusalOf(error: unknown, hadCode: boolean): Reply {
  if (error instanceof TotpCodeMalformed) return refusal('not_a_code');
  if (error instanceof BodyInvalid && hadCode) return refusal('not_a_code');
  if (error instanceof ProofInvalid) {
    const { retryAfterSeconds } = error;
    return retryAfterSeconds === null
      ? refusal('wrong_code')
      : refusal('locked', { retryAfter: retryAfterSeconds });
  }
  if (error instanceof ClientNotFound) return refusal('not_enrolled');
  if (error instanceof ClientExists) return refusal('proof_needed');
  if (error instanceof AuthenticatorNotFound) return refusal('start_again');
  if (error instanceof AuthenticatorQuotaExceeded || error instanceof AuthenticatorOdds)
    return refusal('too_many_phones');
  // The same form, sent again, gets the answer that was lost.
  if (error instanceof OutcomeUnknown) return refusal('outcome_unknown');
  if (error instanceof KandaError) return refusal(mayPass(error) ? 'unavailable' : 'failed');
  throw error;
}
