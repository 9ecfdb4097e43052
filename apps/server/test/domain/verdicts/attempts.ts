import { createHotpKey, hotp, stepStart, type TotpParameters } from '@kanda/otp';
import {
  type AuthenticatorKey,
  type ClientState,
  type Decision,
  decide,
} from '../../../src/domain/verdicts/decide.ts';
import { type Lockout, NO_FAILURES } from '../../../src/domain/verdicts/lockout.ts';
import { FRESH_FACTOR, type MovingFactor } from '../../../src/domain/verdicts/methods/method.ts';
import { resetClock } from '../../../src/domain/verdicts/methods/totp.ts';
import { DEFAULT_POLICY, type Policy } from '../../../src/domain/verdicts/policy.ts';

/** The secret of RFC 4226 appendix D and RFC 6238 appendix B. */
export const KEY = createHotpKey(new TextEncoder().encode('12345678901234567890'), 'SHA1');
export const PARAMETERS: TotpParameters = { algorithm: 'SHA1', digits: 6, period: 30 };

/** Steps T of {@link KEY} found by trying eight million counters: T and T + 1 show the same six digits. */
export const NEIGHBOURS_THAT_COLLIDE = [59_061_240, 62_075_368, 65_343_997] as const;
/** The same for T and T + 2, the two ends of one window. */
export const ENDS_THAT_COLLIDE = [58_261_606, 58_292_673, 61_331_809] as const;

/** A client with one authenticator, which is most of them. */
export interface AuthenticatorState extends MovingFactor {
  readonly disabled: boolean;
  readonly lockout: Lockout;
}

/** An authenticator that no one has tried yet. */
export const FRESH: AuthenticatorState = { ...FRESH_FACTOR, disabled: false, lockout: NO_FAILURES };

export function clientOf({ disabled, lockout, ...factor }: AuthenticatorState): ClientState {
  return { disabled, pending: false, lockout, factors: [factor] };
}

/** Histories ask for the same steps over and over, and each costs two HMACs. */
const codes = new Map<number, number>();

export function codeOf(step: number): number {
  const known = codes.get(step);
  if (known !== undefined) return known;
  const code = hotp(KEY, step, PARAMETERS.digits);
  codes.set(step, code);
  return code;
}

/** The first millisecond of `step`. */
export function timeOf(step: number): number {
  return stepStart(step, PARAMETERS.period);
}

/** Codes of the steps from `step - skew` to `step + skew`, worked out one by one and not by the library's window. */
export function acceptableSteps(now: number, code: number, skew = DEFAULT_POLICY.skew): number[] {
  const current = Math.floor(now / 30_000);
  const steps: number[] = [];
  for (let step = Math.max(0, current - skew); step <= current + skew; step++) {
    if (codeOf(step) === code) steps.push(step);
  }
  return steps;
}

/** A code that no step from five before `now` to five after it shows. */
export function wrongCode(now: number): number {
  for (let code = 0; ; code++) if (acceptableSteps(now, code, 5).length === 0) return code;
}

export interface Tried extends Omit<Decision, 'next'> {
  readonly next: AuthenticatorState;
  /** How often the secret was opened. */
  readonly opened: number;
}

/** One attempt, against {@link KEY} unless it says otherwise, on a frozen state. */
export function attempt(
  state: AuthenticatorState,
  code: number,
  now: number,
  policy: Policy = DEFAULT_POLICY,
  parameters: TotpParameters = PARAMETERS,
  key = KEY,
): Tried {
  let opened = 0;
  const openKey = (): AuthenticatorKey => {
    opened += 1;
    return { method: 'totp', key, parameters };
  };
  const before = clientOf(frozen(state));
  const typed = { value: code, digits: parameters.digits };
  const { next: after, ...decision } = decide(before, openKey, typed, now, policy);
  const { disabled, lockout, factors } = after;
  const next = after === before ? state : { ...(factors[0] as MovingFactor), disabled, lockout };
  return { ...decision, next, opened };
}

function frozen(state: AuthenticatorState): AuthenticatorState {
  Object.freeze(state.lockout.recentFailures);
  Object.freeze(state.lockout);
  return Object.freeze(state);
}

/** The state after a reset of the clock (`resetClock`) that also unlocks. @param ahead times (ms) of accepted codes */
export function afterReset(
  state: AuthenticatorState,
  now: number,
  ahead: readonly number[],
): AuthenticatorState {
  const accepted = ahead.map((at) => ({ at, how: 'validated' as const }));
  return {
    ...state,
    ...resetClock(state, PARAMETERS.period, now, accepted, -1),
    lockout: NO_FAILURES,
  };
}
