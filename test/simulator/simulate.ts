/**
 * Runs simulated schedules for a given time, and replays the one of a seed.
 *
 *   npm run simulate -- --minutes 10 [--seed 1] [--store model|sqlite|both] [--disk patient|forgetful] [--without row-lock]
 *   npm run simulate -- --seed 42 --schedules 1 --store sqlite
 */
import { parseArgs } from 'node:util';
import { runCampaign } from './campaign.ts';
import { generate, generateForForgetfulDisk } from './generate.ts';
import { focusOf, GUARDS, type Guard, SQLITE_GUARDS, type SqliteGuard, serverWithout } from './guards.ts';
import { loadImplementation } from './implementation.ts';
import { ModelStore } from './model-store.ts';
import { type OpenWorld, runSchedule } from './run-schedule.ts';
import { describe, type Schedule } from './schedule.ts';
import { shrink } from './shrink.ts';
import { SqliteWorld } from './sqlite-world.ts';

const PROGRESS_EVERY_MS = 10_000;
/** How long one store has its turn when both are at it. */
const TURN_MS = 2_000;

interface Store {
  readonly name: 'model' | 'sqlite';
  readonly openWorld: OpenWorld;
  readonly scheduleOf: (seed: number) => Schedule;
  /** The next seed. */
  seed: number;
  close(): void;
}

const { values } = parseArgs({
  options: {
    minutes: { type: 'string' },
    schedules: { type: 'string' },
    seed: { type: 'string' },
    store: { type: 'string', default: 'both' },
    disk: { type: 'string', default: 'patient' },
    without: { type: 'string' },
  },
});

const firstSeed = whole('seed', values.seed ?? String(Math.floor(Date.now() / 1000) % 1_000_000_000));
const schedules =
  values.schedules === undefined ? Number.POSITIVE_INFINITY : whole('schedules', values.schedules);
const minutes = values.minutes ?? (values.schedules === undefined ? '1' : 'Infinity');
let until = performance.now() + positive('minutes', minutes) * 60_000;

for (const signal of ['SIGINT', 'SIGTERM'] as const) {
  process.once(signal, () => {
    until = 0;
  });
}

const stores: Store[] = [];
try {
  const names =
    values.store === 'both'
      ? (['model', 'sqlite'] as const)
      : [one('store', values.store, ['model', 'sqlite'] as const)];
  for (const name of names) stores.push(await openStore(name));
  process.exitCode = (await simulate()) ? 0 : 1;
} finally {
  for (const store of stores) store.close();
}

/** @returns whether all rules held */
async function simulate(): Promise<boolean> {
  let said = performance.now();
  const say = () => {
    said = performance.now();
    const done = stores.map(
      ({ name, seed }) => `${name} ${seed - firstSeed} (seeds ${firstSeed}–${seed - 1})`,
    );
    console.log(`${done.join(', ')}: 0 violations`);
  };
  const goesOn = (store: Store) => store.seed - firstSeed < schedules && performance.now() < until;
  while (stores.some(goesOn)) {
    for (const store of stores.filter(goesOn)) {
      const turnEnds = performance.now() + TURN_MS;
      const { seed } = store;
      const result = await runCampaign({
        ...store,
        firstSeed: seed,
        goOn: (done) => seed + done - firstSeed < schedules && performance.now() < Math.min(until, turnEnds),
      });
      store.seed = seed + result.schedules;
      if (result.failure !== null) {
        await tell(store, result.failure.schedule, result.failure.violation.rule);
        return false;
      }
      if (performance.now() - said > PROGRESS_EVERY_MS) say();
    }
  }
  say();
  return true;
}

/** The seed, how to see it again, and the shortest schedule that breaks the same rule. */
async function tell({ name, openWorld }: Store, schedule: Schedule, rule: string): Promise<void> {
  console.log(`VIOLATION in the ${name} store at seed ${schedule.seed}: ${rule}`);
  const options = [`--seed ${schedule.seed}`, '--schedules 1', `--store ${name}`];
  if (values.disk !== 'patient') options.push(`--disk ${values.disk}`);
  if (values.without !== undefined) options.push(`--without ${values.without}`);
  console.log(`replay: npm run simulate -- ${options.join(' ')}`);
  const shortest = await shrink(schedule, rule, openWorld);
  const { violation } = await runSchedule(shortest, openWorld);
  console.log(`shrunk from ${schedule.actions.length} actions to ${shortest.actions.length}:`);
  console.log(describe(shortest));
  console.log(`broken: ${violation?.rule}\n${violation?.detail}`);
}

async function openStore(name: Store['name']): Promise<Store> {
  if (name === 'model') {
    const guard: Guard | null = values.without === undefined ? null : one('without', values.without, GUARDS);
    const openWorld: OpenWorld = (schedule, clock) => new ModelStore(schedule, clock, guard);
    const taste = { everyPolicy: true, ...focusOf(guard) };
    return { name, openWorld, scheduleOf: (seed) => generate(seed, taste), seed: firstSeed, close: () => {} };
  }
  const guard: SqliteGuard | null =
    values.without === undefined ? null : one('without', values.without, SQLITE_GUARDS);
  const copy = guard === null ? null : serverWithout(guard);
  const forgetful = one('disk', values.disk, ['patient', 'forgetful'] as const) === 'forgetful';
  return {
    name,
    openWorld: SqliteWorld.opener(await loadImplementation(copy?.server), forgetful),
    scheduleOf: (seed) => (forgetful ? generateForForgetfulDisk : generate)(seed, focusOf(guard)),
    seed: firstSeed,
    close: () => copy?.remove(),
  };
}

function one<T extends string>(option: string, value: string, choices: readonly T[]): T {
  const chosen = choices.find((choice) => choice === value);
  if (chosen === undefined) throw new Error(`--${option} is one of ${choices.join(', ')}, not ${value}`);
  return chosen;
}

function whole(option: string, text: string): number {
  const number = Number(text);
  if (!Number.isSafeInteger(number) || number < 0)
    throw new Error(`--${option} is a whole number, not ${text}`);
  return number;
}

function positive(option: string, text: string): number {
  const number = Number(text);
  if (!(number > 0)) throw new Error(`--${option} is a number above 0, not ${text}`);
  return number;
}
