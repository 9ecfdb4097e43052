import type { Kysely } from 'kysely';
import type { NewAuthenticator, ShownAuthenticator } from '../../../domain/authenticators/ports.ts';
import type { SecretBox } from '../../../domain/clients/secret-box.ts';
import type { AccountDataKey } from '../../../domain/master-keys/wrapped-keys.ts';
import type { Schema } from '../../schema.ts';
import { isSame } from './deleted-secrets.ts';
import { type StoredAuthenticator, type StoredClient, sealedOf, toAuthenticator } from './stored-client.ts';
import { replace } from './write-authenticators.ts';

/**
 * A pending authenticator is shown again when a call like the one that made it comes again: a page that was loaded again
 * must not end a QR code that was scanned.
 */

/** The secret of a pending authenticator that a call like this one has made, to be shown again; null: there is none. */
export function secretToShow(
  box: SecretBox,
  dataKey: AccountDataKey,
  client: StoredClient,
  asked: NewAuthenticator,
): Uint8Array | null {
  const waiting = client.authenticators.find((one) => isLike(one, asked));
  if (waiting === undefined || asked.fresh) return null;
  const secret = box.open(dataKey, sealedOf(client, waiting, dataKey), waiting.sealed);
  return !asked.isImported || isSame(secret, asked.secret) ? secret : null;
}

/**
 * Shows that authenticator again: its time begins anew, and what was used meanwhile is used.
 *
 * @param secret what `secretToShow` gave in this transaction
 * @param name that it gets; null: it keeps its own
 */
export async function showAgain(
  db: Kysely<Schema>,
  box: SecretBox,
  client: StoredClient,
  asked: NewAuthenticator,
  secret: Uint8Array,
  { label, issuer }: Pick<ShownAuthenticator, 'label' | 'issuer'>,
  name: string | null = null,
): Promise<ShownAuthenticator> {
  const waiting = client.authenticators.find((one) => isLike(one, asked)) as StoredAuthenticator;
  const renewed = { ...renew(waiting, asked), name: name ?? waiting.name };
  await replace(db, box, client, waiting, renewed);
  return { authenticator: toAuthenticator(renewed), label, issuer, secret, isNew: false };
}

/** Who makes an authenticator: the link with this number, or, without one, a call of the API. */
interface Maker {
  readonly link?: number | null | undefined;
}

/**
 * Whether this waits for the first code of someone else: of the API and each link, each shows, counts and confirms its own
 * alone, since the secrets of the others were shown to others.
 */
export function isOfAnother(one: StoredAuthenticator, { link }: Maker): boolean {
  return one.pendingUntil !== null && one.link !== (link ?? null);
}

/** Those that stay beside a new one: not the one that it takes the place of, and nothing that an earlier link waits for. */
export function staying(client: StoredClient, asked: NewAuthenticator): StoredAuthenticator[] {
  const isOfEarlierLink = (one: StoredAuthenticator) =>
    asked.link !== undefined && one.link !== null && isOfAnother(one, asked);
  return client.authenticators.filter((one) => !isLike(one, asked) && !isOfEarlierLink(one));
}

/** Whether this is a pending authenticator that a call like this one has made. */
export function isLike(one: StoredAuthenticator, asked: NewAuthenticator): boolean {
  const { algorithm, digits, period } = one.parameters;
  return (
    one.pendingUntil !== null &&
    !isOfAnother(one, asked) &&
    asked.pendingUntil !== null &&
    one.replaces === asked.replaces &&
    one.name === asked.name &&
    algorithm === asked.parameters.algorithm &&
    digits === asked.parameters.digits &&
    period === asked.parameters.period
  );
}

function renew(
  waiting: StoredAuthenticator,
  { pendingUntil, watermark }: Pick<NewAuthenticator, 'pendingUntil' | 'watermark'>,
): StoredAuthenticator {
  const { factor } = waiting;
  return {
    ...waiting,
    pendingUntil,
    factor: { ...factor, watermark: Math.max(factor.watermark, watermark) },
  };
}
