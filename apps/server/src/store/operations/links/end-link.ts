import type { Kysely } from 'kysely';
import type { Change } from '../../../domain/change.ts';
import type { SecretBox } from '../../../domain/clients/secret-box.ts';
import { linkNotFound } from '../../../domain/links/faults.ts';
import { linkId } from '../../../domain/links/link.ts';
import type { LinkEnd, LinkName } from '../../../domain/links/ports.ts';
import type { Schema } from '../../schema.ts';
import { removeAuthenticator } from '../authenticators/change-authenticator.ts';
import { asOf, readClient } from '../authenticators/stored-client.ts';
import { notedEvent } from '../log/client-event.ts';
import { recordEvent } from '../log/record-event.ts';
import { endOf, type LinkRow, lockLink, writeLink } from './link-rows.ts';

type Db = Kysely<Schema>;

/**
 * Ends a link, and a secret that it has shown and that waits for its first code. One that has ended stays as it is; the
 * answer says how it has ended. Faults: link_not_found, secret_unreadable.
 */
export async function cancelLink(db: Db, box: SecretBox, name: LinkName, change: Change): Promise<LinkEnd> {
  const row = await lockLink(db, name);
  if (row === null) throw linkNotFound();
  const ended = await endOf(db, row, change.at);
  if (row.ending !== null) return ended ?? 'cancelled';
  await dropSecret(db, box, row, change);
  await endLink(db, row, change);
  return 'cancelled';
}

/** Ends a link that has not ended. What it has shown can be confirmed by no call from then on. */
export async function endLink(db: Db, row: LinkRow, change: Change): Promise<void> {
  await writeLink(db, row, { ending: 'cancelled', ended_at: change.at });
  const event = notedEvent('link.cancelled', row.client_id, change, linkId(row.number));
  await recordEvent(db, row.account_id, event);
}

async function dropSecret(db: Db, box: SecretBox, row: LinkRow, change: Change): Promise<void> {
  const { account_id: accountId, client_id: clientId, authenticator } = row;
  if (authenticator === null) return;
  const client = await readClient(db, accountId, clientId);
  const pending = client === null ? [] : asOf(client, change.at).authenticators;
  if (pending.some(({ id, pendingUntil }) => id === authenticator && pendingUntil !== null))
    await removeAuthenticator(db, box, { accountId, clientId, number: authenticator }, change);
}
