/** A limited resource: at most `limit` uses of `name` in each window of `windowMs`. */
export interface LimitRule {
  readonly name: string;
  readonly limit: number;
  readonly windowMs: number;
}

export interface LimitState {
  readonly allowed: boolean;
  readonly remaining: number;
  /** ms since the epoch at which the window ends. */
  readonly resetAt: number;
}

export interface LimitStore {
  /** Takes one use of each resource, unless any is used up: then takes none. */
  takeLimits(rules: readonly LimitRule[], now: number): Promise<LimitState>;
  /** Gives back one use of each resource, as after a login that succeeded. */
  returnLimits(rules: readonly LimitRule[], now: number): Promise<void>;
}
