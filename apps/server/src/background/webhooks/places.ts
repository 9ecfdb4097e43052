const WEBHOOKS_AT_ONCE = 32;
/** Of one account, its test half counted with it: receivers that answer late must not hold all places. */
const OF_ONE_ACCOUNT = 4;

/** A webhook that has something to send. */
interface Due {
  readonly ownerId: number;
  /** When (ms of uptime) its last turn ended. */
  readonly servedAt: number;
}

/**
 * Those that get the places that are free. Accounts take turns, that first whose last turn began longest ago, and none
 * gets a second place before all that wait have one; of an account's webhooks the one that has waited longest.
 *
 * @param serving the account of each that has a place
 * @param turns when (ms of uptime) the last turn of an account began
 */
export function nextToServe<T extends Due>(
  due: readonly T[],
  serving: readonly number[],
  turns: ReadonlyMap<number, number>,
): T[] {
  const queues = Map.groupBy(
    due.toSorted((a, b) => a.servedAt - b.servedAt),
    ({ ownerId }) => ownerId,
  );
  const turnOf = (owner: number) => turns.get(owner) ?? Number.NEGATIVE_INFINITY;
  const owners = [...queues.keys()].sort((a, b) => turnOf(a) - turnOf(b) || 0);
  const held = new Map(
    [...Map.groupBy(serving, (owner) => owner)].map(([owner, { length }]) => [owner, length]),
  );
  const free = WEBHOOKS_AT_ONCE - serving.length;
  const next: T[] = [];
  for (let places = 1; places <= OF_ONE_ACCOUNT; places++) {
    for (const owner of owners) {
      const has = held.get(owner) ?? 0;
      if (next.length >= free) return next;
      if (has >= places) continue;
      const one = queues.get(owner)?.shift();
      if (one === undefined) continue;
      held.set(owner, has + 1);
      next.push(one);
    }
  }
  return next;
}
