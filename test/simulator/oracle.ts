/**
 * The small sequential model that every history is compared with. It is written from RFC 4226, RFC 6238 and the
 * lockout policy in words, and shares no code with the server: its own TOTP, its own arithmetic.
 */
import { createHmac, createSecretKey, type KeyObject } from 'node:crypto';
import type { TotpParameters } from '@kanda/otp';
import type { Policy } from '../../apps/server/src/domain/verdicts/policy.ts';

/** The furthest that any policy may look ahead, in steps. */
export const WIDEST_SKEW = 2;
const DAY_MS = 86_400_000;

export interface Judgement {
  /** What the log must say: null for an accepted code. */
  readonly reason: 'invalid_code' | 'code_already_used' | 'clock_ahead' | 'locked' | 'disabled' | null;
  /** What the answer must be. */
  readonly told: { readonly valid: boolean; readonly reason?: string; readonly retryAfter?: number };
  /** Whether a `client.locked` must follow. */
  readonly locks: boolean;
}

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

/** One enrolled client, as it must be after all that came before in the log. */
export class OracleClient {
  readonly parameters: TotpParameters;
  readonly policy: Policy;
  secret: Buffer;
  /** The last step that was accepted with this secret. */
  burnt = -1;
  off = false;
  inARow = 0;
  today: number[] = [];
  notBefore = 0;
  shut = false;

  constructor(parameters: TotpParameters, policy: Policy, secret: Buffer) {
    this.parameters = parameters;
    this.policy = policy;
    this.secret = secret;
  }

  judge(code: string, now: number): Judgement {
    if (this.off) return refusal('disabled', 'disabled');
    // A delay that reaches further ahead than these failures call for was set by a clock that has been put right.
    this.notBefore = Math.min(this.notBefore, now + this.#delay());
    if (this.shut) return refusal('locked', 'locked');
    if (now < this.notBefore) {
      const retryAfter = Math.ceil((this.notBefore - now) / 1000);
      return { reason: 'locked', told: { valid: false, reason: 'locked', retryAfter }, locks: false };
    }
    const shown = this.#stepOf(code, now);
    // No policy lets codes be accepted further ahead than by two steps: this server's clock was ahead.
    if (this.burnt > Math.floor(now / 1000 / this.parameters.period) + WIDEST_SKEW)
      return refusal('clock_ahead', 'invalid_code');
    this.today = this.today.filter((time) => now - time < DAY_MS).map((time) => (time > now ? now : time));
    if (shown !== null && shown > this.burnt) {
      this.burnt = shown;
      this.inARow = 0;
      this.notBefore = 0;
      return { reason: null, told: { valid: true }, locks: false };
    }
    this.#fail(now);
    const reason = shown === null ? 'invalid_code' : 'code_already_used';
    const told = shown !== null && this.policy.tellReplays ? 'code_already_used' : 'invalid_code';
    return { ...refusal(reason, told), locks: this.shut };
  }

  /** `secret`: the new one after a rotation; null: the lock alone is opened. */
  open(secret: Buffer | null): void {
    this.inARow = 0;
    this.today = [];
    this.notBefore = 0;
    this.shut = false;
    if (secret === null) return;
    this.secret = secret;
    this.burnt = -1;
  }

  /** Every code that could have been accepted up to `now` is burnt, whatever the policy was. */
  restore(now: number): void {
    this.burnt = Math.max(this.burnt, Math.floor(now / 1000 / this.parameters.period) + WIDEST_SKEW);
  }

  #stepOf(code: string, now: number): number | null {
    const current = Math.floor(now / 1000 / this.parameters.period);
    for (let step = current + this.policy.skew; step >= current - this.policy.skew; step--) {
      if (codeOf(this.secret, this.parameters, step) === code) return step;
    }
    return null;
  }

  /** How long the failures in a row make the next attempt wait. */
  #delay(): number {
    const { freeFailures, firstDelayMs, maxDelayMs } = this.policy;
    if (this.inARow < freeFailures) return 0;
    let delay = firstDelayMs;
    for (let failure = freeFailures; failure < this.inARow; failure++)
      delay = Math.min(delay * 2, maxDelayMs);
    return Math.min(delay, maxDelayMs);
  }

  #fail(now: number): void {
    const { dailyFailures, consecutiveFailures } = this.policy;
    this.inARow += 1;
    this.today.push(now);
    this.notBefore = this.#delay() === 0 ? 0 : now + this.#delay();
    this.shut = this.inARow >= consecutiveFailures || this.today.length >= dailyFailures;
  }
}

function refusal(reason: NonNullable<Judgement['reason']>, told: string): Judgement {
  return { reason, told: { valid: false, reason: told }, locks: false };
}
