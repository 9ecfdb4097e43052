import type { Kysely } from 'kysely';
import type { NewAuthenticator } from '../../../domain/authenticators/ports.ts';
import type { SecretBox } from '../../../domain/clients/secret-box.ts';
import type { AccountDataKey } from '../../../domain/master-keys/wrapped-keys.ts';
import type { Schema } from '../../schema.ts';
import { dataKeyOf } from '../clients/data-key.ts';
import { isSame } from './deleted-secrets.ts';
import { confirmedOf, type StoredClient, sealedOf } from './stored-client.ts';

type Db = Kysely<Schema>;

/** The number of the confirmed authenticator that has this secret and makes these codes; null: none has. */
export async function sameSecretOf(
  db: Db,
  box: SecretBox,
  present: StoredClient,
  asked: Pick<NewAuthenticator, 'parameters' | 'secret'>,
): Promise<number | null> {
  if (confirmedOf(present).length === 0) return null;
  return sameSecretIn(box, await dataKeyOf(db, present.accountId), present, asked);
}

/** The same without a look into the store. */
export function sameSecretIn(
  box: SecretBox,
  dataKey: AccountDataKey,
  present: StoredClient,
  { parameters, secret }: Pick<NewAuthenticator, 'parameters' | 'secret'>,
): number | null {
  const alike = confirmedOf(present).filter(
    (one) =>
      one.parameters.algorithm === parameters.algorithm &&
      one.parameters.digits === parameters.digits &&
      one.parameters.period === parameters.period,
  );
  const same = alike.find((one) =>
    isSame(box.open(dataKey, sealedOf(present, one, dataKey), one.sealed), secret),
  );
  return same?.id ?? null;
}
