import { CLOCKS_APART_MS } from '../time.ts';
import type { LimitRule, LimitState } from './ports.ts';

/** What was used of one resource in the window that ends at `resetAt` (ms). */
export interface LimitUse {
  readonly uses: number;
  readonly resetAt: number;
}

/** By the name of the resource. */
export type LimitUses = Map<string, LimitUse>;

/** What a caller asks for at `now` (ms). */
export interface LimitCall {
  readonly rules: readonly LimitRule[];
  readonly now: number;
  /** One use of each resource; to give one back; or to give one back and be noted as one that succeeded. */
  readonly kind: 'take' | 'return' | 'confirm';
}

/**
 * Whether a window that ends at `resetAt` is current at `now` (ms). One that ends later than a window can that begins
 * now was begun by a clock that was ahead.
 */
function windowRuns(resetAt: number, windowMs: number, now: number): boolean {
  return resetAt > now && resetAt <= now + windowMs + CLOCKS_APART_MS;
}

/**
 * The answer to each call, in order; `uses` becomes what they leave. The answer to a call that takes nothing is null.
 */
export function countThrough(calls: readonly LimitCall[], uses: LimitUses): (LimitState | null)[] {
  return calls.map((call) => {
    if (call.kind === 'take') return take(call, uses);
    giveBack(call, uses);
    if (call.kind === 'confirm') note(call, uses);
    return null;
  });
}

/**
 * One use of each resource, or none when any is used up: a caller that is refused adds no names to the table. The
 * state is that of the resource with the least left, or of the one that is used up for longest.
 */
function take({ rules, now }: LimitCall, uses: LimitUses): LimitState {
  const current = inForce(rules, uses, now).map((rule) => {
    const use = runningUse(rule, uses, now);
    return { rule, used: use?.uses ?? 0, resetAt: use?.resetAt ?? now + rule.windowMs };
  });
  const [full] = current
    .filter(({ rule, used }) => used >= rule.limit)
    .sort((a, b) => b.resetAt - a.resetAt || byName(a.rule.name, b.rule.name));
  if (full !== undefined) {
    return { allowed: false, remaining: 0, resetAt: full.resetAt, usedUp: full.rule.name };
  }
  for (const { rule, used, resetAt } of current) uses.set(rule.name, { uses: used + 1, resetAt });
  const [tightest] = current
    .map(({ rule, used, resetAt }) => ({ remaining: rule.limit - used - 1, resetAt }))
    .sort((a, b) => a.remaining - b.remaining || b.resetAt - a.resetAt);
  if (tightest === undefined) throw new RangeError('taking a limit needs at least one rule');
  return { allowed: true, ...tightest };
}

function giveBack({ rules, now }: LimitCall, uses: LimitUses): void {
  for (const rule of inForce(rules, uses, now)) {
    const use = runningUse(rule, uses, now);
    if (use !== undefined && use.uses > 0) uses.set(rule.name, { ...use, uses: use.uses - 1 });
  }
}

/** Renewed when half of its time is over, so that most successes write nothing. */
function note({ rules, now }: LimitCall, uses: LimitUses): void {
  for (const { unless } of rules) {
    if (unless === undefined) continue;
    const noted = runningUse(unless, uses, now);
    if (noted !== undefined && noted.resetAt > now + unless.windowMs / 2) continue;
    uses.set(unless.name, { uses: 1, resetAt: now + unless.windowMs });
  }
}

function inForce(rules: readonly LimitRule[], uses: LimitUses, now: number): LimitRule[] {
  return rules.filter(({ unless }) => unless === undefined || runningUse(unless, uses, now) === undefined);
}

function runningUse(
  { name, windowMs }: Pick<LimitRule, 'name' | 'windowMs'>,
  uses: LimitUses,
  now: number,
): LimitUse | undefined {
  const use = uses.get(name);
  return use !== undefined && windowRuns(use.resetAt, windowMs, now) ? use : undefined;
}

/** The names of all rows that decide these calls. */
export function namesRead(calls: readonly LimitCall[]): string[] {
  return namesOf(calls, ({ name, unless }) => (unless === undefined ? [name] : [name, unless.name]));
}

/** The names of all rows that these calls may change, in the order in which they are locked. */
export function namesChanged(calls: readonly LimitCall[]): string[] {
  return namesOf(calls, ({ name, unless }, kind) =>
    unless === undefined || kind !== 'confirm' ? [name] : [name, unless.name],
  );
}

function namesOf(
  calls: readonly LimitCall[],
  names: (rule: LimitRule, kind: LimitCall['kind']) => readonly string[],
): string[] {
  const all = calls.flatMap(({ rules, kind }) => rules.flatMap((rule) => names(rule, kind)));
  return [...new Set(all)].sort(byName);
}

function byName(one: string, other: string): number {
  return one < other ? -1 : one > other ? 1 : 0;
}
