/**
 * The small sequential model that every history is compared with. It is written from RFC 4226, RFC 6238, the lockout
 * policy and the life of an authenticator in words, and shares no code with the server: its own TOTP
 * (oracle-authenticator.ts), its own arithmetic.
 */
import type { TotpParameters } from '@kanda/otp';
import type { Policy } from '../../apps/server/src/domain/verdicts/policy.ts';
import type { Call } from './history.ts';
import { FARTHEST_STEP, OracleAuthenticator, stepAt, UsedSteps } from './oracle-authenticator.ts';
import { OracleDevices } from './oracle-devices.ts';
import { OracleRecovery } from './oracle-recovery.ts';

const DAY_MS = 86_400_000;

type Reason = 'invalid_code' | 'code_already_used' | 'clock_ahead' | 'locked' | 'disabled' | 'pending';

export interface Judgement {
  /** What the log must say: null for an accepted code. */
  readonly reason: Reason | null;
  /** What the answer must be. */
  readonly told: { readonly valid: boolean; readonly reason?: string; readonly retryAfter?: number };
  /** Which events must follow, in this order. */
  readonly followers: readonly string[];
}

/** What an account has set. */
export interface Settings {
  policy: Policy;
}

/** What was used of secrets that are gone, in an account. */
export class GoneSecrets {
  readonly known = new Map<Buffer, { highest: number; readonly parameters: TotpParameters }>();
  /** When the last restore was, ms; of what its backup did not have nothing is known. */
  restoredAt: number | null = null;

  highestOf(secret: Buffer): number {
    return this.known.get(secret)?.highest ?? -1;
  }

  /** What may have been used of a secret that a restore lost; of a token nothing can be said. */
  highestLost(parameters: TotpParameters): number {
    if (this.restoredAt === null || parameters.period === 0) return -1;
    return stepAt(this.restoredAt, parameters) + FARTHEST_STEP;
  }
}

/** One enrolled client, as it must be after all that came before in the log. */
export class OracleClient {
  readonly parameters: TotpParameters;
  readonly #settings: Settings;
  readonly #gone: GoneSecrets;
  /** Oldest first; those that were not confirmed in time too, until something takes them away. */
  authenticators: OracleAuthenticator[] = [];
  readonly recovery = new OracleRecovery();
  readonly devices = new OracleDevices();
  /** Confirmed authenticators that gave way to another secret. */
  replaced: OracleAuthenticator[] = [];
  off = false;
  inARow = 0;
  today: number[] = [];
  notBefore = 0;
  shut = false;

  constructor(parameters: TotpParameters, settings: Settings, gone: GoneSecrets) {
    this.parameters = parameters;
    this.#settings = settings;
    this.#gone = gone;
  }

  get policy(): Policy {
    return this.#settings.policy;
  }

  get confirmed(): OracleAuthenticator[] {
    return this.authenticators.filter(({ until }) => until === null);
  }

  isThere(now: number): boolean {
    return this.authenticators.some((one) => one.isThere(now));
  }

  judge(code: string, now: number): Judgement {
    if (this.off) return refusal('disabled', 'disabled');
    const { confirmed } = this;
    if (confirmed.length === 0) return refusal('pending', 'pending');
    const wait = this.wait(now);
    if (wait !== null) return { reason: 'locked', told: { valid: false, ...wait }, followers: [] };
    const tried = confirmed.filter((one) => !one.isAhead(now));
    if (tried.length === 0) return refusal('clock_ahead', 'invalid_code');
    const shown = tried.flatMap((one) => {
      const step = one.stepOf(code, now, this.policy, this.policy.skew);
      return step === null ? [] : [{ one, step }];
    });
    const accepted = shown.find(({ one, step }) => !one.used.has(step));
    if (accepted !== undefined) {
      this.succeed(now);
      accepted.one.accept(accepted.step, now, this.policy);
      this.spendAtOthers(accepted.one, accepted.step, code, now);
      return { reason: null, told: { valid: true }, followers: [] };
    }
    this.fail(now);
    const isUsed = shown.length > 0;
    const followers = this.shut ? ['client.locked'] : [];
    return { ...refusal(isUsed ? 'code_already_used' : 'invalid_code', this.toldOf(isUsed)), followers };
  }

  /** The run of failures ends, with its delay or lock; those of the day stay counted. */
  succeed(now: number): void {
    this.#forgetYesterday(now);
    this.openInARow();
  }

  /** Ends every delay and lock; the failures of the day stay. */
  openInARow(): void {
    this.inARow = 0;
    this.notBefore = 0;
    this.shut = false;
  }

  /** Ends every delay and lock. */
  open(): void {
    this.today = [];
    this.openInARow();
  }

