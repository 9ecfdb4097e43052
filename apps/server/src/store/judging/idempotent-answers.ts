import type { SecretBox } from '../../domain/clients/secret-box.ts';
import { Fault, type FaultOptions } from '../../domain/errors.ts';
import {
  AlreadyAnswered,
  type Answer,
  type IdempotentChange,
  type IdempotentRequest,
  idempotencyKeyReused,
  isKept,
} from '../../domain/idempotency/idempotency.ts';
import type { AccountDataKey } from '../../domain/master-keys/wrapped-keys.ts';
import type { IdempotentAnswerTable } from '../schema.ts';

/** What is sealed. With the request's digest (base64): the digest of a body with a password would help to guess it. */
type KeptAnswer = { readonly request: string } & (
  | { readonly answer: Answer }
  | {
      readonly fault: Pick<Fault, 'code' | 'detail'> &
        Pick<FaultOptions, 'errors' | 'retryAfterSeconds' | 'sameSecret'>;
    }
);

/** What is read of a kept answer. */
export type KeptRow = Pick<IdempotentAnswerTable, 'expires_at' | 'answer'>;

/** What a request finds that was sent before: its answer, or the fault of a key that belongs to another request. */
export type Earlier = AlreadyAnswered | Fault;

/**
 * The row that keeps the answer to a change; null when it is not to be kept. Nothing is written here.
 *
 * @param at when the change is made (ms)
 * @param outcome its result, or the fault by which it was refused
 * @throws {Fault} `secret_unreadable` when the account's data key does not open
 */
export function toAnswerRow(
  box: SecretBox,
  dataKey: AccountDataKey,
  { accountId, at }: { readonly accountId: number; readonly at: number },
  { key, request, keptMs, answerOf, isKept: isResultKept }: IdempotentChange,
  outcome: unknown,
): IdempotentAnswerTable | null {
  if (outcome instanceof Fault ? !isKept(outcome) : isResultKept?.(outcome) === false) return null;
  const digest = Buffer.from(request).toString('base64');
  const kept: KeptAnswer =
    outcome instanceof Fault
      ? { request: digest, fault: faultFields(outcome) }
      : { request: digest, answer: answerOf(outcome) };
  const expiresAt = at + keptMs;
  const answer = box.sealAnswer(dataKey, { key, expiresAt }, Buffer.from(JSON.stringify(kept)));
  return { account_id: accountId, key_digest: key, expires_at: expiresAt, answer };
}

function faultFields({ code, detail, errors, retryAfterSeconds, sameSecret }: Fault) {
  const retry = retryAfterSeconds === undefined ? {} : { retryAfterSeconds };
  return { code, detail, errors, ...retry, ...(sameSecret === undefined ? {} : { sameSecret }) };
}

/** What a kept row says to a request with its key. Throws a `secret_unreadable` fault when the row was altered. */
export function readAnswer(
  box: SecretBox,
  dataKey: AccountDataKey,
  { key, request }: IdempotentRequest,
  { expires_at: expiresAt, answer }: KeptRow,
): Earlier {
  const kept = JSON.parse(
    Buffer.from(box.openAnswer(dataKey, { key, expiresAt }, answer)).toString(),
  ) as KeptAnswer;
  if (kept.request !== Buffer.from(request).toString('base64')) return idempotencyKeyReused();
  if ('answer' in kept) return new AlreadyAnswered(kept.answer);
  const { code, detail, ...options } = kept.fault;
  return new AlreadyAnswered(new Fault(code, detail, options));
}
