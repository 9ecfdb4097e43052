import { createHash } from 'node:crypto';
import { createHotpKey, encodeBase32, formatCode, hotp, stepAt } from '@kanda/otp';
import type { ReplayedRequest } from '../replay.ts';

export const PERIOD_S = 30;
const PERIOD_MS = PERIOD_S * 1000;

/** One user's attempt at a second factor. */
export interface Login {
  readonly user: number;
  readonly code: string;
}

export interface LoginAnswer {
  readonly status: number;
  readonly body: string;
}

/** `wrong` means that the code was looked at, `refused` that it was not: a lock, a limit, a code known as used. */
export type Verdict = 'accepted' | 'wrong' | 'refused';

export interface RunningPeer {
  readonly url: string;
  /** The processes that serve, their children not counted. */
  readonly pids: readonly number[];
  /** Makes what has to be there before a code can be sent, such as a sign-in that waits for it. */
  requests(logins: readonly Login[]): Promise<readonly ReplayedRequest[]>;
  stop(): Promise<void>;
}

/** Something people would use to check a code, as the bench starts and loads it. */
export interface Peer {
  readonly name: string;
  /** More validations a second than it reaches: this number of users is enrolled for each second of load. */
  readonly atMost: number;
  /** Is part of every answer that accepts a code, and of no other. */
  readonly accepts: string;
  /** What it does not do of a durable, logged, once-only validation, or does besides. */
  readonly differs: string;
  /** Brings its packages. Says what it is and its version, or throws what a person can do about it. */
  install(): Promise<string>;
  /** Enrols users 0 to `users` in a fresh folder. */
  enrol(folder: string, users: number): Promise<void>;
  /** Starts it on a folder that was filled. `asShipped` leaves limits on that no load test could pass. */
  start(folder: string, options: { readonly asShipped: boolean }): Promise<RunningPeer>;
  verdict(answer: LoginAnswer): Verdict;
}

/** The same 160 bits for the same user in every run, so that nothing has to be kept. */
export function secretOf(user: number): Uint8Array {
  return createHash('sha1').update(`bench ${user}`).digest();
}

export function base32SecretOf(user: number): string {
  return encodeBase32(secretOf(user));
}

export function userName(user: number): string {
  return `client-${user}`;
}

/** The code of a user in a step. */
export function codeOf(user: number, step: number): string {
  return formatCode(hotp(createHotpKey(secretOf(user), 'SHA1'), step, 6), 6);
}

export function currentStep(): number {
  return stepAt(Date.now(), PERIOD_S);
}

/** Milliseconds until the next step begins. */
export function untilNextStep(): number {
  return PERIOD_MS - (Date.now() % PERIOD_MS);
}
