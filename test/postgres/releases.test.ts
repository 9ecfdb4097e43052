/** Servers of two releases on one PostgreSQL, beside each other under load where the later one only adds to the tables. */
import { afterAll, expect, test } from 'vitest';
import { MIGRATION_NAMES } from '../../apps/server/src/store/migrations/index.ts';
import { servesBeside } from '../../apps/server/src/store/migrations/phases.ts';
import { Caller, codeOf } from '../support/caller.ts';
import { checkClients, checkLog, countAnswers, Load, lockForLong, seeded } from '../support/crash-ledger.ts';
import { endAll, KANDA, type KandaProcess } from '../support/kanda-process.ts';
import {
  EARLIER_KNOWS,
  earlierRelease,
  nextRelease,
  Releases,
  readiness,
  runProgram,
} from '../support/next-release.ts';
import { usePostgres } from '../support/test-database.ts';

usePostgres();
afterAll(endAll);

const ANSWERS = 150;
const ROUNDS = 5;
const AT_ONCE = 20;
const EXPAND = {
  '9001-next-expand': `create table of_next (id bigint primary key, client bigint not null);
    alter table client add column of_next text; alter table account add column of_next bigint not null default 0`,
};
const CONTRACT = { ...EXPAND, '9002-next-contract': 'drop table of_next' };

/** The servers of two releases under load, the earlier one first alone and then both, and each killed and started again. */
async function serveBeside(releases: Releases, program: string, random: () => number): Promise<void> {
  let { current } = releases;
  const at = (node: KandaProcess, sockets?: number) => releases.at(node, sockets);
  await lockForLong(new Caller(current.url).withBearer(releases.access.token));
  const load = new Load(at(current), 'current', 8, random);
  await load.answers(ANSWERS);
  let next = await releases.startNext(program);
  const nextLoad = new Load(at(next), 'next', 8, random);
  await Promise.all([load.answers(2 * ANSWERS), nextLoad.answers(ANSWERS)]);
  await acceptOnce(at(current, AT_ONCE), at(next, AT_ONCE));
  expect([await readiness(current), await readiness(next)]).toEqual([200, 200]);

  await current.kill();
  current = await current.again();
  await next.kill();
  next = await next.again();
  expect([await readiness(current), await readiness(next)]).toEqual([200, 200]);
  const ledgers = (await Promise.all([load.ended, nextLoad.ended])).flat();
  const of = (name: string) => ledgers.filter(({ clientId }) => clientId.startsWith(name));
  await checkClients(at(next), of('current'));
  await checkClients(at(current), of('next'));
  const unanswered = checkLog(await at(current).events(), ledgers);
  const counts = countAnswers(ledgers);
  console.log(
    `two releases: acknowledged ${JSON.stringify(counts)}, of the unanswered ${unanswered} committed`,
  );
  expect(counts.accepted).toBeGreaterThan(50);
  expect(counts.refused).toBeGreaterThan(50);
}

/** The same right code at both at once, in several rounds: accepted once in each. */
async function acceptOnce(one: Caller, other: Caller): Promise<void> {
  for (let round = 0; round < ROUNDS; round++) {
    const client = await (round % 2 === 0 ? one : other).enrol(`shared-${round}`);
    const answers = await Promise.all(
      Array.from({ length: AT_ONCE }, (_, index) =>
        (index % 2 === 0 ? one : other).validate(client.clientId, codeOf(client, 1)),
      ),
    );
    expect(answers.filter(({ json }) => json.valid === true)).toHaveLength(1);
    expect(answers.every(({ status }) => status === 200)).toBe(true);
  }
}

function seededByTime(): () => number {
  const seed = Number(process.env.CRASH_SEED ?? Date.now() % 2 ** 31);
  console.log(`two releases: CRASH_SEED=${seed} repeats its choices`);
  return seeded(seed);
}

test('a release that only adds to the tables serves beside this one under load, and each can start again', async () => {
  const releases = await Releases.begin();
  const program = nextRelease(EXPAND);
  const { output } = await releases.migrate(program, '--dry-run');
  expect(output).toContain('Servers of the version before go on');
  await serveBeside(releases, program, seededByTime());
  await expect.poll(() => releases.current.output).toContain('has added to the tables (9001-next-expand)');
});

const since = MIGRATION_NAMES.filter((name) => name > EARLIER_KNOWS);
if (servesBeside(since, EARLIER_KNOWS)) {
  test('the release before this one serves beside it under load, and each can start again', async () => {
    await serveBeside(await Releases.begin(earlierRelease()), KANDA, seededByTime());
  });
} else {
  test('the release before this one, which could not go on, keeps this one from changing the tables', async () => {
    const releases = await Releases.begin(earlierRelease());
    const { current } = releases;
    const client = await releases.at(current).enrol('ada');
    await expect(releases.startNext(KANDA)).rejects.toThrow('Nothing was changed');
    const code = codeOf(client);
    expect((await releases.at(current).validate('ada', code)).json).toEqual({ valid: true });
    await current.stop();
    const now = await releases.startNext(KANDA);
    expect((await releases.at(now).validate('ada', code)).json).toMatchObject({ valid: false });
    expect((await releases.at(now).validate('ada', codeOf(client, 1))).json).toEqual({ valid: true });
  });
}

test('what only this release needs stays until it is asked for, and no server of this one is at work', async () => {
  const releases = await Releases.begin();
  const { current } = releases;
  const migrate = (...flags: string[]) => releases.migrate(program, ...flags);
  const at = (node: KandaProcess) => releases.at(node);
  const program = nextRelease(CONTRACT);
  const dryRun = await migrate('--dry-run');
  expect(dryRun.output).toContain('9002-next-contract waits');
  const next = await releases.startNext(program);
  expect(next.output).toContain('9002-next-contract waits');
  const refused = await migrate('--contract');
  expect(refused.code).toBe(1);
  expect(refused.output).toContain(`/${current.pid}/`);
  expect(refused.output).not.toContain(`/${next.pid}/`);
  expect([await readiness(current), await readiness(next)]).toEqual([200, 200]);
  await current.stop();
  expect(await migrate('--contract')).toMatchObject({ code: 0 });
  expect(await readiness(next)).toBe(200);
  const client = await at(next).enrol('ada');
  expect((await at(next).validate('ada', codeOf(client))).json).toEqual({ valid: true });
  await expect(current.again()).rejects.toThrow('(it has 9001-next-expand, 9002-next-contract)');
  const older = await runProgram(KANDA, ['account', 'list', '--data-dir', current.dataDir], releases.env);
  expect(older.output).toContain('written by a newer version');
});
