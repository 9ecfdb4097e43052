import { describe, expect, it } from 'vitest';
import { NO_FAILURES } from '../../../src/domain/verdicts/lockout.ts';
import {
  expectFault,
  type MakeDatabase,
  ORIGIN,
  reasons,
  START,
  STEP_MS,
  useWorkbench,
} from './workbench.ts';

const INVALID = { valid: false, reason: 'invalid_code' };

export function describeVerdicts(makeDatabase: MakeDatabase): void {
  describe('a verdict', () => {
    const bench = useWorkbench(makeDatabase);

    it('accepts the codes of the step before, this one and the next, for every kind of authenticator', async () => {
      const account = await bench().createAccount();
      for (const algorithm of ['SHA1', 'SHA256', 'SHA512'] as const) {
        for (const digits of [6, 8] as const) {
          for (const period of [15, 30, 60]) {
            const name = `${algorithm}-${digits}-${period}`;
            const phone = await bench().enrol(account, name, { algorithm, digits, period });
            for (const step of [-1, 0, 1]) {
              const code = phone.codeAt(START + step * period * 1000);
              expect(await bench().validate(phone, code), `${name} ${step}`).toEqual({ valid: true });
            }
          }
        }
      }
    });

    it('refuses an accepted code in every later step of its window, and counts it', async () => {
      const account = await bench().createAccount();
      const phone = await bench().enrol(account, 'ada');
      const code = phone.codeAt(START + STEP_MS);
      expect(await bench().validate(phone, code)).toEqual({ valid: true });
      for (const later of [0, STEP_MS, 2 * STEP_MS]) {
        bench().now = START + later;
        expect(await bench().validate(phone, code)).toEqual(INVALID);
      }
      expect((await bench().client(phone)).lockout).toMatchObject({
        failures: 3,
        recentFailures: [START, START + STEP_MS, START + 2 * STEP_MS],
      });
      expect(reasons(await bench().events(account))).toEqual([
        'accepted',
        ...Array(3).fill('code_already_used'),
      ]);
    });

    it('refuses step T once T+1 was accepted, also after the clock stepped back', async () => {
      const account = await bench().createAccount();
      const phone = await bench().enrol(account, 'ada');
      expect(await bench().validate(phone, phone.codeAt(START + STEP_MS))).toEqual({ valid: true });
      expect(await bench().validate(phone, phone.codeAt(START))).toEqual(INVALID);
      bench().now = START - STEP_MS;
      expect(await bench().validate(phone, phone.codeAt(START - STEP_MS))).toEqual(INVALID);
      bench().now = START + 2 * STEP_MS;
      expect(await bench().validate(phone, phone.codeAt(bench().now))).toEqual({ valid: true });
    });

    it('forgets nothing at a restart: an accepted code stays used', async () => {
      const account = await bench().createAccount();
      const phone = await bench().enrol(account, 'ada');
      expect(await bench().validate(phone, phone.codeAt(START))).toEqual({ valid: true });
      await bench().reopen();
      expect(await bench().validate(phone, phone.codeAt(START))).toEqual(INVALID);
    });

    it('is not given for anything but the right number of ASCII digits, which counts nothing and is no event', async () => {
      const account = await bench().createAccount();
      const six = await bench().enrol(account, 'six');
      const eight = await bench().enrol(account, 'eight', { algorithm: 'SHA1', digits: 8, period: 30 });
      const right = six.codeAt(START);
      const fullWidth = [...right].map((digit) => String.fromCodePoint(0xff10 + Number(digit))).join('');
      for (const code of [
        '',
        '12345',
        '12345678',
        `${right} `,
        ` ${right.slice(1)}`,
        '0x1F4A',
        '+12345',
        fullWidth,
      ]) {
        await expectFault(bench().validate(six, code), 'totp_code_malformed');
      }
      await expectFault(bench().validate(eight, right), 'totp_code_malformed');
      expect((await bench().client(six)).lockout).toEqual(NO_FAILURES);
      expect(await bench().events(account, { event: 'totp.validated' })).toEqual([]);
      expect(await bench().validate(six, right)).toEqual({ valid: true });
    });

    it('is not given for a clientId that is not enrolled, and that is an event', async () => {
      const account = await bench().createAccount();
      await expectFault(
        bench().validate({ accountId: account.id, clientId: 'unknown' }, '123456'),
        'client_not_found',
      );
      expect(await bench().events(account, { clientId: 'unknown' })).toEqual([
        {
          id: 2,
          event: 'totp.validated',
          outcome: 'failure',
          reason: 'client_not_found',
          clientId: 'unknown',
          at: START,
          origin: ORIGIN,
        },
      ]);
    });

    it('is not given when the sealed secret was moved from another row, and that is an event', async () => {
      const account = await bench().createAccount();
      const ada = await bench().enrol(account, 'ada');
      const eve = await bench().enrol(account, 'eve');
      await bench().database.swapSecrets(account.id, 'ada', 'eve');
      // Opened keys of before may be remembered; a restart forgets them.
      await bench().reopen();
      for (const [phone, shown] of [
        [ada, eve],
        [eve, ada],
        [ada, ada],
      ] as const) {
        await expectFault(bench().validate(phone, shown.codeAt(START)), 'secret_unreadable');
      }
      expect((await bench().client(ada)).lockout).toEqual(NO_FAILURES);
      expect(reasons(await bench().events(account, { clientId: 'ada' }))).toEqual([
        'secret_unreadable',
        'secret_unreadable',
      ]);
      await bench().database.swapSecrets(account.id, 'ada', 'eve');
      expect(await bench().validate(ada, ada.codeAt(START))).toEqual({ valid: true });
    });

    it('for one client does not suffer from another whose secret does not open', async () => {
      const account = await bench().createAccount();
      const [ada, eve, bob] = [
        await bench().enrol(account, 'ada'),
        await bench().enrol(account, 'eve'),
        await bench().enrol(account, 'bob'),
      ];
      await bench().database.swapSecrets(account.id, 'ada', 'eve');
      await bench().reopen();
      const together = [ada, bob, eve].map((phone) => bench().validate(phone, phone.codeAt(START)));
      const [first, second, third] = await Promise.allSettled(together);
      expect(first).toMatchObject({ status: 'rejected', reason: { code: 'secret_unreadable' } });
      expect(second).toEqual({ status: 'fulfilled', value: { valid: true } });
      expect(third).toMatchObject({ status: 'rejected', reason: { code: 'secret_unreadable' } });
    });

    // Seen to fail on PostgreSQL while rows were decoded before the attempts were judged: 503 for the whole batch.
    it('for one client does not suffer from another whose row is damaged', async () => {
      const account = await bench().createAccount();
      const [ada, bob] = [await bench().enrol(account, 'ada'), await bench().enrol(account, 'bob')];
      await bench().database.damageFailures(account.id, 'ada');
      const together = [ada, bob].map((phone) => bench().validate(phone, phone.codeAt(START)));
      const [first, second] = await Promise.allSettled(together);
      expect(first).toMatchObject({ status: 'rejected', reason: { code: 'secret_unreadable' } });
      expect(second).toEqual({ status: 'fulfilled', value: { valid: true } });
    });
  });
}
