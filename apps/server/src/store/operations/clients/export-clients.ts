import type { Kysely } from 'kysely';
import type { Change } from '../../../domain/change.ts';
import type { ExportedClient } from '../../../domain/clients/ports.ts';
import type { SecretBox } from '../../../domain/clients/secret-box.ts';
import { secretUnreadable } from '../../../domain/errors.ts';
import type { AccountDataKey } from '../../../domain/master-keys/wrapped-keys.ts';
import type { Schema } from '../../schema.ts';
import { lockAccount } from '../accounts/lock-account.ts';
import { readClients } from '../authenticators/read-clients.ts';
import { confirmedOf, type StoredClient, sealedOf } from '../authenticators/stored-client.ts';
import { appendClientEvents } from '../log/append-event.ts';
import { clientEvent } from '../log/client-event.ts';
import { dataKeyOf } from './data-key.ts';

type Db = Kysely<Schema>;

/**
 * The next clients with their opened secrets. Each of them is an event, so that no secret leaves without a trace; a
 * client that has nothing confirmed has nothing to export. Faults: account_not_found, secret_unreadable.
 */
export async function exportClients(
  db: Db,
  box: SecretBox,
  accountId: number,
  after: number,
  limit: number,
  change: Change,
): Promise<{ readonly clients: readonly ExportedClient[]; readonly next: number | null }> {
  await lockAccount(db, accountId);
  const rows = await db
    .selectFrom('client')
    .select(['id', 'client_id'])
    .where('account_id', '=', accountId)
    .where('id', '>', after)
    .orderBy('id')
    .limit(limit)
    .execute();
  const dataKey = await dataKeyOf(db, accountId);
  const stored = await readClients(
    db,
    accountId,
    rows.map((row) => row.client_id),
  );
  const exported = rows.flatMap(({ client_id }) => {
    const client = stored.get(client_id);
    return client === undefined || confirmedOf(client).length === 0 ? [] : [client];
  });
  const clients = exported.map((client) => opened(box, dataKey, client));
  const events = exported.map((client) => ({
    client,
    event: clientEvent('client.secret_exported', client.clientId, change),
  }));
  await appendClientEvents(db, accountId, events);
  return { clients, next: rows.length < limit ? null : (rows.at(-1)?.id ?? null) };
}

function opened(box: SecretBox, dataKey: AccountDataKey, client: StoredClient): ExportedClient {
  const { clientId, label, issuer, disabled } = client;
  const authenticators = confirmedOf(client).map((one) => {
    const { name, parameters, factor, createdAt } = one;
    const watermark = Math.max(factor.watermark, ...factor.burnt);
    const secret = openedSecret(() => box.open(dataKey, sealedOf(client, one, dataKey), one.sealed));
    return { name, parameters, secret, watermark, drift: factor.drift, createdAt };
  });
  return { clientId, label, issuer, disabled, authenticators };
}

function openedSecret(open: () => Uint8Array): Uint8Array {
  try {
    return open();
  } catch (cause) {
    throw secretUnreadable(cause);
  }
}
