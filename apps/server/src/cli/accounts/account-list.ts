import { openExisting } from '../../compose/existing-installation.ts';
import { storePlace } from '../../compose/store-place.ts';
import type { Config } from '../../config/schema.ts';
import type { Account } from '../../domain/accounts/account.ts';
import type { Store } from '../../domain/store.ts';
import { shownAddress } from '../../store/postgres/database-url.ts';
import { formatTable } from '../lib/table.ts';
import { shownAccount } from './shown-account.ts';

const PAGE = 200;

/** Prints every account, oldest first. */
export async function listAccounts(
  config: Config,
  { json = false }: { readonly json?: boolean },
): Promise<void> {
  const { store, close } = await openExisting(config);
  try {
    const accounts = (await allAccounts(store)).map(shownAccount);
    if (json) {
      console.log(JSON.stringify(accounts, null, 2));
    } else if (accounts.length === 0) {
      const { databaseUrl } = config;
      const place = databaseUrl === null ? storePlace(config).dataDir : shownAddress(databaseUrl.reveal());
      console.error(
        `There is no account in ${place}. Make one with: kanda account create --email you@example.com`,
      );
    } else {
      const rows = accounts.map(({ userId, email, status, createdAt }) => [userId, email, status, createdAt]);
      console.log(formatTable([['USER ID', 'EMAIL', 'STATUS', 'CREATED'], ...rows]));
    }
  } finally {
    await close();
  }
}

async function allAccounts(store: Pick<Store, 'listAccounts'>): Promise<Account[]> {
  const accounts: Account[] = [];
  let cursor: string | null = null;
  do {
    const page: Awaited<ReturnType<Store['listAccounts']>> = await store.listAccounts({
      cursor,
      limit: PAGE,
    });
    accounts.push(...page.data);
    cursor = page.nextCursor;
  } while (cursor !== null);
  return accounts;
}
