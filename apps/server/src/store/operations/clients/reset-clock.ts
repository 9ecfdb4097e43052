import type { Kysely } from 'kysely';
import type { Change } from '../../../domain/change.ts';
import type { Client } from '../../../domain/clients/client.ts';
import type { ForgottenFailures } from '../../../domain/clients/ports.ts';
import type { SecretBox } from '../../../domain/clients/secret-box.ts';
import { EVENT_TYPES } from '../../../domain/log/events.ts';
import { HOUR_MS } from '../../../domain/time.ts';
import type { MovingFactor } from '../../../domain/verdicts/methods/method.ts';
import { type Acceptance, HIGHEST_ACCEPTED, resetClock } from '../../../domain/verdicts/methods/totp.ts';
import { factorColumns } from '../../judging/judge-attempt.ts';
import { LONGEST_PERIOD } from '../../judging/raised-watermark.ts';
import type { Schema } from '../../schema.ts';
import { fingerprintOf, readUsed } from '../authenticators/deleted-secrets.ts';
import { readClient, type StoredClient } from '../authenticators/stored-client.ts';
import { appendClientEvent } from '../log/append-event.ts';
import { clientEvent } from '../log/client-event.ts';
import { forgetCodeFailures } from '../recovery-codes/recovery-rows.ts';
import { findClient, lockRow, present, unlocked } from './clients.ts';
import { dataKeyOf } from './data-key.ts';

type Db = Kysely<Schema>;

/**
 * Unlocks, and brings the watermark down that a clock left ahead (`resetClock`): steps that may have been accepted stay
 * burnt. By a right clock nothing of that is to be done, but the call is recorded. Faults: client_not_found.
 */
export async function resetClientClock(
  db: Db,
  box: SecretBox,
  accountId: number,
  clientId: string,
  change: Change,
  forgotten: ForgottenFailures = 'all',
): Promise<Client> {
  const row = await lockRow(db, accountId, clientId, change.at);
  const client = (await readClient(db, accountId, clientId)) as StoredClient;
  const factors = await resetFactors(db, box, client, change.at);
  await db
    .updateTable('authenticator_state')
    .set({ ...unlocked(row, forgotten), ...columnsOf(factors, row.authenticator_id) })
    .where('account_id', '=', accountId)
    .where('id', '=', row.id)
    .execute();
  for (const { id } of client.authenticators) {
    if (id === row.authenticator_id) continue;
    await db
      .updateTable('further_authenticator')
      .set(columnsOf(factors, id))
      .where('account_id', '=', accountId)
      .where('client', '=', row.id)
      .where('id', '=', id)
      .execute();
  }
  await forgetCodeFailures(db, accountId, row.id);
  const unlock = clientEvent('client.unlocked', clientId, change);
  const lastEvent = await appendClientEvent(db, accountId, row, unlock);
  const event = clientEvent('client.clock_reset', clientId, change);
  await appendClientEvent(db, accountId, { id: row.id, lastEvent }, event);
  return present(await findClient(db, accountId, clientId));
}

function columnsOf(factors: ReadonlyMap<number, MovingFactor>, id: number) {
  return factorColumns(factors.get(id) as MovingFactor);
}

/** The factors of a client's authenticators, by their numbers, with watermarks brought down; a counter has no clock. */
async function resetFactors(
  db: Db,
  box: SecretBox,
  client: StoredClient,
  now: number,
): Promise<ReadonlyMap<number, MovingFactor>> {
  const accepted = await acceptedSince(db, client, now - LONGEST_REACH_MS);
  const floors = await floorsOf(db, box, client);
  return new Map(
    client.authenticators.map(({ id, parameters: { period }, factor }) => [
      id,
      period === 0 ? factor : resetClock(factor, period, now, accepted, floors.get(id) as number),
    ]),
  );
}

/**
 * Below what step each watermark must stay, as the log of this client does not have all that was accepted: its secret may
 * have been another client's before, and a restore loses events. Where a secret does not open, nothing is brought down.
 */
async function floorsOf(db: Db, box: SecretBox, client: StoredClient): Promise<ReadonlyMap<number, number>> {
  const dataKey = await dataKeyOf(db, client.accountId);
  const prints = client.authenticators.map((one) => fingerprintOf(box, client, one, dataKey));
  const known = prints.filter((print) => print !== null);
  const used = await readUsed(db, client.accountId, known, true);
  return new Map(
    client.authenticators.map(({ id, parameters }, place) => {
      const print = prints[place] as Uint8Array | null;
      return [id, print === null ? Number.POSITIVE_INFINITY : used(print, parameters)];
    }),
  );
}

/** The events of an accepted code, and what each says of it. A proof is one that was validated. */
const ACCEPTING = new Map<number, Acceptance['how']>([
  [EVENT_TYPES['totp.validated'], 'validated'],
  [EVENT_TYPES['authenticator.confirmed'], 'confirmed'],
  [EVENT_TYPES['authenticator.resynced'], 'resynced'],
]);

/** For how long before a reset the window of an accepted code may reach beyond that of the reset. */
const LONGEST_REACH_MS = HIGHEST_ACCEPTED * LONGEST_PERIOD * 1000;

/** The codes that were accepted after `since` (ms), found by the hours that lie after it. */
async function acceptedSince(
  db: Db,
  { accountId, clientId }: StoredClient,
  since: number,
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
    .where('activity.hour', '>=', Math.floor(since / HOUR_MS))
    .where('event.client_id', '=', clientId)
    .where('event.type', 'in', [...ACCEPTING.keys()])
    .where('event.outcome', '=', 1)
    .where('event.at', '>', since)
    .execute();
  return rows.map(({ at, type }) => ({ at, how: ACCEPTING.get(type) as Acceptance['how'] }));
}
