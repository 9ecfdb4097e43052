import type { Digits } from '@kanda/otp';
import type { Kysely } from 'kysely';
import { diagnose, type Finding } from '../../../domain/authenticators/diagnose.ts';
import type { ToDiagnose } from '../../../domain/authenticators/ports.ts';
import type { Change } from '../../../domain/change.ts';
import type { SecretBox } from '../../../domain/clients/secret-box.ts';
import { readTyped } from '../../../domain/verdicts/typed-code.ts';
import type { Schema } from '../../schema.ts';
import { dataKeyOf } from '../clients/data-key.ts';
import { findPolicy } from '../verdicts/policy.ts';
import { authenticatorOf } from './change-authenticator.ts';
import { recordDiagnosis } from './failures.ts';
import { readPrevious } from './previous-secrets.ts';
import { lockClient, sealedOf } from './stored-client.ts';
import { writeAuthenticators } from './write-authenticators.ts';

const LENGTHS: readonly Digits[] = [6, 8];

/**
 * Says why a code is or is not accepted; it is not accepted, counts as a failure, and is used up if it is of a step to
 * come. Faults:
 * client_not_found, authenticator_not_found, totp_code_malformed, secret_unreadable.
 */
export async function diagnoseClient(
  db: Kysely<Schema>,
  box: SecretBox,
  { accountId, clientId, number, code }: ToDiagnose,
  change: Change,
): Promise<Finding> {
  const client = await lockClient(db, accountId, clientId, change.at);
  if (number !== null) authenticatorOf(client, number);
  const typed = readTyped(code, LENGTHS, '/token');
  const dataKey = await dataKeyOf(db, accountId);
  const open = () =>
    client.authenticators.map((one) => ({
      number: one.id,
      pending: one.pendingUntil !== null,
      factor: one.factor,
      parameters: one.parameters,
      secret: box.open(dataKey, sealedOf(client, one, dataKey), one.sealed),
    }));
  const previous = await readPrevious(db, box, dataKey, client, change.at);
  const policy = await findPolicy(db, accountId);
  const { lockout, factors, ...finding } = diagnose(
    { ...client, authenticators: open, previous, expected: number },
    typed,
    change.at,
    policy,
  );
  if (factors.size > 0) {
    const changed = client.authenticators.map((one) => ({
      ...one,
      factor: factors.get(one.id) ?? one.factor,
    }));
    await writeAuthenticators(db, box, client, { ...client, authenticators: changed });
  }
  await recordDiagnosis(db, client, finding.finding, lockout, change);
  return finding;
}
