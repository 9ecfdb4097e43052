import { EXPIRY_NOTICE_MS, type KeyCounts, UNUSED_AFTER_MS } from '../../../domain/keys/api-key.ts';
import type { Executor } from '../../operations-store.ts';

/** Few enough that a look holds up nothing. */
const KEYS_PER_LOOK = 1_000;

/** How many keys of all accounts end soon, or were not used for long, at `now` (ms, by the server's clock). */
export async function countKeys({ read }: Pick<Executor, 'read'>, now: number): Promise<KeyCounts> {
  let [expiring, unused] = [0, 0];
  for (let after: readonly [number, string] | null = null; ; ) {
    const keys = await read((db) => {
      const some = db
        .selectFrom('api_key')
        .select(['account_id', 'id', 'created_at', 'expires_at', 'last_used_at'])
        .orderBy('account_id')
        .orderBy('id')
        .limit(KEYS_PER_LOOK);
      if (after === null) return some.execute();
      const [accountId, id] = after;
      return some
        .where((where) => where(where.refTuple('account_id', 'id'), '>', where.tuple(accountId, id)))
        .execute();
    }, 'upkeep');
    for (const key of keys) {
      if (key.expires_at !== null && key.expires_at <= now) continue;
      if (key.expires_at !== null && key.expires_at <= now + EXPIRY_NOTICE_MS) expiring += 1;
      if ((key.last_used_at ?? key.created_at) < now - UNUSED_AFTER_MS) unused += 1;
    }
    const last = keys.at(-1);
    if (last === undefined || keys.length < KEYS_PER_LOOK) return { expiring, unused };
    after = [last.account_id, last.id];
  }
}
