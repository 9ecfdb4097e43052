/**
 * Schedules of all that can happen to authenticators of both kinds (made, shown again, confirmed, replaced, removed,
 * brought again, found again), of recovery codes, proofs, diagnoses, trusted browsers, unlocks, policies, clocks that are
 * put right and requests that are sent again, of reads, a collector of the log, clock jumps, faults, kills, power cuts and
 * restores. They are made from seeds and judged by a small sequential model. `npm run simulate -- --minutes 10` goes on
 * where this stops, and replays a seed.
 *
 * Seen to fail without the guards, each of which a test below takes out. The first seeds from 1 on that show it, of
 * schedules in which what the guard is about happens more often:
 *
 * | taken out                           | model store | SQLite                  |
 * | ----------------------------------- | ----------- | ----------------------- |
 * | row lock                            | 4           | 3                       |
 * | answer after commit                 | 1           | 1                       |
 * | answer after sync                   | 1           | 1                       |
 * | read after sync                     | 13          | 5                       |
 * | failure count                       | 3           | 2                       |
 * | watermark                           | 3           | 3                       |
 * | burning at a restore                | 1           | 1                       |
 * | what a restore lost                 | 3           | 3                       |
 * | row lock of confirmations           | 7           | 1                       |
 * | confirming and replacing as one     | 7           | 6                       |
 * | burning at other authenticators     | 4           | 4                       |
 * | memory of deleted secrets           | 24          | 17                      |
 * | the same of those that waited       | 17          | 17                      |
 * | pending ones are not in use         | 6           | 4                       |
 * | counting wrong first codes          | 4           | 4                       |
 * | no used code finds a clock again    | 38          | 12                      |
 * | counting misses of that             | 4           | 4                       |
 * | a recovery code is used up          | 1           | 1                       |
 * | none while a client is disabled     | 7           | 7                       |
 * | counting wrong ones                 | 1           | 1                       |
 * | the day is kept when one is used    | 4           | 4                       |
 * | a proof is used up                  | 1           | 1                       |
 * | counting wrong proofs               | 5           | 7                       |
 * | one of two new: the lock stays      | 1           | 1                       |
 * | the day is kept by support          | 5           | 5                       |
 * | burning what is looked at ahead     | 47          | 49                      |
 * | counting looks                      | 1           | 1                       |
 * | the look-up of kept answers         | 1           | 1                       |
 * | keeping an answer in its commit     | 3           | 1                       |
 * | what ends trusted browsers          | 13          | 38                      |
 * | a token is replaced by its use      | 4           | 4                       |
 * | what waits is shown again           | 18          | 18                      |
 * | one of several is replaced          | 4           | 4                       |
 * | a proof before a pending one        | 4           | 4                       |
 * | what was used elsewhere             | 28          | 3                       |
 * | burning when a clock is put right   | 4           | 4                       |
 * | what a reset of the clock leaves    | 3           | 3                       |
 * | reading the policy each time        | 1           | 1                       |
 * | drawn versions of secrets           |             | 63                      |
 * | recovery after a failed sync        |             | 1 (`--disk forgetful`)  |
 * | rewriting at opening                |             | 4 (`--disk forgetful`)  |
 */
import { describe, expect, test } from 'vitest';
import { type Result, runCampaign } from './campaign.ts';
import { explore } from './explore.ts';
import { FATES, RARE_FATES, RAREST_FATES } from './fates.ts';
import { generate, generateForForgetfulDisk } from './generate.ts';
import {
  focusOf,
  GUARDS,
  type Guard,
  needsForgetfulDisk,
  SQLITE_GUARDS,
  type SqliteGuard,
  serverWithout,
} from './guards.ts';
import { loadImplementation } from './implementation.ts';
import { ModelStore } from './model-store.ts';
import { type OpenWorld, runSchedule } from './run-schedule.ts';
import { type Action, type CodeChoice, type Schedule, describe as tell } from './schedule.ts';
import { shrink } from './shrink.ts';
import { SqliteWorld } from './sqlite-world.ts';

const MODEL_SCHEDULES = 10_000;
const SQLITE_SCHEDULES = 200;
const FORGETFUL_SCHEDULES = 240;
/** A simulator that needs more than this to notice what is missing would not notice much. */
const SEEDS_TO_FIND = 100;
const onModel =
  (without: Guard | null = null): OpenWorld =>
  (schedule, clock) =>
    new ModelStore(schedule, clock, without);
