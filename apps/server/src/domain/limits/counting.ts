import type { LimitRule, LimitState } from '../ports.ts';
import { CLOCKS_APART_MS } from '../time.ts';

/** What was used of one resource in the window that ends at `resetAt` (ms). */
export interface LimitUse {
  readonly uses: number;
  readonly resetAt: number;
}

/** By the name of the resource. */
export type LimitUses = Map<string, LimitUse>;

/** One use of each resource that a caller takes at `now` (ms), or gives back. */
export interface LimitCall {
  readonly rules: readonly LimitRule[];
  readonly now: number;
  readonly gives: boolean;
}

/**
 * Whether a window that ends at `resetAt` is current at `now` (ms). One that ends later than a window can that begins
 * now was begun by a clock that was ahead.
 */
export function windowRuns(resetAt: number, windowMs: number, now: number): boolean {
  return resetAt > now && resetAt <= now + windowMs + CLOCKS_APART_MS;
}

/**
 * The answer to each call, in order; `uses` becomes what they leave. The answer to a call that gives back is null.
 */
export function countThrough(calls: readonly LimitCall[], uses: LimitUses): (LimitState | null)[] {
  return calls.map((call) => {
    if (!call.gives) return take(call, uses);
    giveBack(call, uses);
    return null;
  });
}

/**
 * One use of each resource, or none when any is used up: a caller that is refused adds no names to the table. The
 * state is that of the resource with the least left.
 */
function take({ rules, now }: LimitCall, uses: LimitUses): LimitState {
  const current = inLockOrder(rules).map((rule) => {
    const use = uses.get(rule.name);
    const runs = use !== undefined && windowRuns(use.resetAt, rule.windowMs, now);
    return { rule, used: runs ? use.uses : 0, resetAt: runs ? use.resetAt : now + rule.windowMs };
  });
  const full = current.find(({ rule, used }) => used >= rule.limit);
  if (full !== undefined) return { allowed: false, remaining: 0, resetAt: full.resetAt };
  for (const { rule, used, resetAt } of current) uses.set(rule.name, { uses: used + 1, resetAt });
  const [tightest] = current
    .map(({ rule, used, resetAt }) => ({ remaining: rule.limit - used - 1, resetAt }))
    .sort((a, b) => a.remaining - b.remaining || b.resetAt - a.resetAt);
  if (tightest === undefined) throw new RangeError('taking a limit needs at least one rule');
  return { allowed: true, ...tightest };
}

function giveBack({ rules, now }: LimitCall, uses: LimitUses): void {
  for (const { name, windowMs } of rules) {
    const use = uses.get(name);
    if (use === undefined || use.uses === 0 || !windowRuns(use.resetAt, windowMs, now)) continue;
    uses.set(name, { ...use, uses: use.uses - 1 });
  }
}

/** The names of all resources of these calls, each once, in the order in which their rows are locked. */
export function namesOf(calls: readonly LimitCall[]): string[] {
  return [...new Set(calls.flatMap(({ rules }) => rules.map(({ name }) => name)))].sort(byName);
}

function inLockOrder(rules: readonly LimitRule[]): LimitRule[] {
  return [...rules].sort((a, b) => byName(a.name, b.name));
}

function byName(one: string, other: string): number {
  return one < other ? -1 : one > other ? 1 : 0;
}
