import type { Digits } from '@kanda/otp';
import type { Kysely } from 'kysely';
import { proofInvalid } from '../../../domain/authenticators/faults.ts';
import type { Proof } from '../../../domain/authenticators/ports.ts';
import type { Change } from '../../../domain/change.ts';
import type { SecretBox } from '../../../domain/clients/secret-box.ts';
import { type Decision, decide, type Verdict } from '../../../domain/verdicts/decide.ts';
import type { MovingFactor } from '../../../domain/verdicts/methods/method.ts';
import type { AuthenticatorKeys } from '../../../domain/verdicts/ports.ts';
import { type CodePath, readTyped } from '../../../domain/verdicts/typed-code.ts';
import type { Schema } from '../../schema.ts';
import { dataKeyOf } from '../clients/data-key.ts';
import { appendClientEvent } from '../log/append-event.ts';
import { clientEvent } from '../log/client-event.ts';
import { useRecoveryCode } from '../recovery-codes/recovery-codes.ts';
import { findPolicy } from '../verdicts/policy.ts';
import { appendLock } from './failures.ts';
import {
  confirmedOf,
  lockClient,
  type StoredAuthenticator,
  type StoredClient,
  sealedOf,
} from './stored-client.ts';
import { writeAuthenticators } from './write-authenticators.ts';

type Db = Kysely<Schema>;

/**
 * Asks for the proof of a client's user, and gives the client after it. A change asks last, when nothing else can refuse
 * it: a refused change must not cost the user a code.
 */
export type Prove = (client: StoredClient) => Promise<StoredClient>;

/** Asks for no proof. */
export const UNPROVED: Prove = async (client) => client;

/**
 * Judges a proof by the rules for any login: it is used up, or counted as a failure, in the transaction of the change
 * that it is for. What it gives throws the faults proof_invalid, totp_code_malformed and secret_unreadable.
 *
 * @param proof absent: none is asked for
 */
export function proofOf(
  db: Db,
  box: SecretBox,
  keys: AuthenticatorKeys,
  proof: Proof | undefined,
  change: Change,
): Prove {
  if (proof === undefined) return UNPROVED;
  return async (client) => {
    await judge(db, box, keys, client, proof, change);
    return lockClient(db, client.accountId, client.clientId, change.at);
  };
}

async function judge(
  db: Db,
  box: SecretBox,
  keys: AuthenticatorKeys,
  client: StoredClient,
  proof: Proof,
  change: Change,
): Promise<void> {
  const { accountId, clientId } = client;
  if (proof.kind === 'recovery code') {
    const verdict = await useRecoveryCode(db, { accountId, clientId, mac: proof.mac }, change);
    if (!verdict.valid) throw proofInvalid(verdict.reason, verdict.retryAfter);
    return;
  }
  const typed = { code: proof.code, path: '/proof/token' } as const;
  const { verdict } = await judgeCode(db, box, keys, client, typed, change);
  if (!verdict.valid) throw proofInvalid(verdict.reason, verdict.retryAfter);
}

/** What a code came to, which is written already. */
export interface JudgedCode {
  readonly verdict: Verdict;
  /** The authenticator that showed it; null: none. */
  readonly accepted: StoredAuthenticator | null;
  /** The client's newest event after it. */
  readonly lastEvent: number;
}

/** Judges a code by the rules for any login, and writes what it has come to. Faults: totp_code_malformed, secret_unreadable. */
export async function judgeCode(
  db: Db,
  box: SecretBox,
  keys: AuthenticatorKeys,
  client: StoredClient,
  { code, path }: { readonly code: string; readonly path: CodePath },
  change: Change,
): Promise<JudgedCode> {
  const { accountId } = client;
  const confirmed = confirmedOf(client);
  const known = confirmed.length === 0 ? client.authenticators : confirmed;
  const lengths = known.map(({ parameters }) => parameters.digits as Digits);
  const typed = readTyped(code, lengths, path);
  const dataKey = await dataKeyOf(db, accountId);
  const decision = decide(
    {
      disabled: client.disabled,
      pending: confirmed.length === 0,
      lockout: client.lockout,
      factors: confirmed.map(({ factor }) => factor),
    },
    (place) => keys.open(sealedOf(client, confirmed[place] as StoredAuthenticator, dataKey)),
    typed,
    change.at,
    await findPolicy(db, accountId),
  );
  const lastEvent = await record(db, box, client, confirmed, decision, change);
  const { verdict, accepted } = decision;
  return { verdict, accepted: accepted === null ? null : (confirmed[accepted] ?? null), lastEvent };
}

/** Writes what the code has come to, and its events; gives the number of the last. */
async function record(
  db: Db,
  box: SecretBox,
  client: StoredClient,
  confirmed: readonly StoredAuthenticator[],
  { next, accepted, record: { reason }, lockedNow }: Decision,
  change: Change,
): Promise<number> {
  const { accountId, clientId } = client;
  const judged = confirmed.map((one, place) => ({
    ...one,
    factor: next.factors[place] as MovingFactor,
    lastAcceptedAt: place === accepted ? change.at : one.lastAcceptedAt,
  }));
  const pending = client.authenticators.filter((one) => one.pendingUntil !== null);
  const changed = { lockout: next.lockout, authenticators: [...judged, ...pending] };
  await writeAuthenticators(db, box, client, changed);
  const validated = clientEvent('totp.validated', clientId, change, reason);
  const lastEvent = await appendClientEvent(db, accountId, client, validated);
  return lockedNow ? appendLock(db, client, lastEvent, change) : lastEvent;
}
