/**
 * This tree's server and the next release's on one PostgreSQL: beside each other under load where the next one only adds
 * to the tables, and never where it does more.
 */
import { afterAll, beforeEach, expect, test } from 'vitest';
import { Caller, codeOf } from '../support/caller.ts';
import { checkClients, checkLog, countAnswers, Load, lockForLong, seeded } from '../support/crash-ledger.ts';
import { endAll, KANDA, type KandaProcess } from '../support/kanda-process.ts';
import { nextRelease, Releases, readiness, runProgram } from '../support/next-release.ts';
import { usePostgres } from '../support/test-database.ts';

usePostgres();
afterAll(endAll);

const ANSWERS = 400;
const ROUNDS = 10;
const AT_ONCE = 20;
const EXPAND = {
  '9001-next-expand': `create table of_next (id bigint primary key, client bigint not null);
    alter table client add column of_next text; alter table account add column of_next bigint not null default 0`,
};
const CONTRACT = { ...EXPAND, '9002-next-contract': 'drop table of_next' };

let releases: Releases;
let current: KandaProcess;
beforeEach(async () => {
  releases = await Releases.begin();
  current = releases.current;
});

const at = (node: KandaProcess, sockets?: number) => releases.at(node, sockets);
const migrate = (program: string, ...flags: string[]) => releases.migrate(program, ...flags);
const startNext = (program: string) => releases.startNext(program);

test('a release that only adds to the tables serves beside this one under load, and each can start again', async () => {
  const seed = Number(process.env.CRASH_SEED ?? Date.now() % 2 ** 31);
  console.log(`two releases: CRASH_SEED=${seed} repeats its choices`);
  const random = seeded(seed);
  await lockForLong(new Caller(current.url).withBearer(releases.access.token));
  const load = new Load(at(current), 'current', 8, random);
  await load.answers(ANSWERS);
  const program = nextRelease(EXPAND);
  expect((await migrate(program, '--dry-run')).output).toContain('Servers of the version before go on');
  let next = await startNext(program);
  const nextLoad = new Load(at(next), 'next', 8, random);
  await Promise.all([load.answers(2 * ANSWERS), nextLoad.answers(ANSWERS)]);

  for (let round = 0; round < ROUNDS; round++) {
    const client = await at(round % 2 === 0 ? current : next).enrol(`shared-${round}`);
    const [one, other] = [at(current, AT_ONCE), at(next, AT_ONCE)];
    const answers = await Promise.all(
      Array.from({ length: AT_ONCE }, (_, index) =>
        (index % 2 === 0 ? one : other).validate(client.clientId, codeOf(client, 1)),
      ),
    );
    expect(answers.filter(({ json }) => json.valid === true)).toHaveLength(1);
    expect(answers.every(({ status }) => status === 200)).toBe(true);
  }
  expect([await readiness(current), await readiness(next)]).toEqual([200, 200]);
  await expect.poll(() => current.output).toContain('has added to the tables (9001-next-expand)');

  await current.kill();
  current = await current.again();
  await next.kill();
  next = await next.again();
  expect([await readiness(current), await readiness(next)]).toEqual([200, 200]);
  const ledgers = (await Promise.all([load.ended, nextLoad.ended])).flat();
  await checkClients(
    at(next),
    ledgers.filter(({ clientId }) => clientId.startsWith('current')),
  );
  await checkClients(
    at(current),
    ledgers.filter(({ clientId }) => clientId.startsWith('next')),
  );
  const unanswered = checkLog(await at(current).events(), ledgers);
  const counts = countAnswers(ledgers);
  console.log(
    `two releases: acknowledged ${JSON.stringify(counts)}, of the unanswered ${unanswered} committed`,
  );
  expect(counts.accepted).toBeGreaterThan(50);
  expect(counts.refused).toBeGreaterThan(50);
});

test('what only this release needs stays until it is asked for, and no server of this one is at work', async () => {
  const program = nextRelease(CONTRACT);
  const dryRun = await migrate(program, '--dry-run');
  expect(dryRun.output).toContain('9002-next-contract waits');
  const next = await startNext(program);
  expect(next.output).toContain('9002-next-contract waits');
  const refused = await migrate(program, '--contract');
  expect(refused.code).toBe(1);
  expect(refused.output).toContain(`/${current.pid}/`);
  expect(refused.output).not.toContain(`/${next.pid}/`);
  expect([await readiness(current), await readiness(next)]).toEqual([200, 200]);
  await current.stop();
  expect(await migrate(program, '--contract')).toMatchObject({ code: 0 });
  expect(await readiness(next)).toBe(200);
  const client = await at(next).enrol('ada');
  expect((await at(next).validate('ada', codeOf(client))).json).toEqual({ valid: true });
  await expect(current.again()).rejects.toThrow('(it has 9001-next-expand, 9002-next-contract)');
  const older = await runProgram(KANDA, ['account', 'list', '--data-dir', current.dataDir], releases.env);
  expect(older.output).toContain('written by a newer version');
});
