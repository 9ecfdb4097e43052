import type { AuthenticatorKey } from '../../domain/verdicts/decide.ts';
import type { AuthenticatorKeys } from '../../domain/verdicts/ports.ts';
import { KeyNotRead } from '../judging/judge-attempt.ts';
import { type BatchClient, type BatchFurther, keyOf, type SealedSecret } from './batch-clients.ts';
import type { BatchLog } from './batch-log.ts';

export function openKey(
  client: BatchClient,
  sealed: ReadonlyMap<string, SealedSecret>,
  skipped: ReadonlySet<BatchClient>,
  keys: AuthenticatorKeys,
  log: BatchLog,
): AuthenticatorKey {
  const secret = client.sealed ?? sealed.get(keyOf(client));
  if (secret === undefined && skipped.has(client))
    throw new KeyNotRead('a lock ended while the batch was judged');
  if (secret === undefined) throw new Error('the authenticator has no sealed secret of this version');
  return keys.open({ ...secret, dataKey: log.dataKeyOf(client.accountId) });
}

export function openFurther(
  { accountId }: BatchClient,
  { row, sealed }: BatchFurther,
  keys: AuthenticatorKeys,
  log: BatchLog,
): AuthenticatorKey {
  const remembered = keys.remembered(accountId, row.id, row.secret_version);
  if (remembered !== undefined) return remembered;
  if (sealed === null) throw new Error('the authenticator has no sealed secret of this version');
  return keys.open({ ...sealed, dataKey: log.dataKeyOf(accountId) });
}
