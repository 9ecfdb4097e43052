import type { Installation } from '../../compose/installation.ts';
import { type Account, timeIn } from '../../domain/accounts/account.ts';
import { type Change, changeIn } from '../../domain/change.ts';
import { byOperator } from '../accounts/account.ts';

/** An account as it is now; null: not made yet. */
export interface Halves {
  readonly email: string;
  readonly live: Account | null;
  readonly test: Account | null;
}

/** The account with this address, which an earlier step may have made. @throws for people */
export async function liveHalf({ store }: Installation, email: string): Promise<Account> {
  const account = await store.findAccountByEmail(email);
  if (account !== null) return account;
  throw new Error(`The account ${email} is not there any more.`);
}

/** The half that something is wanted in, made when it is not there. */
export async function halfOf(
  installation: Installation,
  email: string,
  test: boolean | undefined,
): Promise<Account> {
  const live = await liveHalf(installation, email);
  return test === true ? installation.testHalves.of(live, byOperator(installation.clock)) : live;
}

/** Now, by the operator, in this half. */
export function changeBy({ clock }: Installation, half: Account): Change {
  return changeIn(half, byOperator(clock));
}

/** ms, by the clock of the half. */
export function nowIn({ clock }: Installation, half: Account): number {
  return timeIn(half, clock());
}
