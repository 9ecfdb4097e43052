import { DEFAULT_PARAMETERS } from '@kanda/otp';
import type { Kysely } from 'kysely';
import { ALL_OTHERS } from '../../../domain/authenticators/authenticator.ts';
import type { ShownAuthenticator } from '../../../domain/authenticators/ports.ts';
import type { Change } from '../../../domain/change.ts';
import type { SecretBox } from '../../../domain/clients/secret-box.ts';
import { linkId, SECRET_WAITS_MS } from '../../../domain/links/link.ts';
import type { LinkName, OpenedLink, RefusedLink } from '../../../domain/links/ports.ts';
import { lockedAt } from '../../../domain/verdicts/lockout.ts';
import type { Schema } from '../../schema.ts';
import { addAuthenticator } from '../authenticators/add-authenticator.ts';
import { reading } from '../authenticators/reading.ts';
import {
  asOf,
  confirmedOf,
  readClient,
  type StoredAuthenticator,
  type StoredClient,
  sealedOf,
  toAuthenticator,
} from '../authenticators/stored-client.ts';
import { replace } from '../authenticators/write-authenticators.ts';
import { dataKeyOf } from '../clients/data-key.ts';
import { registerClient } from '../clients/register-client.ts';
import { notedEvent } from '../log/client-event.ts';
import { recordEvent } from '../log/record-event.ts';
import { countCodes } from '../recovery-codes/recovery-rows.ts';
import { findPolicy } from '../verdicts/policy.ts';
import { endLink } from './end-link.ts';
import { endOf, type LinkRow, lockLink, writeLink } from './link-rows.ts';

type Db = Kysely<Schema>;

/** What a secret is made of that a link asks for: not shown and not used before. */
const NEW = { name: null, isImported: false, watermark: -1, fresh: true } as const;

/**
 * Begins what a link is for, under its account's lock. The secret that it has made is shown again for as long as it
 * waits for its first code, so that a page that is loaded again ends no QR code that was scanned; it never waits longer
 * than the link. Faults: those of an enrolment.
 */
export async function openLink(
  db: Db,
  box: SecretBox,
  name: LinkName,
  secret: Uint8Array,
  mostClients: number | null,
  change: Change,
): Promise<OpenedLink> {
  const usable = await lockUsable(db, name, change);
  if (usable.kind === 'ended') return usable;
  const { row, client } = usable;
  const refused = await refusedNow(db, row, client, change.at);
  if (refused !== null) return refused;
  const opened = await begin(db, box, row, client, secret, mostClients, change);
  const authenticator = opened.kind === 'secret' ? opened.shown.authenticator.number : null;
  await writeLink(db, row, { opened_at: row.opened_at ?? change.at, authenticator });
  if (row.opened_at === null)
    await recordEvent(
      db,
      name.accountId,
      notedEvent('link.opened', row.client_id, change, `${row.purpose} ${linkId(name.number)}`),
    );
  return opened;
}

/**
 * Why no first code would be accepted now, as `judgeConfirmation` refuses it; null: one would. A challenge shows its field
 * all the same: it has no secret, and says so when a code is sent.
 */
async function refusedNow(
  db: Db,
  { purpose, account_id: accountId }: LinkRow,
  client: StoredClient | null,
  now: number,
): Promise<RefusedLink | null> {
  if (client === null || purpose === 'challenge') return null;
  if (client.disabled) return { kind: 'refused', reason: 'disabled' };
  if (confirmedOf(client).length === 0) return null;
  const locked = lockedAt(client.lockout, now, await findPolicy(db, accountId));
  if (locked === null) return null;
  const { retryAfter } = locked;
  return { kind: 'refused', reason: 'locked', ...(retryAfter === undefined ? {} : { retryAfter }) };
}

/** A link that can be used, whose account is locked. */
interface Usable {
  readonly kind: 'usable';
  readonly row: LinkRow;
  /** As it is now; null: there is none. */
  readonly client: StoredClient | null;
}

/**
 * The link after its account is locked. When its user is not as it needs them any more it ends here, since nothing that was
 * done meanwhile may be undone by it.
 */
