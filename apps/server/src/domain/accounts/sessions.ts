import type { Bearers } from '../keys/bearers.ts';
import type { Page, PageRequest } from '../page.ts';
import type { Store } from '../store.ts';
import type { OwnChange, Session } from './security-ports.ts';

type SessionsStore = Pick<Store, 'endOtherSessions' | 'endSession' | 'listSessions'>;

/** The log-ins of an account, seen and ended by itself. */
export class Sessions {
  readonly #store: SessionsStore;
  readonly #bearers: Bearers;

  constructor(store: SessionsStore, bearers: Bearers) {
    this.#store = store;
    this.#bearers = bearers;
  }

  /** Newest first. */
  list(accountId: number, now: number, page: PageRequest): Promise<Page<Session>> {
    return this.#store.listSessions(accountId, now, page);
  }

  /** Its token stops here at once, on other nodes within two seconds. Faults: session_not_found. */
  async end(id: string, change: OwnChange): Promise<void> {
    await this.#store.endSession(id, change);
    this.#bearers.forgetAccount(change.accountId);
  }

  /** Ends every session but the one that asks, and answers when their tokens have stopped here. */
  async endOthers(change: OwnChange): Promise<void> {
    await this.#store.endOtherSessions(change);
    this.#bearers.forgetAccount(change.accountId);
  }
}
