/** What was asked and answered in a run, and what is found at its end. */
import type { Policy } from '../../apps/server/src/domain/verdicts/policy.ts';
import type { Ask, FaultKind } from './schedule.ts';

/** A call as it reaches a node. */
export interface Request {
  /** Is in the log as the request id, so that calls and events can be matched one to one. */
  readonly id: string;
  /** Empty: it is about the account. */
  readonly clientId: string;
  readonly ask: Ask;
  /** For `validate`, `confirm`, `diagnose` and `resync`, and as a proof. */
  readonly code: string;
  /** For `resync`: the code after it. */
  readonly second: string;
  /** For `recover`, and as a proof: the recovery code. Those of `make codes` are named after their call. */
  readonly paper: string;
  /** For what brings a secret along. */
  readonly secret: Buffer;
  /** Whether the caller had the secret already; else it is one that the server makes. */
  readonly imported: boolean;
  /** The last step, or counter, of which the caller knows that it was used; -1: none. */
  readonly lastUsed: number;
  /** How the authenticator is called: after its call, or as the earlier one that is asked for again. */
  readonly name: string;
  /** Until when it waits for its first code, ms. */
  readonly until: number;
  /** Whether one like it that waits is not shown again, but gets another secret. */
  readonly fresh: boolean;
  /** For `set policy`. */
  readonly policy: Policy | null;
  /** For what is done to one authenticator: its name. */
  readonly target: string;
  /** For `follow`: the last event that the collector has. */
  readonly after: number;
  /** For `use device`: how often the token of the browser, which is the target, had been replaced. */
  readonly uses: number;
  /** What it has in common with those that it is sent again as; empty: it has no Idempotency-Key. */
  readonly key: string;
  /** The time at which it came, ms. */
  readonly at: number;
}

export interface ToldConfirmation {
  readonly confirmed: boolean;
  /** Steps that its clock is ahead, when a login would refuse its codes. */
  readonly clockOff?: number;
  readonly reason?: string;
  readonly attemptsLeft?: number;
  readonly retryAfter?: number;
}

export interface ToldResync {
  readonly resynced: boolean;
  readonly reason?: string;
  readonly retryAfter?: number;
  readonly drift?: number;
}

export interface ToldRecovery {
  readonly valid: boolean;
  readonly remaining?: number;
  readonly reason?: string;
  readonly retryAfter?: number;
}

export interface ToldFinding {
  readonly finding: string;
  readonly steps?: number;
  readonly retryAfter?: number;
}

export type Outcome =
  | {
      readonly kind: 'verdict';
      readonly verdict: { readonly valid: boolean; readonly reason?: string; readonly retryAfter?: number };
    }
  /** What a first code came to. */
  | { readonly kind: 'confirmation'; readonly confirmation: ToldConfirmation }
  /** What two codes in a row came to. */
  | { readonly kind: 'resync'; readonly resync: ToldResync }
  /** What a recovery code came to. */
  | { readonly kind: 'recovery'; readonly recovery: ToldRecovery }
  /** What a diagnosis found, but for which authenticator it was. */
  | { readonly kind: 'finding'; readonly finding: ToldFinding }
  /** It took effect before, when it was sent with the same key, and this is what it came to. */
  | { readonly kind: 'again'; readonly outcome: Outcome }
  /** What the token of a browser came to. */
  | { readonly kind: 'device'; readonly device: { readonly valid: boolean; readonly reason?: string } }
  | { readonly kind: 'done' }
  /** One that waits was shown again, with this secret (hex). */
  | { readonly kind: 'shown'; readonly secret: string }
  /** What `look` showed; null: the client is not enrolled. */
  | { readonly kind: 'client'; readonly client: SeenClient | null }
  /** What `follow` gave. */
  | { readonly kind: 'lines'; readonly lines: readonly LogLine[]; readonly reached: number }
  /** A refusal with a reason, such as `client_not_found`. */
  | { readonly kind: 'refused'; readonly code: string }
  /** 503, and nothing of it may have happened. */
  | { readonly kind: 'unavailable'; readonly why: string }
  /** 503 after the commit: it may have happened, or not. */
  | { readonly kind: 'unknown' };

