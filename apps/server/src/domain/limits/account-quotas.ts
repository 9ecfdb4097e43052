import type { Account } from '../accounts/account.ts';
import type { Change } from '../change.ts';
import { DAY_MS } from '../time.ts';
import type { UsageStore } from './ports.ts';
import {
  firstHourOfDay,
  type Quotas,
  quotasOfTestHalf,
  type Standing,
  standingOf,
  type Usage,
  usageOf,
  WITHIN,
} from './quotas.ts';

/** No account writes faster to one process: what is left of its quota cannot be used up sooner. */
const EVENTS_PER_MS = 5;
const MIN_BETWEEN_READS_MS = 1_000;
const MAX_BETWEEN_READS_MS = 60_000;
/** What is remembered of more accounts than this is dropped and read again. */
const MAX_REMEMBERED = 10_000;

/** As far as quotas ask: who it is, and whether it is a test half. */
type Holder = Pick<Account, 'id' | 'test'>;

interface Remembered {
  standing: Standing;
  /** ms: when it was read, or began to be. */
  readAt: number;
  /** ms: until when it need not be read again. */
  until: number;
}

/**
 * How accounts stand to their quotas. A validation looks a standing up in memory; it is read from the store beside it,
 * once a minute for an account that is far from its quota and once a second for one that is near. So an account may
 * write on for a second after it has reached its quota.
 */
export class AccountQuotas {
  readonly #live: Quotas;
  readonly #test: Quotas;
  readonly #store: UsageStore;
  readonly #remembered = new Map<number, Remembered>();

  constructor(quotas: Quotas, store: UsageStore) {
    this.#live = quotas;
    this.#test = quotasOfTestHalf(quotas);
    this.#store = store;
  }

  /** What an account may have; a change says of itself whether a test half makes it. */
  of({ test, offsetMs }: Pick<Account, 'test'> & Pick<Change, 'offsetMs'>): Quotas {
    return test === undefined && offsetMs === undefined ? this.#live : this.#test;
  }

  /** As it was when it was read last; `within` for an account that was not read yet. `now`: ms, in the account. */
  standing(account: Holder, now: number): Standing {
    const accountId = account.id;
    const known = this.#remembered.get(accountId);
    if (known === undefined || now >= known.until || now < known.readAt) {
      // The next call asks the store again when this one could not.
      this.#remember(accountId, {
        standing: known?.standing ?? WITHIN,
        readAt: now,
        until: now + MIN_BETWEEN_READS_MS,
      });
      this.read(account, now).catch(() => {});
    }
    return known?.standing ?? WITHIN;
  }

  /** For what makes something new: it is read now. Faults: event_quota_exceeded, storage_quota_exceeded. */
  async assertWithin(accountId: number, change: Pick<Change, 'at' | 'offsetMs'>): Promise<void> {
    await this.#read(accountId, this.of(change), change.at, change.offsetMs);
    const standing = this.#remembered.get(accountId)?.standing ?? WITHIN;
    if (standing.level !== 'within') throw standing.fault;
  }

  /** For what only adds to the log. Faults: event_quota_exceeded. */
  assertMayWrite(account: Holder, now: number): void {
    const standing = this.standing(account, now);
    if (standing.level === 'far over') throw standing.fault;
  }

  /** What the account uses now. */
  read(account: Holder, now: number): Promise<Usage> {
    return this.#read(account.id, this.of(account), now, account.test?.offsetMs);
  }

  /** @param offsetMs of a test half: by how much its clock, which `now` is of, is ahead */
  async #read(accountId: number, quotas: Quotas, now: number, offsetMs?: number): Promise<Usage> {
    const since = offsetMs === undefined ? undefined : now - offsetMs - DAY_MS;
    const usage = usageOf(await this.#store.readUsage(accountId, firstHourOfDay(now), since));
    const left = Math.max(0, (quotas.events ?? Number.POSITIVE_INFINITY) - usage.events);
    const pause = Math.min(MAX_BETWEEN_READS_MS, Math.max(MIN_BETWEEN_READS_MS, left / EVENTS_PER_MS));
    this.#remember(accountId, {
      standing: standingOf(usage, quotas, now),
      readAt: now,
      until: now + pause,
    });
    return usage;
  }

  #remember(accountId: number, remembered: Remembered): void {
    if (this.#remembered.size >= MAX_REMEMBERED && !this.#remembered.has(accountId)) this.#remembered.clear();
    this.#remembered.set(accountId, remembered);
  }
}