export async function lockUsable(
  db: Db,
  name: LinkName,
  change: Change,
): Promise<Usable | Extract<OpenedLink, { kind: 'ended' }>> {
  const row = await lockLink(db, name);
  if (row === null) return { kind: 'ended', reason: 'cancelled' };
  const reason = await endOf(db, row, change.at);
  if (reason !== null) return { kind: 'ended', reason };
  const stored = await reading(() => readClient(db, name.accountId, row.client_id));
  const client = stored === null ? null : asOf(stored, change.at);
  if (isItsClient(row, client)) return { kind: 'usable', row, client };
  await endLink(db, row, change);
  return { kind: 'ended', reason: 'cancelled' };
}

async function begin(
  db: Db,
  box: SecretBox,
  row: LinkRow,
  client: StoredClient | null,
  secret: Uint8Array,
  mostClients: number | null,
  change: Change,
): Promise<OpenedLink> {
  const accountId = row.account_id;
  if (row.purpose === 'challenge' && client !== null)
    return { kind: 'challenge', recoveryCodes: (await countCodes(db, accountId, client.id)) > 0 };
  const pendingUntil = Math.min(change.at + SECRET_WAITS_MS, row.expires_at);
  const waiting = client === null ? undefined : pendingOf(client, row);
  if (client !== null && waiting !== undefined)
    return { kind: 'secret', shown: await showAgain(db, box, client, waiting, pendingUntil) };
  const asked = { ...NEW, accountId, clientId: row.client_id, secret, pendingUntil, link: row.number };
  if (row.purpose === 'replace' && client !== null) {
    const parameters = parametersLike(client);
    const added = { ...asked, parameters, replaces: ALL_OTHERS };
    return { kind: 'secret', shown: await addAuthenticator(db, box, added, change, async (found) => found) };
  }
  const { label, issuer } = row;
  const enrolling = { ...asked, label, issuer, parameters: DEFAULT_PARAMETERS, mostClients };
  return { kind: 'secret', shown: await registerClient(db, box, enrolling, change) };
}

/**
 * Whether the client is as the link needs it: not enrolled yet, or the confirmed one that it was made for, with what it is
 * to replace. It may have been enrolled or changed in another way meanwhile, or deleted.
 */
function isItsClient({ purpose, client: number, replaced }: LinkRow, client: StoredClient | null): boolean {
  const isConfirmed = client !== null && confirmedOf(client).length > 0;
  if (purpose === 'enrol') return !isConfirmed;
  if (!isConfirmed || client.id !== number) return false;
  return purpose !== 'replace' || replaced === replacedBy(client);
}

/** What a link replaces, as its row has it: the client's confirmed authenticators with the versions of their secrets. */
export function replacedBy(client: StoredClient): string {
  return confirmedOf(client)
    .map(({ id, secretVersion }) => `${id}:${secretVersion}`)
    .join(' ');
}

/** The authenticator that a link has made, while it waits for its first code. */
export function pendingOf(
  client: StoredClient,
  { authenticator }: Pick<LinkRow, 'authenticator'>,
): StoredAuthenticator | undefined {
  return client.authenticators.find(({ id, pendingUntil }) => id === authenticator && pendingUntil !== null);
}

async function showAgain(
  db: Db,
  box: SecretBox,
  client: StoredClient,
  waiting: StoredAuthenticator,
  pendingUntil: number,
): Promise<ShownAuthenticator> {
  const dataKey = await dataKeyOf(db, client.accountId);
  const secret = box.open(dataKey, sealedOf(client, waiting, dataKey), waiting.sealed);
  const renewed = { ...waiting, pendingUntil };
  await replace(db, box, client, waiting, renewed);
  const { label, issuer } = client;
  return { authenticator: toAuthenticator(renewed), label, issuer, secret, isNew: false };
}

/** As the phone shows codes now; a hardware token is replaced by a phone. */
function parametersLike(client: StoredClient) {
  const ofPhone = confirmedOf(client).find(({ parameters }) => parameters.period > 0);
  return ofPhone?.parameters ?? DEFAULT_PARAMETERS;
}
