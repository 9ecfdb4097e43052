import type { Kysely } from 'kysely';
import type { Change } from '../../../domain/change.ts';
import type { Client } from '../../../domain/clients/client.ts';
import type { ForgottenFailures } from '../../../domain/clients/ports.ts';
import { EVENT_TYPES } from '../../../domain/log/events.ts';
import { HOUR_MS } from '../../../domain/time.ts';
import { type Acceptance, resetClock } from '../../../domain/verdicts/methods/totp.ts';
import { factorColumns, factorOf } from '../../judging/judge-attempt.ts';
import type { Schema } from '../../schema.ts';
import { appendClientEvent } from '../log/append-event.ts';
import { clientEvent } from '../log/client-event.ts';
import { forgetCodeFailures } from '../recovery-codes/recovery-rows.ts';
import { findPolicy } from '../verdicts/policy.ts';
import { type ClientRow, findClient, lockRow, present, unlocked } from './clients.ts';

type Db = Kysely<Schema>;

/**
 * Unlocks, and brings the watermark down that a clock left ahead (`resetClock`): steps that may have been accepted stay
 * burnt. By a right clock nothing of that is to be done, but the call is recorded. Faults: client_not_found.
 */
export async function resetClientClock(
  db: Db,
  accountId: number,
  clientId: string,
  change: Change,
  forgotten: ForgottenFailures = 'all',
): Promise<Client> {
  const row = await lockRow(db, accountId, clientId, change.at);
  const accepted = await acceptedAhead(db, accountId, clientId, change.at);
  const { followDrift } = await findPolicy(db, accountId);
  const reset = (factor: FactorRow) => resetFactor(factor, change.at, accepted, followDrift);
  await db
    .updateTable('authenticator_state')
    .set({ ...unlocked(row, forgotten), ...reset(row) })
    .where('account_id', '=', accountId)
    .where('id', '=', row.id)
    .execute();
  for (const further of await furtherFactors(db, accountId, row.id)) {
    await db
      .updateTable('further_authenticator')
      .set(reset(further))
      .where('account_id', '=', accountId)
      .where('client', '=', row.id)
      .where('id', '=', further.id)
      .execute();
  }
  await forgetCodeFailures(db, accountId, row.id);
  const unlock = clientEvent('client.unlocked', clientId, change);
  const lastEvent = await appendClientEvent(db, accountId, row, unlock);
  const event = clientEvent('client.clock_reset', clientId, change);
  await appendClientEvent(db, accountId, { id: row.id, lastEvent }, event);
  return present(await findClient(db, accountId, clientId));
}

type FactorRow = Pick<ClientRow, 'watermark' | 'burnt_steps' | 'drift' | 'period'>;

/** The columns of a factor whose watermark was brought down; a counter has no clock. */
function resetFactor(row: FactorRow, now: number, accepted: readonly Acceptance[], followsDrift: boolean) {
  const factor = factorOf(row);
  return factorColumns(
    row.period === 0 ? factor : resetClock(factor, row.period, now, accepted, followsDrift),
  );
}

function furtherFactors(db: Db, accountId: number, client: number) {
  return db
    .selectFrom('further_authenticator as further')
    .innerJoin('authenticator', (join) =>
      join
        .onRef('authenticator.account_id', '=', 'further.account_id')
        .onRef('authenticator.id', '=', 'further.id'),
    )
    .where('further.account_id', '=', accountId)
    .where('further.client', '=', client)
    .select([
      'further.id',
      'further.watermark',
      'further.burnt_steps',
      'further.drift',
      'authenticator.period',
    ])
    .execute();
}

/** The events of an accepted code, and what each says of it. A proof is one that was validated. */
const ACCEPTING = new Map<number, Acceptance['how']>([
  [EVENT_TYPES['totp.validated'], 'validated'],
  [EVENT_TYPES['authenticator.confirmed'], 'confirmed'],
  [EVENT_TYPES['authenticator.resynced'], 'resynced'],
]);

/** The codes that were accepted by a clock that was ahead of `now` (ms), found by the hours that lie ahead. */
async function acceptedAhead(
  db: Db,
  accountId: number,
  clientId: string,
  now: number,
): Promise<Acceptance[]> {
  const rows = await db
    .selectFrom('activity')
    .innerJoin('event', (join) =>
      join
        .onRef('event.account_id', '=', 'activity.account_id')
        .onRef('event.id', '>=', 'activity.first_event')
        .onRef('event.id', '<=', 'activity.last_event'),
    )
    .select(['event.at', 'event.type'])
    .distinct()
    .where('activity.account_id', '=', accountId)
    .where('activity.hour', '>=', Math.floor(now / HOUR_MS))
    .where('event.client_id', '=', clientId)
    .where('event.type', 'in', [...ACCEPTING.keys()])
    .where('event.outcome', '=', 1)
    .where('event.at', '>', now)
    .execute();
  return rows.map(({ at, type }) => ({ at, how: ACCEPTING.get(type) as Acceptance['how'] }));
}
