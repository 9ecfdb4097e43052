import { DEFAULT_PARAMETERS } from '@kanda/otp';
import { describe, expect, it } from 'vitest';
import { TEST_ID } from '../../../src/domain/test-mode/test-halves.ts';
import { enrolToken, tokenCode } from './hotp.ts';
import { type MakeDatabase, START, STEP_MS, useWorkbench, type Workbench } from './workbench.ts';

const INVALID = { valid: false, reason: 'invalid_code' };

export function describeVerdictFigures(makeDatabase: MakeDatabase): void {
  describe('the figures of verdicts', () => {
    const bench = useWorkbench(makeDatabase);

    it('count users who come into a delay, once for each series of wrong codes, and no lock', async () => {
      const account = await bench().createAccount();
      for (let user = 0; user < 3; user++) {
        const phone = await bench().enrol(account, `user-${user}`);
        for (let attempt = 0; attempt < 7; attempt++)
          await bench().validate(phone, phone.wrongCodeAt(bench().now));
        await bench().failTimes(phone, 2);
      }
      expect(figuresOf(bench())).toMatchObject({ delays: 3, lockouts: 0 });
    });

    it('count codes that would be right a few steps away, which the caller gets as any wrong code', async () => {
      const account = await bench().createAccount();
      const phone = await bench().enrol(account, 'alice');
      for (const away of [-4, 4, 9]) {
        expect(await bench().validate(phone, phone.codeAt(START + away * STEP_MS))).toEqual(INVALID);
      }
      expect(await bench().validate(phone, phone.codeAt(START + 11 * STEP_MS))).toEqual(INVALID);
      expect(await bench().validate(phone, phone.wrongCodeAt(START))).toEqual(INVALID);
      expect(figuresOf(bench()).codesAgainstClock).toMatchObject({ serverAhead: 1, serverBehind: 2 });
    });

    it('do not count a code that was accepted before', async () => {
      const account = await bench().createAccount();
      const phone = await bench().enrol(account, 'alice');
      expect(await bench().validate(phone, phone.codeAt(START))).toEqual({ valid: true });
      bench().now += 4 * STEP_MS;
      expect(await bench().validate(phone, phone.codeAt(START))).toEqual(INVALID);
      expect(figuresOf(bench()).codesAgainstClock).toMatchObject({ serverAhead: 0, serverBehind: 0 });
    });

    it('do not count tokens, which have no clock', async () => {
      const account = await bench().createAccount();
      const token = await enrolToken(bench(), account);
      expect(await bench().validate(token, tokenCode(30))).toEqual(INVALID);
      expect(figuresOf(bench()).codesAgainstClock).toMatchObject({ serverAhead: 0, serverBehind: 0 });
    });

    it('do not count codes of a test half, also while its clock shows the server’s time', async () => {
      const account = await bench().createAccount();
      const half = { liveId: account.id, publicId: `${TEST_ID}ada`, ...bench().change() };
      const test = await bench().store.createTestHalf(half);
      const phone = await bench().enrol(test, 'alice');
      expect(await bench().validate(phone, phone.codeAt(START + 4 * STEP_MS))).toEqual(INVALID);
      expect(figuresOf(bench()).codesAgainstClock).toMatchObject({ serverAhead: 0, serverBehind: 0 });
    });

    it('say that the clock is wrong once the codes of five users agree', async () => {
      const account = await bench().createAccount();
      for (let user = 0; user < 5; user++) {
        expect(figuresOf(bench()).codesAgainstClock.look()).toBeNull();
        const phone = await bench().enrol(account, `user-${user}`, DEFAULT_PARAMETERS);
        await bench().validate(phone, phone.codeAt(START + 4 * STEP_MS));
      }
      expect(figuresOf(bench()).codesAgainstClock.look()).toEqual({ aheadSeconds: -120, clients: 5 });
    });
  });
}

function figuresOf({ store }: Workbench) {
  if (store.figures === undefined) throw new Error('the store notes nothing');
  return store.figures;
}
