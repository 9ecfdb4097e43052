import { type Kysely, sql } from 'kysely';
import { windowRuns } from '../../domain/limits.ts';
import type { LimitRule, LimitState, Store } from '../../domain/ports.ts';
import type { Schema } from '../schema.ts';
import { Gathered } from './gathered.ts';
import type { Work, WorkOptions } from './group-commit.ts';

type Db = Kysely<Schema>;

/** Calls that share a transaction. */
const MOST_AT_ONCE = 256;

/**
 * Limits are taken by whoever has no bearer yet, and how many of those there are nobody bounds: what they ask for is
 * gathered, one transaction at a time, which takes turns with the changes of accounts. Each address waits in a lane
 * of its own, as its rule comes first.
 */
export function limitBatches(run: <T>(work: Work<T>, options: WorkOptions) => Promise<T>): {
  readonly operations: Pick<Store, 'takeLimits' | 'returnLimits'>;
  waiting(): number;
} {
  const calls = new Gathered<LimitCall, LimitState | null>(MOST_AT_ONCE, (take) =>
    run((db) => settleLimits(db, take()), { lane: 'limits' }),
  );
  const ask = (rules: readonly LimitRule[], now: number, gives: boolean) =>
    calls.ask(rules[0]?.name ?? '', { rules, now, gives });
  const operations = {
    async takeLimits(rules: readonly LimitRule[], now: number) {
      const state = await ask(rules, now, false);
      if (state === null) throw new Error('nothing was taken');
      return state;
    },
    async returnLimits(rules: readonly LimitRule[], now: number) {
      await ask(rules, now, true);
    },
  };
  return { operations, waiting: () => calls.waiting };
}

/** One use of each resource that somebody takes, or gives back. */
export interface LimitCall {
  readonly rules: readonly LimitRule[];
  readonly now: number;
  readonly gives: boolean;
}

interface Use {
  uses: number;
  reset_at: number;
}

type Uses = Map<string, Use>;

/**
 * Takes and gives back for many callers in one transaction, in their order; `null` is the answer to who gives back.
 * What is used up already is refused by a read alone: a flood of refusals writes nothing, waits for no row and fills
 * the table with no names. For the rest the rows are locked first, in one order for all, and then counted: two nodes
 * cannot both take the last use.
 */
export async function settleLimits(
  db: Db,
  calls: readonly LimitCall[],
): Promise<readonly (LimitState | null)[]> {
  const known = await readUses(db, namesOf(calls));
  const foreseen = countThrough(calls, copyOf(known));
  const left = calls.filter((call, index) =>
    call.gives ? call.rules.some(({ name }) => known.has(name)) : foreseen[index]?.allowed === true,
  );
  if (left.length === 0) return foreseen;
  const locked = await lockUses(db, left);
  const counted = copyOf(locked);
  const states = countThrough(left, counted);
  await writeUses(db, locked, counted);
  const answers = new Map(left.map((call, index) => [call, states[index] ?? null]));
  return calls.map((call, index) => answers.get(call) ?? foreseen[index] ?? null);
}

/** What each call comes to, one after the other; `uses` becomes what they leave. */
function countThrough(calls: readonly LimitCall[], uses: Uses): (LimitState | null)[] {
  return calls.map((call) => {
    if (call.gives) {
      giveBack(call, uses);
      return null;
    }
    return take(call, uses);
  });
}

function giveBack({ rules, now }: LimitCall, uses: Uses): void {
  for (const { name, windowMs } of rules) {
    const use = uses.get(name);
    if (use !== undefined && windowRuns(use.reset_at, windowMs, now) && use.uses > 0) use.uses--;
  }
}

function take({ rules, now }: LimitCall, uses: Uses): LimitState {
  const current = inLockOrder(rules).map((rule) => {
    const use = uses.get(rule.name);
    const stands = use !== undefined && windowRuns(use.reset_at, rule.windowMs, now);
    return { rule, used: stands ? use.uses : 0, resetAt: stands ? use.reset_at : now + rule.windowMs };
  });
  const full = current.find(({ rule, used }) => used >= rule.limit);
  if (full !== undefined) return { allowed: false, remaining: 0, resetAt: full.resetAt };
  for (const { rule, used, resetAt } of current) uses.set(rule.name, { uses: used + 1, reset_at: resetAt });
  const [tightest] = current
    .map(({ rule, used, resetAt }) => ({ remaining: rule.limit - used - 1, resetAt }))
    .sort((a, b) => a.remaining - b.remaining || b.resetAt - a.resetAt);
  if (tightest === undefined) throw new RangeError('takeLimits needs at least one rule');
  return { allowed: true, ...tightest };
}

async function readUses(db: Db, names: readonly string[]): Promise<Uses> {
  const { rows } = await sql<Use & { name: string }>`
    select name, uses, reset_at from limit_use where name = any(${names}::text[])`.execute(db);
  return toUses(rows);
}

/** The rows of all that is named, made where they are not there, and locked until the transaction ends. */
async function lockUses(db: Db, calls: readonly LimitCall[]): Promise<Uses> {
  const ends = new Map<string, number>();
  for (const { rules, now, gives } of calls) {
    for (const { name, windowMs } of rules) {
      // What is given back of a window that is gone meanwhile begins no new one.
      if (!gives) ends.set(name, ends.get(name) ?? now + windowMs);
    }
  }
  const names = namesOf(calls);
  const { rows } = await sql<Use & { name: string }>`
    insert into limit_use (name, uses, reset_at)
    select name, 0, reset_at
    from unnest(${names}::text[], ${names.map((name) => ends.get(name) ?? 0)}::bigint[])
      with ordinality as asked (name, reset_at, place)
    order by place
    on conflict (name) do update set uses = limit_use.uses
    returning name, uses, reset_at`.execute(db);
  return toUses(rows);
}

async function writeUses(db: Db, before: Uses, after: Uses): Promise<void> {
  const changed = [...after].filter(([name, { uses, reset_at }]) => {
    const was = before.get(name);
    return was?.uses !== uses || was.reset_at !== reset_at;
  });
  if (changed.length === 0) return;
  await sql`
    update limit_use set uses = counted.uses, reset_at = counted.reset_at
    from unnest(
      ${changed.map(([name]) => name)}::text[],
      ${changed.map(([, { uses }]) => uses)}::bigint[],
      ${changed.map(([, { reset_at }]) => reset_at)}::bigint[]
    ) as counted (name, uses, reset_at)
    where limit_use.name = counted.name`.execute(db);
}

function toUses(rows: readonly (Use & { name: string })[]): Uses {
  return new Map(rows.map(({ name, uses, reset_at }) => [name, { uses, reset_at }]));
}

function copyOf(uses: Uses): Uses {
  return new Map([...uses].map(([name, use]) => [name, { ...use }]));
}

function namesOf(calls: readonly LimitCall[]): string[] {
  return [...new Set(calls.flatMap(({ rules }) => rules.map(({ name }) => name)))].sort(byName);
}

/** The order in which rows are locked, and used-up resources told of. */
function inLockOrder(rules: readonly LimitRule[]): LimitRule[] {
  return [...rules].sort((a, b) => byName(a.name, b.name));
}

function byName(one: string, other: string): number {
  return one < other ? -1 : one > other ? 1 : 0;
}
