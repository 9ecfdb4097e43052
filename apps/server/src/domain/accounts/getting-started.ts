import type { OwnChange } from './security-ports.ts';

/** How far one half of an account has come, from what is there and what is in its newest events. */
export interface FirstSteps {
  /** It has an API key that has not expired. */
  readonly apiKey: boolean;
  /** It has a user whose enrolment is confirmed. */
  readonly user: boolean;
  /** A code of one of its users was accepted. */
  readonly codeAccepted: boolean;
  /** One of these codes came with an API key, so from an application and not from the dashboard. */
  readonly appConnected: boolean;
}

/** What only an operator of the installation is shown (decision 0031). */
export interface OwnersSteps {
  /** The public id of the master key that this account's data key is wrapped by. */
  readonly masterKeyId: string;
  /** Whether this operator has said that this very key has a copy. No server can see that. */
  readonly masterKeySaved: boolean;
}

/** The list on the overview, as the store knows it. */
export interface GettingStarted {
  readonly live: FirstSteps;
  /** null: the account has no test half yet. */
  readonly test: FirstSteps | null;
  /** Whether a log-in to the account takes a code. */
  readonly twoFactor: boolean;
  /** null: the account does not have the operator mark. */
  readonly owner: OwnersSteps | null;
  readonly dismissed: boolean;
}

/** What a person may say about the list; absent: it stays as it is. */
export interface GettingStartedChange {
  readonly dismissed?: boolean;
  /** The id of the master key that has a copy; null: none has. Only from an operator. */
  readonly masterKeySaved?: string | null;
}

export interface GettingStartedStore {
  /** `now` in ms, by the server's clock. Faults: account_not_found. */
  findGettingStarted(accountId: number, now: number): Promise<GettingStarted>;
  /**
   * Records what became different; nothing is recorded when nothing did. Faults: token_invalid; body_invalid when an account
   * without the operator mark says something about the master key.
   */
  changeGettingStarted(asked: GettingStartedChange, change: OwnChange): Promise<GettingStarted>;
}
