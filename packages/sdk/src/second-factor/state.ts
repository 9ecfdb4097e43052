/** What the application's session keeps of a user's second factor. Plain JSON, so any session can hold it. */

/** How the user showed it. */
export type ShownMethod = 'totp' | 'hotp' | 'recovery_code';

const METHODS: readonly ShownMethod[] = ['totp', 'hotp', 'recovery_code'];

/** What is not a recovery code, which shows that the phone is lost. */
export const PHONES: readonly ShownMethod[] = ['totp', 'hotp'];

export interface SecondFactorState {
  /** Whose it is: a session that another user takes over has shown nothing. */
  readonly clientId: string;
  /** In which log-in: one that follows in the same session has shown nothing. */
  readonly loginId?: string;
  /** When Kanda last accepted a code, milliseconds since 1970; null: never in this session. */
  readonly at: number | null;
  readonly method: ShownMethod | null;
  /** The forms that were shown and may come back. */
  readonly pages: readonly { readonly key: string; readonly shownAt: number }[];
  /** What was accepted while its form may come again: that is as old as it was the first time. */
  readonly accepted: readonly { readonly key: string; readonly at: number }[];
  /** The enrolment that this session has begun last, and the form that did it. */
  readonly begun?: {
    readonly authenticatorId: string;
    readonly page: string;
    readonly at: number;
    readonly isConfirmed?: true;
  };
}

/** Whose state it is. */
export interface StateOwner {
  readonly clientId: string;
  readonly loginId?: string | null | undefined;
  /** When this user's two-factor login was last turned off. */
  readonly twoFactorEndedAt?: number | null | undefined;
}

/** Forms that may be open at once, such as in several tabs. */
const MAX_PAGES = 8;
const PAGE_LIFE_MS = 60 * 60_000;

/** What a session keeps that has shown nothing. No user has this clientId. */
export const NOTHING_SHOWN: SecondFactorState = {
  clientId: '',
  at: null,
  method: null,
  pages: [],
  accepted: [],
};

/**
 * The state of this user in this log-in, without what is from before two-factor login was last turned off; one of another
 * user or log-in, or none, is empty.
 */
export function stateOf(
  kept: SecondFactorState | null | undefined,
  { clientId, loginId, twoFactorEndedAt }: StateOwner,
): SecondFactorState {
  if (kept?.clientId === clientId && (kept.loginId ?? null) === (loginId ?? null))
    return after(kept, twoFactorEndedAt ?? null);
  return { ...NOTHING_SHOWN, clientId, ...(typeof loginId === 'string' ? { loginId } : {}) };
}

/** What was shown by then may be of someone else than the user who has turned it on since. */
function after(state: SecondFactorState, endedAt: number | null): SecondFactorState {
  if (endedAt === null) return state;
  const { at, method, pages, accepted, begun, ...whose } = state;
  return {
    ...whose,
    ...(at !== null && at > endedAt ? { at, method } : { at: null, method: null }),
    // A form from before would get the answer that Kanda has kept for it.
    pages: pages.filter(({ shownAt }) => shownAt > endedAt),
    accepted: accepted.filter((one) => one.at > endedAt),
    ...(begun !== undefined && begun.at > endedAt ? { begun } : {}),
  };
}

export function withPage(state: SecondFactorState, key: string, now: number): SecondFactorState {
  return { ...state, pages: [...state.pages, { key, shownAt: now }].slice(-MAX_PAGES) };
}

/** The state after the form with this key began an enrolment. */
export function withBegun(
  state: SecondFactorState,
  authenticatorId: string,
  page: string,
  at: number,
): SecondFactorState {
  const isSame = state.begun?.authenticatorId === authenticatorId;
  return { ...state, begun: { ...(isSame ? state.begun : {}), authenticatorId, page, at } };
}

/** The state after this authenticator was confirmed. Its page shows the secret no more. */
export function withConfirmed(
  state: SecondFactorState,
  authenticatorId: string,
  at: number,
): SecondFactorState {
  return { ...state, begun: { authenticatorId, page: '', at, isConfirmed: true } };
}

/** Whether Kanda accepted what was sent with this Idempotency-Key, in this session. */
export function hasAccepted({ accepted }: SecondFactorState, key: string): boolean {
  return accepted.some((one) => one.key === key);
}

/** Whether this session showed that form, within the last hour. */
export function showedPage(state: SecondFactorState, key: unknown, now: number): key is string {
  return state.pages.some((page) => page.key === key && now - page.shownAt < PAGE_LIFE_MS);
}

/** The state after Kanda accepted what was sent with this Idempotency-Key. */
export function withAccepted(
  state: SecondFactorState,
  key: string,
  method: ShownMethod,
  now: number,
): SecondFactorState {
  // The answer that was kept for a form that came again: nothing was shown anew.
  if (hasAccepted(state, key)) return state;
  // By age and not by count: a form that may come again must find its own. It was shown before it was accepted.
  const live = state.accepted.filter(({ at }) => now - at < PAGE_LIFE_MS);
  return { ...state, at: now, method, accepted: [...live, { key, at: now }] };
}

/** How fresh it must be, and how it must have been shown. */
export interface Requirement {
  /** Seconds since a code was accepted, at most; any time in this session unless set. */
  readonly maxAgeSeconds?: number;
  /** Accepted ways; phones and recovery codes unless set. */
  readonly methods?: readonly ShownMethod[];
}

/** Whether the session has what is required. A time in the future, of a clock that was set back, is not fresh. */
export function fulfils(
  { at, method }: SecondFactorState,
  { maxAgeSeconds, methods = METHODS }: Requirement,
  now: number,
): boolean {
  if (at === null || method === null || !methods.includes(method)) return false;
  return maxAgeSeconds === undefined || (now >= at && now - at <= maxAgeSeconds * 1_000);
}
