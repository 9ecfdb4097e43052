/** One secret as the oracle sees it: its own HOTP and TOTP (RFC 4226, RFC 6238), and what of it was used. */
import { createHmac, createSecretKey, type KeyObject } from 'node:crypto';
import type { TotpParameters } from '@kanda/otp';
import type { Policy } from '../../apps/server/src/domain/verdicts/policy.ts';

/** The furthest that any policy may look ahead, in steps. */
const WIDEST_SKEW = 2;
/** The same when a first code is judged. */
const WIDEST_CONFIRMATION = 5;
/** The furthest that a window of any authenticator can have been from the clock: it may have been set anew. */
export const FARTHEST_STEP = 25;
/** How far a clock may be followed, in steps. */
export const FARTHEST_DRIFT = 10;
/** How far ahead of the clock a code can be accepted, by any call, whatever the policy was then. */
export const HIGHEST_ACCEPTED = FARTHEST_DRIFT + WIDEST_CONFIRMATION;
/** For how long before now the window of an accepted code may have reached further than that of now, ms. */
export const LONGEST_REACH_MS = HIGHEST_ACCEPTED * 300_000;
/** How many counters of a token a restore skips. */
export const SKIPPED_COUNTERS = 10;
/** More used steps above all others are not remembered. */
const MOST_ABOVE = 32;

/** A key as OpenSSL holds it, and the codes computed with it: a raw key costs several times as much for each. */
const known = new WeakMap<Buffer, { key: KeyObject; codes: Map<number, string> }>();

/** The code of one step (RFC 4226 §5.3 over RFC 6238 §4.2). A secret belongs to one client, and so to its parameters. */
export function codeOf(secret: Buffer, { algorithm, digits }: TotpParameters, step: number): string {
  const { key, codes } = knownOf(secret);
  let code = codes.get(step);
  if (code === undefined) {
    code = computeCode(key, algorithm, digits, step);
    codes.set(step, code);
  }
  return code;
}

/** The same by another algorithm than its own. Not kept, as hardly any is asked for twice. */
export function codeByOther(secret: Buffer, algorithm: string, digits: number, step: number): string {
  return computeCode(knownOf(secret).key, algorithm, digits, step);
}

function knownOf(secret: Buffer) {
  let entry = known.get(secret);
  if (entry === undefined) {
    entry = { key: createSecretKey(secret), codes: new Map() };
    known.set(secret, entry);
  }
  return entry;
}

function computeCode(key: KeyObject, algorithm: string, digits: number, step: number): string {
  const counter = Buffer.alloc(8);
  counter.writeUInt32BE(Math.floor(step / 2 ** 32), 0);
  counter.writeUInt32BE(step % 2 ** 32, 4);
  const mac = createHmac(algorithm, key).update(counter).digest();
  const offset = (mac.at(-1) ?? 0) & 15;
  return String((mac.readUInt32BE(offset) & 0x7fffffff) % 10 ** digits).padStart(digits, '0');
}

/** Only of phones: a token has no clock. */
export function stepAt(now: number, { period }: TotpParameters): number {
  return Math.floor(now / 1000 / period);
}

/** What of a secret may not be accepted: all up to a step, and single ones above it. */
export class UsedSteps {
  upTo: number;
  above: readonly number[];

  constructor(upTo = -1, above: readonly number[] = []) {
    this.upTo = upTo;
    this.above = above;
  }

  has(step: number): boolean {
    return step <= this.upTo || this.above.includes(step);
  }

  /** The highest of all. */
  get highest(): number {
    return Math.max(this.upTo, ...this.above);
  }

  raise(step: number): void {
    this.upTo = Math.max(this.upTo, step);
    this.above = this.above.filter((one) => one > this.upTo);
  }

  burn(steps: readonly number[]): void {
    const fresh = [...new Set(steps)].filter((step) => !this.has(step));
    if (fresh.length === 0) return;
    const all = [...this.above, ...fresh]
      .filter((step) => step > this.upTo)
      .sort((one, other) => one - other);
    const surplus = all.length - Math.max(MOST_ABOVE, this.above.length);
    if (surplus > 0) this.upTo = all[surplus - 1] as number;
    this.above = all.slice(Math.max(0, surplus));
  }

  /** All that is in one of these. */
  static union(all: readonly UsedSteps[]): UsedSteps {
    const union = new UsedSteps(Math.max(-1, ...all.map(({ upTo }) => upTo)));
    union.burn(all.flatMap(({ above }) => above));
    return union;
  }
}

/** A code that was accepted, by the log. */
export interface Accepted {
  readonly at: number;
  readonly how: 'login' | 'first code' | 'pair';
}

export const ALL = 'all';

