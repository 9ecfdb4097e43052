import { createInterface } from 'node:readline/promises';
import { openExisting } from '../../compose/existing-installation.ts';
import type { Config } from '../../config/schema.ts';
import { normalizeEmail } from '../../domain/accounts/accounts.ts';
import { formatCount } from '../lib/format.ts';
import { accountEmail, byOperator } from './account.ts';
import { existingAccount } from './account-change.ts';

export interface DeleteAccountOptions {
  readonly email: string;
  readonly yes?: boolean;
  readonly json?: boolean;
}

/** Deletes an account with its users, keys and test half. Its log stays. */
export async function deleteAccount(config: Config, options: DeleteAccountOptions): Promise<void> {
  const email = accountEmail(options.email);
  const installation = await openExisting(config);
  try {
    const { store, clock } = installation;
    const account = await existingAccount(installation, email);
    const { total } = await store.countClients(account.id, clock());
    if (options.yes !== true) await askForIt(email, `${formatCount(total, 'user')} with their secrets`);
    await store.deleteAccount(account.id, byOperator(clock));
    const lastEvent = (await store.logHead(account.id))?.lastEvent ?? 0;
    if (options.json === true) {
      console.log(JSON.stringify({ userId: account.publicId, email, users: total, lastEvent }));
    } else {
      console.log(`${email} is deleted, with ${formatCount(total, 'user')}, log-ins and API keys.`);
    }
    console.error(
      `Its log stays, up to event ${lastEvent}, with ids of users, addresses that calls came from and user agents, ` +
        `${keptUntil(config)}: kanda logs --account ${account.publicId}. Backups keep what they have.`,
    );
  } finally {
    await installation.close();
  }
}

function keptUntil({ logRetentionDays }: Config): string {
  return logRetentionDays === null
    ? 'until you set KANDA_LOG_RETENTION'
    : `each event until it is ${formatCount(logRetentionDays, 'day')} old (KANDA_LOG_RETENTION)`;
}

async function askForIt(email: string, what: string): Promise<void> {
  if (!process.stdin.isTTY) {
    throw new Error('There is no terminal to ask whether you mean it. Nothing was changed. Add --yes.');
  }
  const ask = createInterface({ input: process.stdin, output: process.stderr });
  try {
    const typed = await ask.question(`This deletes ${email}, ${what}. Type the address again: `);
    if (normalizeEmail(typed.trim()) !== email)
      throw new Error('That is another address. Nothing was changed.');
  } finally {
    ask.close();
  }
}
