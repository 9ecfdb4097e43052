/**
 * Two servers on one PostgreSQL, as on two machines: each with a folder of its own, and the same master key.
 *
 * Seen to fail without the guard: without `for update` in store/postgres/batch-log.ts two of fifty identical codes
 * were accepted in the first rounds, and six guesses evaluated.
 */
import { copyFileSync } from 'node:fs';
import { join } from 'node:path';
import { setTimeout as sleep } from 'node:timers/promises';
import { afterAll, beforeAll, expect, test } from 'vitest';
import { type AccountAccess, Caller, codeOf, openAccount, wrongCodes } from '../support/caller.ts';
import { checkClients, checkLog, countAnswers, Load, lockForLong, seeded } from '../support/crash-ledger.ts';
import { endAll, KandaProcess, temporaryFolder } from '../support/kanda-process.ts';
import { databaseOf, usePostgres } from '../support/test-database.ts';

usePostgres();

const ROUNDS = 30;
const AT_ONCE = 50;
const GUESSES = 200;
const ANSWERS_BEFORE_THE_KILL = 300;
/** The lease of a node that is gone and two rounds of the node that takes the work over, on a busy machine. */
const TAKEN_OVER_WITHIN_MS = 30_000;
const FLAGS = ['--checkpoint-interval', '1s'];

let one: KandaProcess;
let other: KandaProcess;
let access: AccountAccess;
let atOne: Caller;
let atOther: Caller;

beforeAll(async () => {
  const [mine, theirs] = [temporaryFolder(), temporaryFolder()];
  const env = { KANDA_DATABASE_URL: await databaseOf(mine) };
  one = await KandaProcess.start({ dataDir: mine, env, flags: FLAGS });
  copyFileSync(join(mine, 'master.key'), join(theirs, 'master.key'));
  other = await KandaProcess.start({ dataDir: theirs, env, flags: FLAGS });
  access = await openAccount(one.url);
  atOne = new Caller(one.url).withBearer(access.apiKey, AT_ONCE);
  atOther = new Caller(other.url).withBearer(access.apiKey, AT_ONCE);
});
afterAll(endAll);

test(`${AT_ONCE} times the same right code over both nodes, ${ROUNDS} rounds: accepted once in each`, async () => {
  for (let round = 0; round < ROUNDS; round++) {
    const client = await atOne.enrol(`shared-${round}`);
    const code = codeOf(client, 1);
    const answers = await Promise.all(
      Array.from({ length: AT_ONCE }, (_, index) =>
        (index % 2 === 0 ? atOne : atOther).validate(client.clientId, code),
      ),
    );
    expect(answers.filter(({ json }) => json.valid === true)).toHaveLength(1);
    expect(answers.every(({ status }) => status === 200)).toBe(true);
  }
});

test(`${GUESSES} guesses at once over both nodes: five are evaluated`, async () => {
  const client = await atOther.enrol('guessed');
  const answers = await Promise.all(
    wrongCodes(client, GUESSES).map((code, index) =>
      (index % 2 === 0 ? atOne : atOther).validate('guessed', code),
    ),
  );
  expect(answers.filter(({ json }) => json.reason === 'invalid_code')).toHaveLength(5);
  expect(answers.filter(({ json }) => json.reason === 'locked')).toHaveLength(GUESSES - 5);
});

test('a policy that is set at one node is judged by at the other from then on', async () => {
  const owner = new Caller(one.url).withBearer(access.token);
  const client = await atOther.enrol('policed');
  expect((await owner.call('PUT', '/api/policy', { tellReplays: true })).json).toMatchObject({
    policy: { tellReplays: true },
  });
  const code = codeOf(client, 1);
  expect((await atOther.validate('policed', code)).json).toEqual({ valid: true });
  expect((await atOther.validate('policed', code)).json).toMatchObject({ reason: 'code_already_used' });
  // As it was: what comes after this reads replays as wrong codes.
  expect((await owner.call('PUT', '/api/policy', {})).status).toBe(200);
});

test('SIGKILL of one node under load: nothing that it had acknowledged is lost, the other goes on and takes its work over', async () => {
  const seed = Number(process.env.CRASH_SEED ?? Date.now() % 2 ** 31);
  console.log(`two nodes: CRASH_SEED=${seed} repeats its choices`);
  const random = seeded(seed);
  await lockForLong(new Caller(one.url).withBearer(access.token));
  const load = new Load(atOne, 'killed', 16, random);
  await load.answers(ANSWERS_BEFORE_THE_KILL);
  const client = await atOther.enrol('survivor');
  await one.kill();
  expect((await atOther.validate('survivor', codeOf(client))).json).toEqual({ valid: true });
  const ledgers = await load.ended;
  await checkClients(atOther, ledgers);
  const events = await atOther.events();
  const unanswered = checkLog(events, ledgers);
  const counts = countAnswers(ledgers);
  console.log(`two nodes: acknowledged ${JSON.stringify(counts)}, of the unanswered ${unanswered} committed`);
  expect(counts.accepted + counts.refused).toBeGreaterThan(20);

  // Whichever node led, its trees now hold what came after the kill.
  const newest = events.at(-1)?.id ?? 0;
  const deadline = performance.now() + TAKEN_OVER_WITHIN_MS;
  let covered = 0;
  while (covered < newest && performance.now() < deadline) {
    const { text } = await atOther.get('/api/logs/checkpoint');
    covered = Number(/^\d+$/m.exec(text)?.[0] ?? 0);
    if (covered < newest) await sleep(250);
  }
  expect(covered).toBeGreaterThanOrEqual(newest);
});
