/** One secret as the oracle sees it: its own TOTP (RFC 4226, RFC 6238), and what of it was used. */
import { createHmac, createSecretKey, type KeyObject } from 'node:crypto';
import type { TotpParameters } from '@kanda/otp';

/** The furthest that any policy may look ahead, in steps. */
export const WIDEST_SKEW = 2;
/** The same when a first code is judged. */
export const WIDEST_CONFIRMATION = 5;
/** The furthest that a window of any authenticator can have been from the clock: it may have been set anew. */
export const FARTHEST_STEP = 25;

/** A key as OpenSSL holds it, and the codes computed with it: a raw key costs several times as much for each. */
const known = new WeakMap<Buffer, { key: KeyObject; codes: Map<number, string> }>();

/** The code of one step (RFC 4226 §5.3 over RFC 6238 §4.2). A secret belongs to one client, and so to its parameters. */
export function codeOf(secret: Buffer, { algorithm, digits }: TotpParameters, step: number): string {
  let entry = known.get(secret);
  if (entry === undefined) {
    entry = { key: createSecretKey(secret), codes: new Map() };
    known.set(secret, entry);
  }
  let code = entry.codes.get(step);
  if (code === undefined) {
    const counter = Buffer.alloc(8);
    counter.writeBigUInt64BE(BigInt(step));
    const mac = createHmac(algorithm.toLowerCase(), entry.key).update(counter).digest();
    const offset = (mac.at(-1) ?? 0) & 15;
    code = String((mac.readUInt32BE(offset) & 0x7fffffff) % 10 ** digits).padStart(digits, '0');
    entry.codes.set(step, code);
  }
  return code;
}

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

  add(step: number): void {
    if (!this.has(step)) this.above = [...this.above, step].sort((one, other) => one - other);
  }

  /** All that is in one of these. */
  static union(all: readonly UsedSteps[]): UsedSteps {
    const union = new UsedSteps(Math.max(-1, ...all.map(({ upTo }) => upTo)));
    for (const { above } of all) for (const step of above) union.add(step);
    return union;
  }
}

export class OracleAuthenticator {
  /** The id of the call that made it. */
  readonly name: string;
  readonly parameters: TotpParameters;
  secret: Buffer;
  used: UsedSteps;
  /** Until when it can be confirmed; null: it is. */
  until: number | null;
  wrongCodes = 0;
  /** Whether its confirmation ends all others. */
  readonly replaces: boolean;

  constructor(
    name: string,
    parameters: TotpParameters,
    secret: Buffer,
    used: UsedSteps,
    until: number | null,
    replaces: boolean,
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

  /** The highest step of a window around `now` that shows the code; null: none. */
  stepOf(code: string, now: number, skew: number): number | null {
    const current = stepAt(now, this.parameters);
    for (let step = current + skew; step >= current - skew; step--) {
      if (this.codeAt(step) === code) return step;
    }
    return null;
  }

  codeAt(step: number): string {
    return codeOf(this.secret, this.parameters, step);
  }

  /** The code was accepted by another authenticator, as the code of `step`: where this one shows it, it is used. */
  spend(code: string, step: number, now: number, skew: number): void {
    if (this.codeAt(step) === code) this.used.add(step);
    const current = stepAt(now, this.parameters);
    for (let own = current - skew; own <= current + skew; own++) {
      if (this.codeAt(own) === code) this.used.add(own);
    }
  }

  /** Every code that could have been accepted up to `now` is burnt, whatever the policy was. */
  restore(now: number): void {
    const reach = this.until === null ? WIDEST_SKEW : WIDEST_CONFIRMATION;
    this.used.raise(stepAt(now, this.parameters) + reach);
  }
}
