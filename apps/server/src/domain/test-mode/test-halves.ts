import type { Account } from '../accounts/account.ts';
import type { Change } from '../change.ts';
import type { RandomBytes } from '../randomness.ts';
import type { TestHalfStore } from './ports.ts';

const ID_BYTES = 15;

/** How the public id of a test half begins. */
export const TEST_ID = 'acc_test_';

/** Finds the test half of an account; each account has one, made when it is first asked for. */
export class TestHalves {
  readonly #store: TestHalfStore;
  readonly #randomBytes: RandomBytes;

  constructor(store: TestHalfStore, randomBytes: RandomBytes) {
    this.#store = store;
    this.#randomBytes = randomBytes;
  }

  /** The clock in it is as the store has it now: it is never remembered. Faults: account_not_found. */
  async of({ id }: Pick<Account, 'id'>, { at, origin }: Change): Promise<Account> {
    const present = await this.#store.findTestHalf(id);
    if (present !== null) return present;
    const publicId = `${TEST_ID}${Buffer.from(this.#randomBytes(ID_BYTES)).toString('hex')}`;
    return this.#store.createTestHalf({ liveId: id, publicId, at, origin });
  }
}
