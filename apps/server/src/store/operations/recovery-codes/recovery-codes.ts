import type { Kysely } from 'kysely';
import { isExpired } from '../../../domain/authenticators/authenticator.ts';
import type { Change } from '../../../domain/change.ts';
import {
  type CodeFailures,
  judgeRecoveryCode,
  type RecoveryCodeState,
  refusedUnseen,
} from '../../../domain/recovery-codes/judge-code.ts';
import type {
  RecoveryAttempt,
  RecoveryCodeSet,
  RecoveryCodeVerdict,
} from '../../../domain/recovery-codes/ports.ts';
import { afterSuccess } from '../../../domain/verdicts/lockout.ts';
import { packTimes, unpackTimes } from '../../judging/recent-failures.ts';
import type { Schema } from '../../schema.ts';
import { reading } from '../authenticators/reading.ts';
import { confirmedOf, lockClient, type StoredClient } from '../authenticators/stored-client.ts';
import { writeLockout } from '../authenticators/write-authenticators.ts';
import { dropDevices } from '../devices/device-rows.ts';
import { appendClientEvent } from '../log/append-event.ts';
import { clientEvent } from '../log/client-event.ts';
import { countCodes, keepCodes, takeCode } from './recovery-rows.ts';

type Db = Kysely<Schema>;

/** Replaces all codes by these; returns their generation. Faults: client_not_found. */
export async function createRecoveryCodes(
  db: Db,
  accountId: number,
  clientId: string,
  macs: readonly Uint8Array[],
  change: Change,
): Promise<number> {
  const client = await lockClient(db, accountId, clientId, change.at);
  await keepCodes(db, accountId, client.id, macs);
  const { generation } = await db
    .insertInto('client_recovery')
    .values({
      account_id: accountId,
      client: client.id,
      generation: 1,
      created_at: change.at,
      failures: null,
    })
    .onConflict((conflict) =>
      conflict.columns(['account_id', 'client']).doUpdateSet((row) => ({
        generation: row('client_recovery.generation', '+', 1),
        created_at: change.at,
        failures: null,
      })),
    )
    .returning('generation')
    .executeTakeFirstOrThrow();
  const event = clientEvent('client.recovery_codes_created', clientId, change);
  await appendClientEvent(db, accountId, client, event);
  return generation;
}

export async function findRecoveryCodes(
  db: Db,
  accountId: number,
  clientId: string,
  now: number,
): Promise<RecoveryCodeSet | null> {
  const row = await db
    .selectFrom('client')
    .innerJoin('authenticator_state as state', (join) =>
      join.onRef('state.account_id', '=', 'client.account_id').onRef('state.id', '=', 'client.id'),
    )
    .leftJoin('client_recovery as recovery', (join) =>
      join.onRef('recovery.account_id', '=', 'client.account_id').onRef('recovery.client', '=', 'client.id'),
    )
    .select([
      'client.id',
      'state.pending_until as pendingUntil',
      'recovery.generation',
      'recovery.created_at',
    ])
    .where('client.account_id', '=', accountId)
    .where('client.client_id', '=', clientId)
    .executeTakeFirst();
  if (row === undefined || isExpired(row, now)) return null;
  return {
    remaining: await countCodes(db, accountId, row.id),
    generation: row.generation ?? 0,
    createdAt: row.created_at,
  };
}

/** Deleting what is not there changes nothing, but is recorded. Faults: client_not_found. */
export async function deleteRecoveryCodes(
  db: Db,
  accountId: number,
  clientId: string,
  change: Change,
): Promise<void> {
  const client = await lockClient(db, accountId, clientId, change.at);
  await keepCodes(db, accountId, client.id, []);
  await db
    .updateTable('client_recovery')
    .set({ created_at: null })
    .where('account_id', '=', accountId)
    .where('client', '=', client.id)
    .execute();
  const event = clientEvent('client.recovery_codes_deleted', clientId, change);
  await appendClientEvent(db, accountId, client, event);
}

/**
 * Judges a recovery code under its account's lock and uses it up. An accepted one ends the run of failures like a right
 * code, and a lock as well. The day's failures stay counted, so that it wins no guesses.
 * It ends trusted devices: someone who has lost the phone may have lost the browser with it.
 * Faults: client_not_found, secret_unreadable when the client's row is damaged.
 */
export async function useRecoveryCode(
  db: Db,
  { accountId, clientId, mac, numbered = false }: RecoveryAttempt,
  change: Change,
): Promise<RecoveryCodeVerdict> {
  // Before anything is written: what cannot be read is recorded, and the rest must not be.
  const client = await reading(() => lockClient(db, accountId, clientId, change.at));
  const state = await reading(() => readState(db, client));
  const refused = refusedUnseen(state, change.at);
  const isTaken = refused === null && mac !== null && (await takeCode(db, accountId, client.id, mac));
  const { verdict, failures } = judgeRecoveryCode(state, isTaken, change.at);
  if (failures !== state.failures) await writeFailures(db, accountId, client.id, failures);
  const failure = verdict.valid ? null : verdict.reason;
  const event = clientEvent('client.recovery_code_used', clientId, change, failure);
  if (!verdict.valid) {
    await appendClientEvent(db, accountId, client, event);
    return verdict;
  }
  await writeLockout(db, client, afterSuccess(client.lockout, change.at));
  await dropDevices(db, accountId, client.id);
  const id = await appendClientEvent(db, accountId, client, event);
  const remaining = await countCodes(db, accountId, client.id);
  return { valid: true, remaining, ...(numbered ? { event: { id, at: event.at } } : {}) };
}

async function readState(db: Db, client: StoredClient): Promise<RecoveryCodeState> {
  const row = await db
    .selectFrom('client_recovery')
    .select('failures')
    .where('account_id', '=', client.accountId)
    .where('client', '=', client.id)
    .executeTakeFirst();
  return {
    disabled: client.disabled,
    pending: confirmedOf(client).length === 0,
    failures: unpackTimes(row?.failures ?? null),
  };
}

/** Also for a client without codes: the answer must not reveal whether there are any. */
async function writeFailures(
  db: Db,
  accountId: number,
  client: number,
  failures: CodeFailures,
): Promise<void> {
  const packed = packTimes(failures);
  await db
    .insertInto('client_recovery')
    .values({ account_id: accountId, client, generation: 0, created_at: null, failures: packed })
    .onConflict((conflict) => conflict.columns(['account_id', 'client']).doUpdateSet({ failures: packed }))
    .execute();
}
