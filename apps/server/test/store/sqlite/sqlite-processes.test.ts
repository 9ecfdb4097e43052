import { describe, expect, it, onTestFinished } from 'vitest';
import { type Phone, START, STEP_MS, Workbench } from '../contract/workbench.ts';
import { SecondProcess } from './second-process.ts';
import { SqliteDatabase } from './sqlite-database.ts';

const AT_ONCE = 24;

/** A workbench, and another process that has its file open. */
async function twoProcesses(): Promise<{ bench: Workbench; other: SecondProcess; path: string }> {
  const database = new SqliteDatabase();
  const bench = await Workbench.open(async () => database);
  onTestFinished(() => bench.close());
  const other = new SecondProcess();
  await other.open(database.path, bench.masterKey.reveal());
  return { bench, other, path: database.path };
}

/** What this process makes of the attempts, in the words of the other one. */
async function here(bench: Workbench, phone: Phone, codes: readonly string[]): Promise<string[]> {
  const verdicts = await Promise.all(codes.map((code) => bench.validate(phone, code)));
  return verdicts.map((verdict) => (verdict.valid ? 'valid' : verdict.reason));
}

/*
 * What makes these hold: each batch takes SQLite's write lock before it reads (`begin immediate`). Seen to fail
 * without it: with rows read before the lock both processes accept the same code, and evaluate all of 200
 * guesses; with a plain `begin` calls end in store_unavailable, as the state that they read is out of date.
 */
describe('two processes on one file', () => {
  it('accept a code once when both are sent it many times at the same moment', async () => {
    const { bench, other } = await twoProcesses();
    const account = await bench.createAccount();
    const winners = { here: 0, there: 0 };
    for (let round = 0; round < 20; round++) {
      const phone = await bench.enrol(account, `user-${round}`);
      const code = phone.codeAt(START);
      const [local, remote] = await Promise.all([
        here(bench, phone, Array(AT_ONCE).fill(code)),
        other.validate(Array(AT_ONCE).fill([phone, code]), START),
      ]);
      expect([...local, ...remote].filter((outcome) => outcome === 'valid')).toHaveLength(1);
      winners[local.includes('valid') ? 'here' : 'there'] += 1;
    }
    expect(winners.here + winners.there).toBe(20);
    const events = await bench.events(account, { event: 'totp.validated' });
    expect(events).toHaveLength(20 * 2 * AT_ONCE);
    expect(events.filter((event) => event.outcome === 'success')).toHaveLength(20);
  });

  it('evaluate five of the wrong guesses that both get at the same moment', async () => {
    const { bench, other } = await twoProcesses();
    const account = await bench.createAccount();
    const phone = await bench.enrol(account, 'ada');
    const guesses = Array.from({ length: 100 }, (_, guess) => phone.wrongCodeAt(START, guess));
    const [local, remote] = await Promise.all([
      here(bench, phone, guesses),
      other.validate(
        guesses.map((code) => [phone, code]),
        START,
      ),
    ]);
    const evaluated = [...local, ...remote].filter((outcome) => outcome === 'invalid_code');
    expect(evaluated).toHaveLength(5);
    expect((await bench.client(phone)).lockout.failures).toBe(5);
  });

  it('both keep the log without gaps', async () => {
    const { bench, other } = await twoProcesses();
    const account = await bench.createAccount();
    const phones = [await bench.enrol(account, 'ada'), await bench.enrol(account, 'bob')];
    for (let round = 0; round < 10; round++) {
      await Promise.all(
        phones.flatMap((phone) => [
          here(bench, phone, Array(5).fill(phone.wrongCodeAt(START))),
          other.validate(Array(5).fill([phone, phone.wrongCodeAt(START)]), START),
        ]),
      );
    }
    const events = await bench.events(account);
    expect(events).toHaveLength(1 + 2 + 10 * 2 * 10);
    expect(events.map((event) => event.id)).toEqual(events.map((_, index) => events.length - index));
    for (const { clientId } of phones) {
      expect(await bench.events(account, { clientId })).toEqual(
        events.filter((event) => event.clientId === clientId),
      );
    }
  });

  it('know of a rotation in the one as soon as the other has answered it', async () => {
    const { bench, other } = await twoProcesses();
    const account = await bench.createAccount();
    const old = await bench.enrol(account, 'ada');
    expect(await other.validate([[old, old.codeAt(START)]], START)).toEqual(['valid']);
    const rotated = await bench.rotate(old, 'second phone');
    expect(await other.validate([[old, old.codeAt(START + STEP_MS)]], START)).toEqual(['invalid_code']);
    expect(await other.validate([[rotated, rotated.codeAt(START)]], START)).toEqual(['valid']);
  });

  it('keep what a process had answered before it was killed', async () => {
    const { bench, other } = await twoProcesses();
    const account = await bench.createAccount();
    const phone = await bench.enrol(account, 'ada');
    const codes = [phone.codeAt(START), ...Array<string>(4).fill(phone.wrongCodeAt(START))];
    await other.validate(
      codes.map((code) => [phone, code]),
      START,
    );
    await other.killHard();
    expect(await bench.validate(phone, phone.codeAt(START))).toEqual({
      valid: false,
      reason: 'invalid_code',
    });
    expect((await bench.client(phone)).lockout.failures).toBe(5);
    expect(await bench.events(account, { event: 'totp.validated' })).toHaveLength(6);
  });
});
