import { describe, expect, it } from 'vitest';
import type { EventRecord } from '../../../src/domain/log/events.ts';
import { DAY_MS, type MakeDatabase, type Phone, START, useWorkbench, type Workbench } from './workbench.ts';

const INVALID = { valid: false, reason: 'invalid_code' };
const lockedFor = (retryAfter: number) => ({ valid: false, reason: 'locked', retryAfter });

export function describeLockout(makeDatabase: MakeDatabase): void {
  describe('the lockout', () => {
    const bench = useWorkbench(makeDatabase);

    it('lets five failures pass, then delays even the right code, and says for how long', async () => {
      const { account, phone } = await enrolled(bench());
      for (let failure = 0; failure < 5; failure++) {
        expect(await bench().validate(phone, phone.wrongCodeAt(START))).toEqual(INVALID);
      }
      expect(await bench().validate(phone, phone.codeAt(START))).toEqual(lockedFor(30));
      bench().now += 29_001;
      expect(await bench().validate(phone, phone.codeAt(bench().now))).toEqual(lockedFor(1));
      expect((await bench().client(phone)).lockout).toMatchObject({
        failures: 5,
        delayedUntil: START + 30_000,
      });
      expect(verdicts(await bench().events(account))).toEqual([
        ...Array(5).fill('invalid_code'),
        'locked',
        'locked',
      ]);
    });

    it('evaluates again when the delay is over, and doubles it with each failure up to an hour', async () => {
      const { phone } = await enrolled(bench());
      await bench().failTimes(phone, 5);
      const delays = [30, 60, 120, 240, 480, 960, 1_920, 3_600, 3_600];
      for (const delay of delays) {
        expect(await bench().validate(phone, phone.codeAt(bench().now))).toEqual(lockedFor(delay));
        bench().now += delay * 1_000;
        expect(await bench().validate(phone, phone.wrongCodeAt(bench().now))).toEqual(INVALID);
      }
    });

    it('counts nothing that it does not evaluate', async () => {
      const { phone } = await enrolled(bench());
      await bench().failTimes(phone, 5);
      const before = (await bench().client(phone)).lockout;
      for (let attempt = 0; attempt < 20; attempt++)
        await bench().validate(phone, phone.wrongCodeAt(START, attempt));
      expect((await bench().client(phone)).lockout).toEqual(before);
    });

    it('ends the run of failures at a success, but not the day: fifty failures lock, successes between them or not', async () => {
      const { account, phone } = await enrolled(bench());
      await bench().failAlmostTooOften(phone);
      expect((await bench().client(phone)).lockout).toMatchObject({
        failures: 0,
        delayedUntil: 0,
        locked: false,
      });
      expect((await bench().client(phone)).lockout.recentFailures).toHaveLength(48);
      expect(await bench().failTimes(phone, 2)).toEqual(INVALID);
      bench().now += 10 * DAY_MS;
      expect(await bench().validate(phone, phone.codeAt(bench().now))).toEqual({
        valid: false,
        reason: 'locked',
      });
      const events = await bench().events(account, { event: 'client.locked' });
      expect(events).toMatchObject([{ outcome: 'success', reason: 'too_many_failures', clientId: 'ada' }]);
    });

    it('forgets a failure after 24 hours, to the millisecond', async () => {
      const { phone } = await enrolled(bench());
      await bench().failTimes(phone, 1);
      bench().now = START + DAY_MS - 1;
      await bench().failTimes(phone, 1);
      expect((await bench().client(phone)).lockout.recentFailures).toEqual([START, START + DAY_MS - 1]);
      bench().now = START + DAY_MS;
      await bench().failTimes(phone, 1);
      expect((await bench().client(phone)).lockout.recentFailures).toEqual([
        START + DAY_MS - 1,
        START + DAY_MS,
      ]);
    });

    it('counts what another node saw', async () => {
      const { phone } = await enrolled(bench());
      const other = await bench().openNode();
      for (const node of [bench().store, other, bench().store, other, other]) {
        expect(await bench().validate(phone, phone.wrongCodeAt(START), node)).toEqual(INVALID);
      }
      expect(await bench().validate(phone, phone.codeAt(START))).toEqual(lockedFor(30));
      expect(await bench().validate(phone, phone.codeAt(START), other)).toEqual(lockedFor(30));
    });

    it('survives a restart: a delay and a lock are as they were', async () => {
      const { account, phone } = await enrolled(bench());
      const delayed = await bench().enrol(account, 'delayed');
      await bench().lockForGood(phone);
      await bench().failTimes(delayed, 5);
      const before = [await bench().client(phone), await bench().client(delayed)];
      await bench().reopen();
      expect([await bench().client(phone), await bench().client(delayed)]).toEqual(before);
      expect(await bench().validate(phone, phone.codeAt(bench().now))).toEqual({
        valid: false,
        reason: 'locked',
      });
      expect(await bench().validate(delayed, delayed.codeAt(bench().now))).toEqual(lockedFor(30));
    });
  });
}

async function enrolled(
  bench: Workbench,
): Promise<{ account: Awaited<ReturnType<Workbench['createAccount']>>; phone: Phone }> {
  const account = await bench.createAccount();
  return { account, phone: await bench.enrol(account, 'ada') };
}

function verdicts(events: readonly EventRecord[]): (string | null)[] {
  return events
    .filter((event) => event.event === 'totp.validated')
    .map((event) => event.reason)
    .reverse();
}