const forModel = (seed: number) => generate(seed, { everyPolicy: true });
const forSqlite = (seed: number) => generate(seed);

function campaign(
  openWorld: OpenWorld,
  scheduleOf: (seed: number) => Schedule,
  schedules: number,
): Promise<Result> {
  return runCampaign({ firstSeed: 1, scheduleOf, openWorld, goOn: (done) => done < schedules });
}

/** Fails with the shortest schedule that breaks the same rule; otherwise tells what has been met. */
async function expectNoViolation(
  options: string,
  openWorld: OpenWorld,
  { schedules, calls, failure }: Result,
): Promise<void> {
  if (failure !== null) {
    const { schedule, violation } = failure;
    const shortest = await shrink(schedule, violation.rule, openWorld, 200);
    const replay = `npm run simulate -- --seed ${schedule.seed} --schedules 1 ${options}`;
    expect.fail(
      `seed ${schedule.seed} breaks "${violation.rule}": ${violation.detail}\n${replay}\n${tell(shortest)}`,
    );
  }
  const counts = [...calls].sort().map(([fate, count]) => `${fate} ${count}`);
  console.log(`${options}: ${schedules} schedules, 0 violations; ${counts.join(', ')}`);
  // A campaign that has not met all of this has shown nothing.
  expect(FATES.filter((fate) => (calls.get(fate) ?? 0) < 5)).toEqual([]);
  const rare = schedules === MODEL_SCHEDULES ? [...RARE_FATES, ...RAREST_FATES] : RARE_FATES;
  expect(rare.filter((fate) => !calls.has(fate))).toEqual([]);
}

describe('every promise holds', () => {
  test(`in ${MODEL_SCHEDULES} schedules on the model store`, async () => {
    await expectNoViolation('--store model', onModel(), await campaign(onModel(), forModel, MODEL_SCHEDULES));
  });

  test(`in ${SQLITE_SCHEDULES} schedules on SQLite`, async () => {
    const openWorld = SqliteWorld.opener(await loadImplementation());
    await expectNoViolation(
      '--store sqlite',
      openWorld,
      await campaign(openWorld, forSqlite, SQLITE_SCHEDULES),
    );
  });

  test(`in ${FORGETFUL_SCHEDULES} schedules on SQLite when the kernel forgets the pages of a failed sync`, async () => {
    const openWorld = SqliteWorld.opener(await loadImplementation(), true);
    await expectNoViolation(
      '--store sqlite --disk forgetful',
      openWorld,
      await campaign(openWorld, (seed) => generateForForgetfulDisk(seed), FORGETFUL_SCHEDULES),
    );
  });
});

describe('with a guard taken out a violation is found', () => {
  test.each(GUARDS)('%s, on the model store', async (guard) => {
    const taste = { everyPolicy: true, ...focusOf(guard) };
    await expectFound('model', guard, onModel(guard), (seed) => generate(seed, taste));
  });

  test.each(SQLITE_GUARDS)('%s, on SQLite', async (guard: SqliteGuard) => {
    const forgetful = needsForgetfulDisk(guard);
    const copy = serverWithout(guard);
    try {
      const openWorld = SqliteWorld.opener(await loadImplementation(copy.server), forgetful);
      const scheduleOf = forgetful ? generateForForgetfulDisk : generate;
      await expectFound('sqlite', guard, openWorld, (seed) => scheduleOf(seed, focusOf(guard)));
    } finally {
      copy.remove();
    }
  });

  async function expectFound(
    store: string,
    guard: SqliteGuard,
    openWorld: OpenWorld,
    scheduleOf: (seed: number) => Schedule,
  ): Promise<void> {
    const { failure } = await campaign(openWorld, scheduleOf, SEEDS_TO_FIND);
    if (failure === null) expect.fail(`no violation in ${SEEDS_TO_FIND} seeds without ${guard}`);
    console.log(
      `${store} without ${guard}: seed ${failure.schedule.seed} breaks "${failure.violation.rule}"`,
    );
  }
});