export interface Call extends Request {
  readonly node: number;
  /** The place in the order of all beginnings and ends. */
  readonly begun: number;
  /** Sent at the end, when all faults are over: it must be served. */
  probe: boolean;
  /** Infinity: its process was gone before it could answer. */
  ended: number;
  outcome: Outcome | null;
}

/** A line of the log. */
export interface LogLine {
  readonly id: number;
  readonly event: string;
  readonly outcome: string;
  readonly reason: string | null;
  readonly clientId: string | null;
  readonly at: number;
  readonly requestId: string | null;
}

/** What an authenticator has come to. */
export interface AuthenticatorState {
  readonly name: string;
  readonly watermark: number;
  /** Used steps above the watermark, ascending. */
  readonly burnt: readonly number[];
  /** Steps that its clock is ahead. */
  readonly drift: number;
  /** Null: it was confirmed. */
  readonly pendingUntil: number | null;
  readonly wrongCodes: number;
}

/** What a client's recovery codes have come to. */
export interface RecoveryState {
  /** Those that are left, as a store knows them, in order. */
  readonly codes: readonly string[];
  /** How often there were new ones. */
  readonly generation: number;
  /** When wrong ones were sent. */
  readonly failures: readonly number[];
}

/** A browser that is trusted. */
export interface DeviceState {
  /** Of the call that it was trusted by. */
  readonly name: string;
  readonly uses: number;
  readonly replacedAt: number | null;
  readonly createdAt: number;
  readonly lastUsedAt: number | null;
  readonly expiresAt: number;
}

/** What a client has come to. */
export interface ClientState {
  /** Oldest first. */
  readonly devices: readonly DeviceState[];
  readonly recovery: RecoveryState;
  /** Oldest first. */
  readonly authenticators: readonly AuthenticatorState[];
  readonly disabled: boolean;
  readonly failures: number;
  readonly delayedUntil: number;
  readonly locked: boolean;
  readonly recentFailures: readonly number[];
}

/** A client as a read shows it. */
export interface SeenClient extends Omit<ClientState, 'authenticators' | 'recovery' | 'devices'> {
  /** How many of its authenticators were confirmed. */
  readonly confirmed: number;
}

/** What the store holds when all has ended. */
export interface Ending {
  /** Oldest first. */
  readonly log: readonly LogLine[];
  /** Without those that are not enrolled. */
  readonly clients: ReadonlyMap<string, ClientState>;
  readonly policy: Policy;
  /** What the clock shows, ms. */
  readonly now: number;
  /** Each client's own list of events, by number, oldest first. */
  readonly histories: ReadonlyMap<string, readonly number[]>;
}

/** A copy of the store that was put back. */
export interface Backup {
  /** The place in the order at which it was made, and that at which it was put back. */
  readonly made: number;
  readonly restored: number;
}

/** What happened from one restore to the next, or to the end. */
export interface History {
  /** Those before the restore too, as their events may be in the backup. */
  readonly calls: readonly Call[];
  /** The backups from which this one began, the newest last. */
  readonly backups: readonly Backup[];
  /** The time from this place in the order on. */
  readonly times: readonly { readonly from: number; readonly now: number }[];
  /** When the schedule was over and all at rest, before the last calls that every node must serve. */
  readonly rested: Ending;
  readonly ending: Ending;
}

/** A store under simulation: some nodes on one database. */
export interface World {
  /** Begins a call. `answer` is called when its caller would be answered, and never after the node was killed. */
  begin(node: number, request: Request, answer: (outcome: Outcome) => void): void;
  /** Lets something of what is under way go on; `pick` says which. */
  step(pick: number): void | Promise<void>;
  setFault(kind: FaultKind, on: boolean): void | Promise<void>;
  kill(node: number): void | Promise<void>;
  powerCut(luck: number): void | Promise<void>;
  /** Keeps a copy of the store as it is now, in the place of the one before. */
  backUp(): void | Promise<void>;
  /** All processes have ended; the copy takes the store's place, and they start on it. */
  restore(): void | Promise<void>;
  ending(clientIds: readonly string[]): Ending | Promise<Ending>;
  close(): void | Promise<void>;
}