export class OracleAuthenticator {
  readonly name: string;
  readonly parameters: TotpParameters;
  secret: Buffer;
  used: UsedSteps;
  /** Until when it can be confirmed; null: it is. */
  until: number | null;
  wrongCodes = 0;
  /** How many steps its clock is ahead. */
  drift = 0;
  /** Which others its confirmation ends: all of them, or the one of a name. */
  readonly replaces: typeof ALL | { readonly name: string } | null;

  constructor(
    name: string,
    parameters: TotpParameters,
    secret: Buffer,
    used: UsedSteps,
    until: number | null,
    replaces: OracleAuthenticator['replaces'],
  ) {
    this.name = name;
    this.parameters = parameters;
    this.secret = secret;
    this.used = used;
    this.until = until;
    this.replaces = replaces;
  }

  isThere(now: number): boolean {
    return this.until === null || now < this.until;
  }

  get isToken(): boolean {
    return this.parameters.period === 0;
  }

  /**
   * Where its codes may lie, highest first: around the clock's step, and where drift is followed around its own step,
   * too; of a token, from as many before the last used one as after the next.
   */
  window(now: number, { lookAhead, followDrift }: Policy, skew: number, used = this.used): number[] {
    const around = (middle: number) =>
      Array.from({ length: 2 * skew + 1 }, (_, index) => middle - skew + index).filter((step) => step >= 0);
    if (this.isToken) {
      const first = Math.max(0, used.upTo - lookAhead);
      return Array.from(
        { length: used.upTo + 1 + lookAhead - first + 1 },
        (_, index) => first + index,
      ).reverse();
    }
    const current = stepAt(now, this.parameters);
    const own = followDrift && this.drift !== 0 ? around(Math.max(0, current + this.drift)) : [];
    return [...new Set([...around(current), ...own])].sort((one, other) => other - one);
  }

  /** The highest step of its window that shows the code; null: none. */
  stepOf(code: string, now: number, policy: Policy, skew: number, used = this.used): number | null {
    return this.window(now, policy, skew, used).find((step) => this.codeAt(step) === code) ?? null;
  }

  codeAt(step: number): string {
    return codeOf(this.secret, this.parameters, step);
  }

  /** Whether what was used lies further ahead than any window: this server's clock was ahead. */
  isAhead(now: number, { upTo }: UsedSteps = this.used): boolean {
    if (this.isToken) return false;
    return upTo > stepAt(now, this.parameters) + WIDEST_SKEW + Math.max(0, this.drift);
  }

  /** A code of `step` was accepted by a login: a clock that is followed is taken for one step nearer to it. */
  accept(step: number, now: number, { followDrift }: Policy): void {
    this.used.raise(step);
    if (!followDrift || this.isToken) return;
    const seen = step - stepAt(now, this.parameters);
    if (seen > this.drift) this.drift = Math.min(this.drift + 1, FARTHEST_DRIFT);
    if (seen < this.drift) this.drift = Math.max(this.drift - 1, -FARTHEST_DRIFT);
  }

  /** The code was accepted by another authenticator, as the code of `step`: where this one shows it, it is used. */
  spend(code: string, step: number, now: number, policy: Policy): void {
    const candidates = [step, ...this.window(now, policy, policy.skew)];
    this.used.burn(candidates.filter((one) => this.codeAt(one) === code));
  }

  isReplacedBy({ replaces }: OracleAuthenticator): boolean {
    return replaces === ALL || replaces?.name === this.name;
  }

  /**
   * What a clock that was ahead left is taken back, as far as a right one can have left it; each step that may have been
   * accepted by the wrong one stays used.
   *
   * @param unknown up to where nothing is known of what was accepted
   */
  resetClock(now: number, accepted: readonly Accepted[], unknown: number): void {
    if (this.isToken) return;
    const { upTo, above } = this.used;
    const inReach = stepAt(now, this.parameters) + WIDEST_SKEW + Math.max(0, this.drift);
    const lowered = Math.max(unknown, inReach);
    if (upTo <= lowered) return;
    const around = accepted.flatMap(({ at, how }) => {
      const reach = {
        login: WIDEST_SKEW + FARTHEST_DRIFT,
        'first code': WIDEST_CONFIRMATION + FARTHEST_DRIFT,
        pair: FARTHEST_DRIFT + 1,
      }[how];
      const middle = stepAt(at, this.parameters);
      return Array.from({ length: 2 * reach + 1 }, (_, index) => middle - reach + index);
    });
    const burnt = around.filter((step) => step < upTo);
    const left = [...new Set([...above, ...burnt, upTo])].filter((step) => step > lowered);
    this.used = new UsedSteps(
      lowered,
      left.sort((one, other) => one - other),
    );
  }

  /** Every code that could have been accepted up to `now` is burnt, whatever the policy was. */
  restore(now: number): void {
    if (this.isToken) {
      this.used.raise(this.used.upTo + SKIPPED_COUNTERS);
      return;
    }
    this.used.raise(stepAt(now, this.parameters) + HIGHEST_ACCEPTED);
  }
}
