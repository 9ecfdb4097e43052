import type { Kysely } from 'kysely';
import { Fault } from '../../../domain/errors.ts';
import type { NewEvent } from '../../../domain/log/events.ts';
import type { Schema } from '../../schema.ts';
import { recordEvent } from './record-event.ts';

/** The event that the change would have been, had it succeeded. */
export type IntendedEvent = Omit<NewEvent, 'outcome' | 'reason'>;

/**
 * Does a change; when it is refused, records that in the same transaction. The fault is returned, not
 * thrown, so that the transaction commits: its thrower must not have written anything that has to go.
 */
export async function doOrRecordRefusal<T>(
  db: Kysely<Schema>,
  accountId: number,
  intended: IntendedEvent,
  work: (db: Kysely<Schema>) => Promise<T>,
): Promise<T | Fault> {
  try {
    return await work(db);
  } catch (error) {
    if (!(error instanceof Fault)) throw error;
    await recordEvent(db, accountId, { ...intended, outcome: 'failure', reason: error.code });
    if (error.code === 'secret_unreadable') {
      const alarm = { event: 'alarm.secret_unreadable', outcome: 'failure', reason: error.code } as const;
      await recordEvent(db, accountId, { ...intended, ...alarm });
    }
    return error;
  }
}
