import type { Kysely } from 'kysely';
import type { Change } from '../../../domain/change.ts';
import type { SecretBox } from '../../../domain/clients/secret-box.ts';
import { Fault } from '../../../domain/errors.ts';
import { AlreadyAnswered } from '../../../domain/idempotency/idempotency.ts';
import type { EventType } from '../../../domain/log/events.ts';
import type { Schema } from '../../schema.ts';
import { doOnce } from '../idempotency/idempotent-answers.ts';
import { inTimeOf } from '../test-mode/test-clock.ts';
import { doOrRecordRefusal } from './record-refusal.ts';

type Query<T> = (db: Kysely<Schema>) => Promise<T>;
/** Gets the change with the time that it has in its account. */
type Making<T, C extends Change> = (db: Kysely<Schema>, made: C) => Promise<T>;
type Write = <T>(work: Query<T>, accountId: number) => Promise<T>;

/** Runs a change of an account in a transaction; refused or not, it is an event of the account. */
export type RecordedChange = <T, C extends Change>(
  accountId: number,
  event: EventType,
  clientId: string | null,
  made: C,
  work: Making<T, C>,
) => Promise<T>;

/** Runs a change whose refusals are no events of the account. */
export type PlainChange = <T, C extends Change>(accountId: number, made: C, work: Making<T, C>) => Promise<T>;

/** How an account is changed; with an Idempotency-Key at most once. Both throw `AlreadyAnswered` afterwards. */
export function changesOf(
  write: Write,
  box: SecretBox,
): { readonly change: RecordedChange; readonly plainChange: PlainChange } {
  async function run<T, C extends Change>(
    accountId: number,
    asked: C,
    work: Making<T | Fault, C>,
  ): Promise<T> {
    const result = await write(async (db) => {
      const made = await inTimeOf(db, accountId, asked);
      return doOnce(db, box, accountId, made, (inner) => work(inner, made));
    }, accountId);
    // Returned, not thrown, so that the transaction commits.
    if (result instanceof Fault || result instanceof AlreadyAnswered) throw result;
    return result;
  }
  return {
    plainChange: run,
    change: (accountId, event, clientId, asked, work) =>
      run(accountId, asked, (db, made) => {
        const intended = { event, clientId, at: made.at, origin: made.origin };
        return doOrRecordRefusal(db, accountId, intended, (inner) => work(inner, made));
      }),
  };
}
