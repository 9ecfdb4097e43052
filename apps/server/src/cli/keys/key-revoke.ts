import { openExisting } from '../../compose/existing-installation.ts';
import type { Installation } from '../../compose/installation.ts';
import type { Config } from '../../config/schema.ts';
import { type Account, timeIn } from '../../domain/accounts/account.ts';
import { changeIn } from '../../domain/change.ts';
import { Fault } from '../../domain/errors.ts';
import { byOperator } from '../accounts/account.ts';
import { type AccountChoice, chosenAccount } from '../accounts/chosen-account.ts';

export interface KeyRevokeOptions extends AccountChoice {
  readonly json?: boolean;
}

/** Ends an API key and every token that it was traded for. `named`: its id, or its text. */
export async function revokeKey(config: Config, named: string, options: KeyRevokeOptions): Promise<void> {
  const installation = await openExisting(config);
  try {
    // A key that leaked may be all that the operator has of it; what is printed has its id alone.
    const id = installation.apiKeys.claimedId(named.trim()) ?? named.trim();
    const account = await accountOf(installation, id, options);
    const { apiKeys, clock } = installation;
    await apiKeys.revoke(account.id, id, changeIn(account, byOperator(clock))).catch((error: unknown) => {
      throw error instanceof Fault && error.code === 'key_not_found' ? unknownKey() : error;
    });
    if (options.json === true) {
      const revokedAt = new Date(timeIn(account, clock())).toISOString();
      console.log(JSON.stringify({ id, userId: account.publicId, revokedAt }));
      return;
    }
    console.log(`The API key ${id} of ${account.email} is revoked.`);
    console.error('A running server refuses it, and every token that it was traded for, within 2 seconds.');
  } finally {
    await installation.close();
  }
}

async function accountOf(installation: Installation, id: string, options: AccountChoice): Promise<Account> {
  if (options.account !== undefined || options.test === true) {
    return (await chosenAccount(installation, options)).account;
  }
  const holder = await installation.store.findKeyHolder(id);
  if (holder === null) throw unknownKey();
  return holder;
}

function unknownKey(): Error {
  return new Error(
    'There is no such API key: unknown, mistyped, or revoked already. See which there are with: kanda key list --account you@example.com',
  );
}
