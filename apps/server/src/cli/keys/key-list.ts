import { openExisting } from '../../compose/existing-installation.ts';
import type { Config } from '../../config/schema.ts';
import type { ApiKey } from '../../domain/keys/api-key.ts';
import type { Store } from '../../domain/store.ts';
import { keyView } from '../../http/routes/views.ts';
import { type AccountChoice, chosenAccount } from '../accounts/chosen-account.ts';
import { formatTable } from '../lib/table.ts';
import { terminalText } from '../lib/terminal-text.ts';

const PAGE = 200;

export interface KeyListOptions extends AccountChoice {
  readonly json?: boolean;
}

/** Prints the API keys of an account, newest first. */
export async function listKeys(config: Config, options: KeyListOptions): Promise<void> {
  const installation = await openExisting(config);
  try {
    const { account, email, now } = await chosenAccount(installation, options);
    const keys = (await allKeys(installation.store, account.id)).map((key) => keyView(key, account));
    if (options.json === true) {
      console.log(JSON.stringify(keys, null, 2));
    } else if (keys.length === 0) {
      console.error(`${email} has no API key. Make one with: kanda key create --name "my app"`);
    } else {
      const at = new Date(now()).toISOString();
      const rows = keys.map(({ id, name, scopes, expiresAt, lastUsedAt }) => [
        id,
        lastUsedAt ?? 'never',
        expiresAt === null ? 'never' : expiresAt <= at ? `ended ${expiresAt}` : expiresAt,
        scopes.join(','),
        name,
      ]);
      console.log(terminalText(formatTable([['ID', 'LAST USED', 'EXPIRES', 'SCOPES', 'NAME'], ...rows])));
    }
  } finally {
    await installation.close();
  }
}

/** All API keys of an account that are not revoked, newest first. */
export async function allKeys(store: Pick<Store, 'listApiKeys'>, accountId: number): Promise<ApiKey[]> {
  const keys: ApiKey[] = [];
  let cursor: string | null = null;
  do {
    const page: Awaited<ReturnType<Store['listApiKeys']>> = await store.listApiKeys(accountId, {
      cursor,
      limit: PAGE,
    });
    keys.push(...page.data);
    cursor = page.nextCursor;
  } while (cursor !== null);
  return keys;
}
