import type { Kysely } from 'kysely';
import { INSTALLATION_ACCOUNT } from '../../../domain/accounts/account.ts';
import type { Change } from '../../../domain/change.ts';
import type { WrappedServerKey } from '../../../domain/master-keys/wrapped-keys.ts';
import type { MakeSigningKey } from '../../../domain/receipts/ports.ts';
import { overAt } from '../../../domain/receipts/signing-keys.ts';
import type { Schema } from '../../schema.ts';
import { toServerKey, toServerKeyRow } from '../installation/installation.ts';
import { appendEvent } from '../log/append-event.ts';
import { lockServerKeys } from '../master-keys/master-keys.ts';

type Db = Kysely<Schema>;

export async function readServerKeys(db: Db): Promise<readonly WrappedServerKey[]> {
  const rows = await db.selectFrom('server_key').selectAll().execute();
  return rows.map(toServerKey);
}

/** Adds a key and removes others, while no rotation of the master key can wrap them anew. */
export async function rotateSigningKey(db: Db, make: MakeSigningKey, change: Change): Promise<void> {
  const { fresh, removed } = make(signingKeys(await lockServerKeys(db)));
  await db.insertInto('server_key').values(toServerKeyRow(fresh)).execute();
  await removeKeys(db, removed);
  await appendEvent(db, INSTALLATION_ACCOUNT, {
    event: 'signingkey.rotated',
    outcome: 'success',
    reason: null,
    clientId: null,
    ...change,
  });
}

/** Removes keys whose receipts have all expired at `now` (ms). */
export async function dropSigningKeysThatAreOver(db: Db, now: number): Promise<void> {
  const over = overAt(signingKeys(await readServerKeys(db)), now);
  await removeKeys(
    db,
    over.map(({ name }) => name),
  );
}

type SigningKey = WrappedServerKey & { readonly signsFrom: number };

/** Keys for receipts are those that have a time from which they sign. */
function signingKeys(keys: readonly WrappedServerKey[]): readonly SigningKey[] {
  return keys.flatMap((key) => (key.signsFrom === undefined ? [] : [{ ...key, signsFrom: key.signsFrom }]));
}

async function removeKeys(db: Db, names: readonly string[]): Promise<void> {
  if (names.length === 0) return;
  await db
    .deleteFrom('server_key')
    .where('name', 'in', [...names])
    .where('signs_from', 'is not', null)
    .execute();
}