  /** The first authenticator gets this secret, and all others end. */
  rotate(secret: Buffer, now: number): void {
    this.dropExpired(now);
    const first = (this.confirmed[0] ?? this.authenticators[0]) as OracleAuthenticator;
    for (const one of this.authenticators) this.remember(one);
    this.replaced.push(...this.confirmed);
    this.devices.endAll();
    const { name } = first;
    this.authenticators = [this.#inUse(name, secret)];
    this.open();
    this.recovery.forgetFailures();
  }

  #inUse(name: string, secret: Buffer): OracleAuthenticator {
    return new OracleAuthenticator(name, this.parameters, secret, new UsedSteps(), null, null);
  }

  /** One that is confirmed gets this secret, and the others stay; false: there is no such one. */
  rotateOne(target: string, secret: Buffer, now: number): boolean {
    const one = this.confirmed.find(({ name }) => name === target);
    if (one === undefined) return false;
    this.dropExpired(now);
    this.remember(one);
    this.replaced.push(one);
    this.devices.endAll();
    const rotated = this.#inUse(target, secret);
    this.authenticators = this.authenticators.map((other) => (other === one ? rotated : other));
    // With a phone left at which guesses failed, no lock ends.
    if (this.confirmed.length > 1) return true;
    this.open();
    this.recovery.forgetFailures();
    return true;
  }

  /** Without those that were not confirmed in time. */
  there(now: number): OracleAuthenticator[] {
    return this.authenticators.filter((one) => one.isThere(now));
  }

  /** A change of the authenticators takes away what was not confirmed in time. */
  dropExpired(now: number): void {
    for (const one of this.authenticators) if (!one.isThere(now)) this.remember(one);
    this.authenticators = this.authenticators.filter((one) => one.isThere(now));
  }

  take(one: OracleAuthenticator): void {
    this.remember(one);
    this.authenticators = this.authenticators.filter((other) => other !== one);
  }

  /** The secret goes: what of it was used stays used. */
  remember({ secret, used }: OracleAuthenticator): void {
    if (used.highest < 0) return;
    const highest = Math.max(used.highest, this.#gone.highestOf(secret));
    this.#gone.known.set(secret, { highest, parameters: this.parameters });
  }

  /** What of a secret was used, by these as far as they have it, and by those that are gone or are to go. */
  usedOf(secret: Buffer, others: readonly OracleAuthenticator[], now: number): UsedSteps {
    const expired = this.authenticators.filter((one) => one.secret === secret && !one.isThere(now));
    const gone = Math.max(this.#gone.highestOf(secret), ...expired.map(({ used }) => used.highest));
    const same = others.filter((one) => one.secret === secret).map(({ used }) => used);
    return UsedSteps.union([...same, new UsedSteps(gone)]);
  }

  /** The same of a secret that is brought: if it was there before, it may have been used since the backup. */
  usedOfBrought({ secret, imported }: Call, now: number): UsedSteps {
    const used = this.usedOf(secret, this.there(now), now);
    return imported ? UsedSteps.union([used, new UsedSteps(this.#gone.highestLost(this.parameters))]) : used;
  }

  /** One attempt uses up one step of one authenticator, and the same code wherever another shows it. */
  spendAtOthers(one: OracleAuthenticator, step: number, code: string, now: number): void {
    for (const other of this.confirmed) if (other !== one) other.spend(code, step, now, this.policy);
  }

  /** The drift of the first of these that has the secret. */
  driftOf(secret: Buffer, others: readonly OracleAuthenticator[]): number {
    return others.find((one) => one.secret === secret)?.drift ?? 0;
  }

  toldOf(isUsed: boolean): string {
    return isUsed && this.policy.tellReplays ? 'code_already_used' : 'invalid_code';
  }

  /** What the caller learns of a lock or a delay; null: there is none. */
  wait(now: number): { readonly reason: string; readonly retryAfter?: number } | null {
    // A delay that reaches further ahead than these failures call for was set by a clock that has been put right, or by
    // another policy.
    const notBefore = Math.min(this.notBefore, now + this.#delay());
    if (!this.shut && now >= notBefore) return null;
    this.notBefore = notBefore;
    if (this.shut) return { reason: 'locked' };
    return { reason: 'locked', retryAfter: Math.ceil((this.notBefore - now) / 1000) };
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

  #forgetYesterday(now: number): void {
    this.today = this.today.filter((time) => now - time < DAY_MS).map((time) => Math.min(time, now));
  }

  fail(now: number): void {
    const { dailyFailures, consecutiveFailures } = this.policy;
    this.#forgetYesterday(now);
    this.inARow += 1;
    this.today.push(now);
    this.notBefore = this.#delay() === 0 ? 0 : now + this.#delay();
    this.shut = this.inARow >= consecutiveFailures || this.today.length >= dailyFailures;
  }
}

function refusal(reason: Reason, told: string): Judgement {
  return { reason, told: { valid: false, reason: told }, followers: [] };
}
