import type { Kanda } from '../kanda.ts';
import type { Requirement, SecondFactorState } from './state.ts';

export type Awaitable<T> = T | Promise<T>;

/**
 * Whether the user has two-factor login, in your records. `ending`: it is off, and the secret may still be with Kanda; the
 * next enrolment replaces it.
 */
export type TwoFactor = 'off' | 'on' | 'ending';

/** What a log-in needs next: the password, a code, a new phone after a recovery code, or nothing. */
export type NextStep = 'sign_in' | 'code' | 'enrol' | 'done';

/** The application's user whom the first factor named. */
export interface SecondFactorUser {
  readonly clientId: string;
  /** What the authenticator app shows, such as the e-mail address. */
  readonly label: string;
  /** What `onChange` got last, and `off` before. Unless set, every user is taken to have it on. */
  readonly twoFactor?: TwoFactor | undefined;
  /**
   * When the first factor was shown, milliseconds since 1970: keep it in the session. A user who has two-factor login on
   * and shows no code within `halfOpenSeconds` is not signed in any more. 0 for a session that has no such time, as one
   * from before you kept it: its user logs in again, unless it has shown a code.
   */
  readonly signedInAt: number;
  /**
   * When two-factor login was last turned off, milliseconds since 1970: the time of the last `onChange` with `ending` or
   * `off`. What a session has shown or begun until then counts no more. Unless set, someone who had it on and off with a
   * phone of their own is still let in after the user has turned it on.
   */
  readonly twoFactorEndedAt?: number | null | undefined;
  /**
   * Any text that changes with each log-in: a second factor that was shown counts in its log-in alone, also where a
   * log-out takes only the user from the session. Unless set, a log-out must begin a new session or call `forget`.
   */
  readonly loginId?: string | null | undefined;
}

/** The application's session: whatever holds data of one browser and cannot be written by it. */
export interface SecondFactorSession {
  /** What `set` kept last. */
  get(): Awaitable<SecondFactorState | null | undefined>;
  set(state: SecondFactorState): Awaitable<void>;
}

export interface SecondFactorOptions<Request> {
  readonly kanda: Kanda;
  /** What the authenticator app shows as the name of your application. */
  readonly issuer: string;
  /** Who is signed in with the first factor; null or undefined: no one. */
  readonly user: (request: Request) => Awaitable<SecondFactorUser | null | undefined>;
  readonly session: (request: Request) => SecondFactorSession;
  /**
   * Called when an authenticator was confirmed or two-factor login turned off: keep it with the user, and with `ending` and
   * `off` the time, for `twoFactorEndedAt`. Set `off` only where the record is `ending`: it comes after a call to Kanda, and
   * another session may have turned it on meanwhile.
   */
  readonly onChange?: (request: Request, user: SecondFactorUser, twoFactor: TwoFactor) => Awaitable<void>;
  /** Called with what made an answer a 503 or 500, or left a secret behind, for your log. */
  readonly onError?: (error: unknown, request: Request) => void;
  /** How recent a code must be for recovery codes, a further phone, and to turn it off; 300 unless set. */
  readonly recentSeconds?: number;
  /** How long a log-in may wait for its code, after `signedInAt`; 900 unless set. */
  readonly halfOpenSeconds?: number;
  /** Milliseconds since 1970; the system's clock unless set. */
  readonly now?: () => number;
}

export interface RequireOptions extends Requirement {
  /** Lets users through whose `twoFactor` is not on. */
  readonly ifOn?: boolean;
  /** Where a browser is sent that lacks it; a 403 with JSON unless set. */
  readonly redirectTo?: string;
}

/** One request of a page, by a user who is signed in. */
export interface Visit<Request = unknown> {
  readonly request: Request;
  readonly user: SecondFactorUser;
  readonly session: SecondFactorSession;
  readonly state: SecondFactorState;
  /** When it began: what it shows is from then, also if two-factor login is turned off before it ends. */
  readonly at: number;
  readonly fields: Readonly<Record<string, unknown>>;
}

/** Without a record of the application's, it is asked of everyone. */
export function isOn({ twoFactor }: SecondFactorUser): boolean {
  return twoFactor === undefined || twoFactor === 'on';
}

/**
 * The same for a form that comes again, and another for another input. The page's key is known to its session alone, so
 * no one else gets the answer that is kept under this.
 */
export async function idempotencyKey(
  purpose: string,
  { user, fields }: Pick<Visit, 'user' | 'fields'>,
  shown: unknown,
): Promise<string> {
  const text = JSON.stringify([purpose, user.clientId, fields.page, shown ?? null]);
  const digest = await crypto.subtle.digest('SHA-256', new TextEncoder().encode(text));
  return Array.from(new Uint8Array(digest), (byte) => byte.toString(16).padStart(2, '0')).join('');
}
