import type { Kysely } from 'kysely';
import type { Change } from '../../../domain/change.ts';
import type { SecretBox } from '../../../domain/clients/secret-box.ts';
import { Fault } from '../../../domain/errors.ts';
import { AlreadyAnswered } from '../../../domain/idempotency/idempotency.ts';
import type { EventType } from '../../../domain/log/events.ts';
import type { Schema } from '../../schema.ts';
import { doOnce } from '../idempotency/idempotent-answers.ts';
import { doOrRecordRefusal } from './record-refusal.ts';

type Query<T> = (db: Kysely<Schema>) => Promise<T>;
type Write = <T>(work: Query<T>, accountId: number) => Promise<T>;

/** Runs a change of an account in a transaction; refused or not, it is an event of the account. */
export type RecordedChange = <T>(
  accountId: number,
  event: EventType,
  clientId: string | null,
  made: Change,
  work: Query<T>,
) => Promise<T>;

/** Runs a change whose refusals are no events of the account. */
export type PlainChange = <T>(accountId: number, made: Change, work: Query<T>) => Promise<T>;

/** How an account is changed; with an Idempotency-Key at most once. Both throw `AlreadyAnswered` afterwards. */
export function changesOf(
  write: Write,
  box: SecretBox,
): { readonly change: RecordedChange; readonly plainChange: PlainChange } {
  async function run<T>(accountId: number, made: Change, work: Query<T | Fault>): Promise<T> {
    const result = await write((db) => doOnce(db, box, accountId, made, work), accountId);
    // Returned, not thrown, so that the transaction commits.
    if (result instanceof Fault || result instanceof AlreadyAnswered) throw result;
    return result;
  }
  return {
    plainChange: run,
    change: (accountId, event, clientId, made, work) => {
      const intended = { event, clientId, at: made.at, origin: made.origin };
      return run(accountId, made, (db) => doOrRecordRefusal(db, accountId, intended, work));
    },
  };
}
