import type { Installation } from '../../compose/installation.ts';
import { type Account, timeIn } from '../../domain/accounts/account.ts';
import { normalizeEmail } from '../../domain/accounts/accounts.ts';
import { type Change, changeIn } from '../../domain/change.ts';
import { TEST_ID } from '../../domain/test-mode/test-halves.ts';
import { formatTime } from '../lib/format.ts';
import { byOperator } from './account.ts';

/** How a command names an account. */
export interface AccountChoice {
  /** Its address, or its user id; absent: the only one that there is. */
  readonly account?: string;
  /** Its test half. */
  readonly test?: boolean;
}

/** An account, and when and by whom something is done in it. */
export interface ChosenAccount {
  readonly account: Account;
  /** Its live account's, by which people know it. */
  readonly email: string;
  /** ms, in the account. */
  now(): number;
  change(): Change;
}

const USER_ID = /^acc_[0-9a-z_]+$/;

/** The account that the operator means; `alsoDeleted`: whose log is all that is left, too. @throws for people, when it is not there or not named */
export async function chosenAccount(
  { store, clock }: Pick<Installation, 'store' | 'clock'>,
  { account: named, test = false }: AccountChoice,
  alsoDeleted = false,
): Promise<ChosenAccount> {
  const live = named === undefined ? await onlyAccount(store) : await namedAccount(store, named, alsoDeleted);
  const account = test ? await store.findTestHalf(live.id) : live;
  if (account === null) {
    throw new Error(`${live.email} has no test half yet: the first test key makes it.`);
  }
  return {
    account,
    email: live.email,
    now: () => timeIn(account, clock()),
    change: () => changeIn(account, byOperator(clock)),
  };
}

async function onlyAccount(store: Installation['store']): Promise<Account> {
  const { data } = await store.listAccounts({ cursor: null, limit: 2 });
  const [first, second] = data;
  if (first === undefined) {
    throw new Error('There is no account yet. Make one with: kanda account create --email you@example.com');
  }
  if (second !== undefined) {
    throw new Error(
      'There are several accounts: say which one with --account. See which there are with: kanda account list',
    );
  }
  return first;
}

async function namedAccount(
  store: Installation['store'],
  named: string,
  alsoDeleted: boolean,
): Promise<Account> {
  const text = named.trim();
  if (text.startsWith(TEST_ID)) {
    throw new Error(`${text} is a test half. Name its account instead, and add --test.`);
  }
  const found = USER_ID.test(text)
    ? await store.findAccountByPublicId(text)
    : await store.findAccountByEmail(normalizeEmail(text));
  if (found?.deletedAt !== undefined && !alsoDeleted) {
    throw new Error(
      `The account ${text} was deleted on ${formatTime(found.deletedAt)}. Its log is there: kanda logs --account ${text}`,
    );
  }
  if (found !== null) return found;
  throw new Error(`There is no account ${text}. See which there are with: kanda account list`);
}
