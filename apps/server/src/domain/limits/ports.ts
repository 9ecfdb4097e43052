import type { UsageCounts } from './quotas.ts';

/** A limited resource: at most `limit` uses of `name` in each window of `windowMs`. */
export interface LimitRule {
  readonly name: string;
  readonly limit: number;
  readonly windowMs: number;
  /** The rule does not hold for callers that were noted under this name, which lasts for `windowMs`. */
  readonly unless?: { readonly name: string; readonly windowMs: number };
}

export interface LimitState {
  readonly allowed: boolean;
  readonly remaining: number;
  /** ms since the epoch at which the window ends. */
  readonly resetAt: number;
  /** The name of the resource that is used up; absent when the use is allowed. */
  readonly usedUp?: string;
}

export interface LimitStore {
  /** Takes one use of each resource, unless any is used up: then takes none. */
  takeLimits(rules: readonly LimitRule[], now: number): Promise<LimitState>;
  /** Gives back one use of each resource, as after a call that was not tried. */
  returnLimits(rules: readonly LimitRule[], now: number): Promise<void>;
  /** As `returnLimits`, for a caller that succeeded: it is noted under the names in `unless`. */
  confirmLimits(rules: readonly LimitRule[], now: number): Promise<void>;
}

/** What accounts use of their quotas. */
export interface UsageStore {
  /**
   * Events since `firstHour` (hours since the epoch) are those of the day. Of a test half, whose hours its holder moves, so
   * are those since `since` (ms, of the server).
   */
  readUsage(accountId: number, firstHour: number, since?: number): Promise<UsageCounts>;
}
