import type { AccountStore } from '../../../domain/accounts/ports.ts';
import type { SecretBox } from '../../../domain/clients/secret-box.ts';
import type { Executor } from '../../operations-store.ts';
import { EXPIRY_ORIGIN } from '../authenticators/expire.ts';
import * as endings from './end-accounts.ts';

type Parts = Pick<Executor, 'read' | 'write'>;

/** What a store does to disable, move and delete accounts, the same in both dialects. */
export function endedAccountStore(
  { read, write }: Parts,
  box: SecretBox,
): Pick<
  AccountStore,
  'setAccountDisabled' | 'setOperator' | 'setEmail' | 'deleteAccount' | 'finishDeletions'
> {
  return {
    setAccountDisabled: (accountId, disabled, made) =>
      write((db) => endings.setAccountDisabled(db, accountId, disabled, made), accountId),
    setOperator: (accountId, operator, made) =>
      write((db) => endings.setOperator(db, accountId, operator, made), accountId),
    setEmail: (accountId, email, made) =>
      write((db) => endings.setEmail(db, accountId, email, made), accountId),
    async deleteAccount(accountId, made) {
      await write((db) => endings.endAccount(db, box, accountId, made), accountId);
      for (const half of await read((db) => endings.halvesOf(db, accountId), 'upkeep')) {
        while (await write((db) => endings.removeSomeOf(db, box, half, made), half));
      }
    },
    finishDeletions: (now) => finishDeletions({ read, write }, box, now),
  };
}

/**
 * What a deleted account has left: its deletion was stopped, or a call that was under way has added something. One that
 * cannot be finished holds up no other; its failure is thrown at the end.
 */
export async function finishDeletions({ read, write }: Parts, box: SecretBox, at: number): Promise<void> {
  const made = { at, origin: EXPIRY_ORIGIN };
  const failures: unknown[] = [];
  for (const accountId of await read((db) => endings.leftovers(db), 'upkeep')) {
    try {
      while (await write((db) => endings.removeSomeOf(db, box, accountId, made), accountId));
    } catch (failure) {
      failures.push(failure);
    }
  }
  if (failures.length > 0) throw failures[0];
}
