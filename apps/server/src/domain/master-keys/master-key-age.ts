import { INSTALLATION_ACCOUNT } from '../accounts/account.ts';
import type { Store } from '../store.ts';
import type { Clock } from '../time.ts';

/** A scrape every few seconds must not become a query every few seconds. */
const LOOK_AGAIN_MS = 60_000;

/** The installation's log is short, but for log-ins with a second factor. */
const PAGES = 20;

/**
 * Gives what tells for how many seconds the current master key has been in use: since the newest rotation in
 * the installation's log or, without one, since the first account was made. null while that is not known.
 */
export function masterKeyAge(
  store: Pick<Store, 'listEvents' | 'listAccounts'>,
  clock: Clock,
): () => Promise<number | null> {
  let since: number | null = null;
  let lookAt = Number.NEGATIVE_INFINITY;

  async function look(): Promise<number | null> {
    const filter = {
      event: 'masterkey.rotated',
      outcome: 'success',
      clientId: null,
      from: null,
      to: null,
    } as const;
    let cursor: string | null = null;
    for (let page = 0; page < PAGES; page++) {
      const rotations = await store.listEvents(INSTALLATION_ACCOUNT, filter, { cursor, limit: 1 });
      const [rotation] = rotations.data;
      if (rotation !== undefined) return rotation.at;
      cursor = rotations.nextCursor;
      if (cursor === null) break;
    }
    const accounts = await store.listAccounts({ cursor: null, limit: 1 });
    return accounts.data[0]?.createdAt ?? null;
  }

  return async () => {
    const now = clock();
    if (now >= lookAt) {
      lookAt = now + LOOK_AGAIN_MS;
      // While the store cannot be read, the rest of the figures matter all the more.
      since = await look().catch(() => since);
    }
    return since === null ? null : Math.max(0, now - since) / 1000;
  };
}