describe('a seed', () => {
  test('always makes the same schedule, and the schedule the same history, on both stores', async () => {
    const onSqlite = SqliteWorld.opener(await loadImplementation());
    for (const seed of [3, 14, 15]) {
      expect(tell(generate(seed))).toBe(tell(generate(seed)));
      for (const openWorld of [onModel(), onSqlite]) {
        const [first, second] = [
          await runSchedule(generate(seed), openWorld),
          await runSchedule(generate(seed), openWorld),
        ];
        expect(first.history?.calls.length).toBeGreaterThan(5);
        expect(second).toEqual(first);
      }
    }
  });

  test('that fails is shrunk to a few actions that break the same rule', async () => {
    const { failure } = await campaign(onModel('watermark'), forModel, SEEDS_TO_FIND);
    if (failure === null) expect.fail('nothing to shrink');
    const { rule } = failure.violation;
    const shortest = await shrink(failure.schedule, rule, onModel('watermark'));
    expect(shortest.actions.length).toBeLessThan(10);
    expect((await runSchedule(shortest, onModel('watermark'))).violation?.rule).toBe(rule);
    expect((await runSchedule(shortest, onModel())).violation).toBeNull();
  });
});

describe('in every order of two nodes, with the power cut at every place', () => {
  const { policy } = generate(1);
  const one = {
    policy: { ...policy, freeFailures: 2 },
    clients: [{ algorithm: 'SHA1', digits: 6, period: 30 } as const],
  };
  const now: CodeChoice = { from: 'phone', offset: 0, older: 0 };
  const guess = (number: number): CodeChoice => ({ from: 'guess', number });
  const send =
    (what: 'validate' | 'confirm') =>
    (node: number, code: CodeChoice): Action => ({ do: 'call', node, client: 0, ask: what, code });
  const [type, confirm] = [send('validate'), send('confirm')];
  type Asked = 'enrol' | 'enrol pending' | 'replace' | 'rotate' | 'unlock' | 'look' | 'follow';
  const ask = (node: number, what: Asked): Action => ({
    do: 'call',
    node,
    client: 0,
    ask: what,
  });
  const enrolled = [ask(0, 'enrol')];
  const failedOnce = [...enrolled, { do: 'settle' } as const, type(0, guess(1))];

  const cases: [name: string, before: Action[], calls: Action[]][] = [
    ['one code is accepted once', enrolled, [type(0, now), type(1, now)]],
    ['of two guesses with one left one is judged', failedOnce, [type(0, guess(2)), type(1, guess(3))]],
    ['a rotation and a code of the old secret', enrolled, [ask(0, 'rotate'), type(1, { ...now, older: 1 })]],
    ['an unlock and a guess', failedOnce, [ask(0, 'unlock'), type(1, guess(2))]],
    ['one first code confirms once', [ask(0, 'enrol pending')], [confirm(0, now), confirm(1, now)]],
    [
      'a replacement and a code of what it replaces',
      [...enrolled, { do: 'settle' } as const, ask(0, 'replace')],
      [confirm(0, now), type(1, { ...now, older: 1 })],
    ],
    ['two enrolments', [], [ask(0, 'enrol'), ask(1, 'enrol')]],
  ];
  const readCases: typeof cases = [
    ['a guess and a look at its client', enrolled, [type(0, guess(1)), ask(1, 'look')]],
    ['a code and a collector of the log', enrolled, [type(0, now), ask(0, 'follow')]],
  ];

  test.each([...cases, ...readCases])('%s', async (name, before, calls) => {
    let runs = 0;
    for (const fault of [null, 'commit', 'sync', 'busy'] as const) {
      const explored = await explore(one, before, calls, fault);
      expect(explored.violation, `with fault ${fault}`).toBeNull();
      runs += explored.runs;
    }
    console.log(`${name}: ${runs} orders`);
    expect(runs).toBeGreaterThan(300);
  });

  test.each(readCases)('%s: not when reads do not wait for the sync', async (_name, before, calls) => {
    const { violation } = await explore(one, before, calls, null, 'read-after-sync');
    expect(violation?.rule).toBe('what was read is not lost');
  });

  test.each(cases)('%s: not without the row lock', async (_name, before, calls) => {
    expect((await explore(one, before, calls, null, 'row-lock')).violation).not.toBeNull();
  });
});
