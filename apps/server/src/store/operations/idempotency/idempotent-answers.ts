import type { Kysely } from 'kysely';
import type { Change } from '../../../domain/change.ts';
import type { SecretBox } from '../../../domain/clients/secret-box.ts';
import type { Fault } from '../../../domain/errors.ts';
import type { IdempotentRequest } from '../../../domain/idempotency/idempotency.ts';
import { type Earlier, readAnswer, toAnswerRow } from '../../judging/idempotent-answers.ts';
import type { IdempotentAnswerTable, Schema } from '../../schema.ts';
import { lockAccount } from '../accounts/lock-account.ts';
import { dataKeyOf } from '../clients/data-key.ts';
import { pruneEnded } from '../prune-ended.ts';

type Db = Kysely<Schema>;

/**
 * Carries a request out unless that was done before, and keeps the answer in the same transaction. Without an
 * Idempotency-Key it only does `work`.
 *
 * @param work gives the fault that the change came to when the transaction must commit all the same
 */
export async function doOnce<T>(
  db: Db,
  box: SecretBox,
  accountId: number,
  { at, idempotency }: Change,
  work: (db: Db) => Promise<T | Fault>,
): Promise<T | Earlier> {
  if (idempotency === undefined) return work(db);
  // Of two nodes with the same key the second reads what the first has committed.
  await lockAccount(db, accountId);
  const earlier = await findAnswer(db, box, accountId, idempotency, at);
  if (earlier !== null) return earlier;
  const outcome = await work(db);
  const dataKey = await dataKeyOf(db, accountId);
  const row = toAnswerRow(box, dataKey, { accountId, at }, idempotency, outcome);
  if (row !== null) await keepAnswer(db, row);
  return outcome;
}

/** The kept answer to a request with this key; null: it was not sent before, or its answer has expired. */
export async function findAnswer(
  db: Db,
  box: SecretBox,
  accountId: number,
  request: IdempotentRequest,
  now: number,
): Promise<Earlier | null> {
  const row = await db
    .selectFrom('idempotent_answer')
    .select(['expires_at', 'answer'])
    .where('account_id', '=', accountId)
    .where('key_digest', '=', request.key)
    .where('expires_at', '>', now)
    .executeTakeFirst();
  return row === undefined ? null : readAnswer(box, await dataKeyOf(db, accountId), request, row);
}

/** An answer with the same key that is still there has expired. */
async function keepAnswer(db: Db, row: IdempotentAnswerTable): Promise<void> {
  const { expires_at, answer } = row;
  await db
    .insertInto('idempotent_answer')
    .values(row)
    .onConflict((conflict) =>
      conflict.columns(['account_id', 'key_digest']).doUpdateSet({ expires_at, answer }),
    )
    .execute();
}

const ENDING = { table: 'idempotent_answer', key: ['key_digest'], end: 'expires_at' } as const;

/** Deletes expired answers, some at once; `now` in ms by the server's clock. True when there may be more of them. */
export function dropExpiredAnswers(db: Db, now: number): Promise<boolean> {
  return pruneEnded(db, ENDING, now);
}
