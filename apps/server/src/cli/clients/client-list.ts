import { openExisting } from '../../compose/existing-installation.ts';
import type { Config } from '../../config/schema.ts';
import { CLIENT_STATUSES, type ClientStatus } from '../../domain/clients/client.ts';
import type { ClientFilter } from '../../domain/clients/ports.ts';
import type { Store } from '../../domain/store.ts';
import { clientView } from '../../http/routes/views.ts';
import { type AccountChoice, chosenAccount } from '../accounts/chosen-account.ts';
import { formatTable } from '../lib/table.ts';
import { terminalText } from '../lib/terminal-text.ts';

const PAGE = 200;

export interface ClientListOptions extends AccountChoice {
  readonly search?: string;
  readonly status?: string;
  readonly json?: boolean;
}

/** Prints the users of an account, newest first, a page at a time as they are read. */
export async function listClients(config: Config, options: ClientListOptions): Promise<void> {
  const status = statusOf(options.status);
  const { json = false, search: q = null } = options;
  const installation = await openExisting(config);
  try {
    const { account, email, now } = await chosenAccount(installation, options);
    let printed = 0;
    for await (const clients of pagesOf(installation.store, account.id, { q, status, now: now() })) {
      const views = clients.map((client) => clientView(client, now()));
      if (json) {
        for (const view of views) console.log(JSON.stringify(view));
      } else if (views.length > 0) {
        const rows = views.map((one) => [one.clientId, one.status, one.lastAcceptedAt ?? 'never', one.label]);
        const head = printed === 0 ? [['USER', 'STATUS', 'LAST ACCEPTED', 'LABEL']] : [];
        console.log(terminalText(formatTable([...head, ...rows])));
      }
      printed += views.length;
    }
    if (printed === 0 && !json) console.error(noneOf(email, q !== null || status !== null));
  } finally {
    await installation.close();
  }
}

function noneOf(email: string, isFiltered: boolean): string {
  return isFiltered ? `No user of ${email} matches.` : `${email} has no users.`;
}

function statusOf(text: string | undefined): ClientStatus | null {
  if (text === undefined) return null;
  const known = CLIENT_STATUSES.find((status) => status === text);
  if (known === undefined) throw new Error(`--status takes one of ${CLIENT_STATUSES.join(', ')}.`);
  return known;
}

async function* pagesOf(store: Pick<Store, 'listClients'>, accountId: number, filter: ClientFilter) {
  let cursor: string | null = null;
  do {
    const page: Awaited<ReturnType<Store['listClients']>> = await store.listClients(accountId, filter, {
      cursor,
      limit: PAGE,
    });
    yield page.data;
    cursor = page.nextCursor;
  } while (cursor !== null);
}
