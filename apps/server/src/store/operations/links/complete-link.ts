import type { Kysely } from 'kysely';
import type { Change } from '../../../domain/change.ts';
import type { SecretBox } from '../../../domain/clients/secret-box.ts';
import { Fault } from '../../../domain/errors.ts';
import { linkId } from '../../../domain/links/link.ts';
import type { LinkAttempt, LinkVerdict, TypedFactor } from '../../../domain/links/ports.ts';
import { returnUrlIn } from '../../../domain/links/return-url.ts';
import type { RefusalReason } from '../../../domain/verdicts/decide.ts';
import type { AuthenticatorKeys } from '../../../domain/verdicts/ports.ts';
import type { Schema } from '../../schema.ts';
import { confirmAuthenticator } from '../authenticators/confirm-authenticator.ts';
import { judgeCode } from '../authenticators/prove.ts';
import { reading } from '../authenticators/reading.ts';
import { lockClient, type StoredClient } from '../authenticators/stored-client.ts';
import { notedEvent } from '../log/client-event.ts';
import { recordEvent } from '../log/record-event.ts';
import { createRecoveryCodes, useRecoveryCode } from '../recovery-codes/recovery-codes.ts';
import { countCodes } from '../recovery-codes/recovery-rows.ts';
import { findHostedPages } from './hosted-pages.ts';
import { type LinkRow, writeLink } from './link-rows.ts';
import { lockUsable, pendingOf } from './open-link.ts';

type Db = Kysely<Schema>;

/** What the code came to, by the operation that judges it for everybody. */
type Judged =
  | { readonly right: true }
  | {
      readonly right: false;
      readonly reason: RefusalReason | 'malformed';
      readonly retryAfter?: number;
      readonly isGone?: boolean;
    };

/**
 * Judges what a person typed on the page of a link. When it is right, the link ends, its result can be redeemed, and a
 * client without recovery codes gets some: all of it in the transaction that has used the code up, under the account's
 * lock. Faults: secret_unreadable.
 */
export async function completeLink(
  db: Db,
  box: SecretBox,
  keys: AuthenticatorKeys,
  attempt: LinkAttempt,
  change: Change,
): Promise<LinkVerdict> {
  const usable = await lockUsable(db, attempt, change);
  if (usable.kind === 'ended') return usable;
  const { row, client } = usable;
  const judged = client === null ? null : await judge(db, box, keys, row, client, attempt.typed, change);
  if (judged === null) return { kind: 'not begun' };
  if (!judged.right) return refused(judged);
  const { accountId, number, recoveryMacs, resultMac } = attempt;
  const gaveCodes = row.purpose !== 'challenge' && (await giveCodes(db, row, recoveryMacs, change));
  await writeLink(db, row, { ending: 'completed', ended_at: change.at, result_mac: resultMac });
  const event = notedEvent('link.completed', row.client_id, change, `${row.purpose} ${linkId(number)}`);
  await recordEvent(db, accountId, event);
  // The origin may have been taken off the list since the link was made.
  const { returnOrigins } = await findHostedPages(db, accountId);
  const returnUrl = row.return_url === null ? null : returnUrlIn(row.return_url, returnOrigins);
  return { kind: 'completed', gaveCodes, returnUrl };
}

function refused({ reason, retryAfter, isGone = false }: Extract<Judged, { right: false }>): LinkVerdict {
  return { kind: 'refused', reason, isGone, ...(retryAfter === undefined ? {} : { retryAfter }) };
}

/** null: the link has made no secret that waits. */
async function judge(
  db: Db,
  box: SecretBox,
  keys: AuthenticatorKeys,
  row: LinkRow,
  client: StoredClient,
  typed: TypedFactor,
  change: Change,
): Promise<Judged | null> {
  const { account_id: accountId, client_id: clientId, authenticator } = row;
  if (row.purpose === 'challenge') {
    if (row.opened_at === null) return null;
    if (typed.kind === 'code') return judgeTyped(() => judgeLogin(db, box, keys, row, typed.code, change));
    const verdict = await useRecoveryCode(db, { accountId, clientId, mac: typed.mac }, change);
    return verdict.valid ? { right: true } : { ...verdict, right: false };
  }
  if (pendingOf(client, row) === undefined) return null;
  if (typed.kind !== 'code') return { right: false, reason: 'malformed' };
  const { code } = typed;
  return judgeTyped(async () => {
    const name = { accountId, clientId, number: authenticator, code, link: row.number };
    const confirmation = await confirmAuthenticator(db, box, keys, name, change);
    if (confirmation.confirmed) return { right: true };
    return { ...confirmation, right: false, isGone: confirmation.attemptsLeft === 0 };
  });
}

async function judgeLogin(
  db: Db,
  box: SecretBox,
  keys: AuthenticatorKeys,
  { account_id: accountId, client_id: clientId }: LinkRow,
  code: string,
  change: Change,
): Promise<Judged> {
  const client = await reading(() => lockClient(db, accountId, clientId, change.at));
  const { verdict } = await judgeCode(db, box, keys, client, { code, path: '/token' }, change);
  return verdict.valid ? { right: true } : { ...verdict, right: false };
}

/** A code of another length than the client's is no guess: nothing was checked, nothing counted. */
async function judgeTyped(judged: () => Promise<Judged>): Promise<Judged> {
  try {
    return await judged();
  } catch (error) {
    if (error instanceof Fault && error.code === 'totp_code_malformed')
      return { right: false, reason: 'malformed' };
    throw error;
  }
}

/** Whether the client had none, and got these. */
async function giveCodes(
  db: Db,
  { account_id: accountId, client_id: clientId }: LinkRow,
  macs: readonly Uint8Array[],
  change: Change,
): Promise<boolean> {
  const client = await lockClient(db, accountId, clientId, change.at);
  if ((await countCodes(db, accountId, client.id)) > 0) return false;
  await createRecoveryCodes(db, accountId, clientId, macs, change);
  return true;
}
