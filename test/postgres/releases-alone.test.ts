/** A next release that changes what this one relies on is never beside it, on one PostgreSQL. */
import { afterAll, beforeEach, describe, expect, test } from 'vitest';
import { codeOf } from '../support/caller.ts';
import { endAll, type KandaProcess } from '../support/kanda-process.ts';
import { nextRelease, Releases, readiness } from '../support/next-release.ts';
import { usePostgres } from '../support/test-database.ts';

usePostgres();
afterAll(endAll);

const ALONE = { '9001-next': 'alter table account add column of_next bigint not null default 0' };

let releases: Releases;
let current: KandaProcess;
beforeEach(async () => {
  releases = await Releases.begin();
  current = releases.current;
});

const at = (node: KandaProcess) => releases.at(node);
const migrate = (program: string) => releases.migrate(program);
const startNext = (program: string) => releases.startNext(program);

describe('a release that changes what this one relies on', () => {
  test('is not begun while this one is at work, says which process that is, and ends this one afterwards', async () => {
    const beside = await releases.startBeside();
    const program = nextRelease(ALONE);
    const client = await at(current).enrol('ada');
    const refused = await Promise.all([
      migrate(program),
      startNext(program).then(
        () => 'started',
        (error: Error) => error.message,
      ),
    ]);
    expect(refused[0].code).toBe(1);
    for (const text of [refused[0].output, refused[1]]) {
      // One of them has the work behind the logs, and the other none that would show.
      expect(text).toContain(`/${current.pid}/`);
      expect(text).toContain(`/${beside.pid}/`);
      expect(text).toContain('Nothing was changed');
    }
    expect(await readiness(current)).toBe(200);
    expect((await at(current).validate('ada', codeOf(client))).json).toEqual({ valid: true });
    await Promise.all([current.stop(), beside.stop()]);
    const next = await startNext(program);
    expect((await at(next).validate('ada', codeOf(client, 1))).json).toEqual({ valid: true });
    await expect(current.again()).rejects.toThrow('written by a newer version of Kanda (it has 9001-next)');
  });

  /*
   * Seen to fail without the guard of the connections: it judged the code by tables that it did not know, and said that
   * it was right.
   */
  test('finds this one, which was taken for gone, silent when it comes back', async () => {
    const program = nextRelease(ALONE);
    const client = await at(current).enrol('ada');
    process.kill(current.pid, 'SIGSTOP');
    // Once its time is over, as it would be after a pause of the machine.
    await expect.poll(async () => (await migrate(program)).code).toBe(0);
    process.kill(current.pid, 'SIGCONT');
    const answer = await at(current).validate('ada', codeOf(client));
    expect(answer.status).toBe(503);
    expect(answer.json.detail).toContain('A newer version of Kanda has changed the tables (9001-next)');
    expect(await readiness(current)).toBe(503);
    const next = await startNext(program);
    expect((await at(next).validate('ada', codeOf(client))).json).toEqual({ valid: true });
  });
});
