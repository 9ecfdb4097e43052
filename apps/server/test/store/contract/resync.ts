import { describe, expect, it } from 'vitest';
import type { Account } from '../../../src/domain/accounts/account.ts';
import { DEFAULT_POLICY, type Policy } from '../../../src/domain/verdicts/policy.ts';
import { activeClient, addPending, confirm } from './adas-authenticators.ts';
import { addToken, enrolToken, tokenCode } from './hotp.ts';
import { expectFault, type MakeDatabase, type Phone, STEP_MS, useWorkbench } from './workbench.ts';

const VALID = { valid: true };
const INVALID = { valid: false, reason: 'invalid_code' };
const MISSED = { resynced: false, reason: 'invalid_code' };

/** Authenticators whose clock or counter has left the window, found again by two codes. */
export function describeResync(makeDatabase: MakeDatabase): void {
  describe('resynchronisation', () => {
    const bench = useWorkbench(makeDatabase);
    const setPolicy = (account: Account, change: Partial<Policy>) =>
      bench().store.setPolicy(account.id, { ...DEFAULT_POLICY, ...change }, bench().change());
    const resync = (
      account: Account,
      number: number,
      codes: readonly [string, string],
      node = bench().store,
    ) =>
      node.resyncAuthenticator({ accountId: account.id, clientId: 'ada', number, codes }, bench().change());
    const numbers = async (account: Account) =>
      (await bench().store.listAuthenticators(account.id, 'ada', bench().now)).map(({ number }) => number);
    /** A phone of a client whose account follows drift. */
    async function followed() {
      const { account, first } = await activeClient(bench());
      await setPolicy(account, { followDrift: true });
      const [number = -1] = await numbers(account);
      return { account, first, number };
    }
    const pair = (phone: Phone, steps: number): [string, string] => [
      phone.codeAt(bench().now + (steps - 1) * STEP_MS),
      phone.codeAt(bench().now + steps * STEP_MS),
    ];

    describe('of a token', () => {
      it('accepts the counter after the two codes, and neither of them nor any before', async () => {
        const account = await bench().createAccount();
        const token = await enrolToken(bench(), account);
        expect(await bench().validate(token, tokenCode(50))).toEqual(INVALID);
        expect(await resync(account, token.number, [tokenCode(50), tokenCode(51)])).toEqual({
          resynced: true,
        });
        for (const counter of [45, 50, 51]) {
          expect(await bench().validate(token, tokenCode(counter))).toEqual(INVALID);
        }
        expect(await bench().validate(token, tokenCode(52), await bench().openNode())).toEqual(VALID);
        const events = await bench().events(account, { event: 'authenticator.resynced' });
        expect(events).toMatchObject([{ outcome: 'success', reason: null, clientId: 'ada' }]);
      });

      it('never accepts a code that was used: LinOTP#110', async () => {
        const account = await bench().createAccount();
        const token = await enrolToken(bench(), account);
        for (const counter of [8, 9]) {
          expect(await bench().validate(token, tokenCode(counter))).toEqual(VALID);
        }
        for (const codes of [
          [tokenCode(7), tokenCode(8)],
          [tokenCode(8), tokenCode(9)],
          [tokenCode(9), tokenCode(10)],
        ] as const) {
          expect(await resync(account, token.number, codes)).toEqual(MISSED);
        }
        expect(await bench().validate(token, tokenCode(10))).toEqual(VALID);
      });

      it('spends the client’s one failure budget, and asks nothing of a client that is locked', async () => {
        const { account, first } = await activeClient(bench());
        const { authenticator } = await addToken(bench(), account);
        for (let miss = 0; miss < 5; miss++) {
          expect(await resync(account, authenticator.number, [tokenCode(200), tokenCode(201)])).toEqual(
            MISSED,
          );
        }
        const locked = { reason: 'locked', retryAfter: 30 };
        expect(await bench().validate(first, first.codeAt(bench().now))).toMatchObject(locked);
        const right = [tokenCode(0), tokenCode(1)] as const;
        expect(await resync(account, authenticator.number, right)).toMatchObject(locked);
        await bench().store.setClientDisabled(account.id, 'ada', true, bench().change());
        expect(await resync(account, authenticator.number, right)).toMatchObject({ reason: 'disabled' });
        expect((await bench().client(first)).lockout.failures).toBe(5);
      });

      // Seen to fail when the failures are left as they are, and when a success takes those of the day with it.
      it('ends the run of failures as a login does, by two right codes and not by one; the day’s stay', async () => {
        const { account, first } = await activeClient(bench());
        const { authenticator } = await addToken(bench(), account);
        const failures = async () => (await bench().client(first)).lockout;
        await bench().failTimes(first, 3);
        // One right code of two, and two right ones with one between them.
        for (const codes of [
          [tokenCode(40), first.wrongCodeAt(bench().now)],
          [tokenCode(40), tokenCode(42)],
        ] as const) {
          bench().now = Math.max(bench().now, (await failures()).delayedUntil);
          expect(await resync(account, authenticator.number, codes)).toEqual(MISSED);
        }
        expect((await failures()).failures).toBe(5);
        bench().now = Math.max(bench().now, (await failures()).delayedUntil);
        expect(await resync(account, authenticator.number, [tokenCode(40), tokenCode(41)])).toEqual({
          resynced: true,
        });
        expect(await failures()).toMatchObject({ failures: 0, delayedUntil: 0 });
        expect((await failures()).recentFailures).toHaveLength(5);
      });

      it('succeeds once of 32 at once over two nodes', async () => {
        const account = await bench().createAccount();
        const token = await enrolToken(bench(), account);
        const nodes = [bench().store, await bench().openNode()];
        const answers = await Promise.all(
          Array.from({ length: 32 }, (_, index) =>
            resync(account, token.number, [tokenCode(40), tokenCode(41)], nodes[index % 2]),
          ),
        );
        expect(answers.filter(({ resynced }) => resynced)).toHaveLength(1);
      });
    });

    describe('of a phone', () => {
      it('follows its clock from there on, and forgets it when asked to', async () => {
        const { account, first, number } = await followed();
        const early = first.codeAt(bench().now - 6 * STEP_MS);
        expect(await bench().validate(first, early)).toEqual(INVALID);
        expect(await resync(account, number, pair(first, -5))).toEqual({ resynced: true, drift: -5 });
        bench().now += STEP_MS;
        expect(await bench().validate(first, first.codeAt(bench().now - 5 * STEP_MS))).toEqual(VALID);
        const reset = await bench().store.updateAuthenticator(
          { accountId: account.id, clientId: 'ada', number },
          { resetDrift: true },
          bench().change(),
        );
        expect(reset.drift).toBe(0);
        bench().now += STEP_MS;
        expect(await bench().validate(first, first.codeAt(bench().now - 5 * STEP_MS))).toEqual(INVALID);
        expect(await bench().validate(first, first.codeAt(bench().now))).toEqual(VALID);
        const events = await bench().events(account, { event: 'authenticator.resynced' });
        expect(events.map(({ reason }) => reason)).toEqual(['drift=0', 'drift=-5']);
      });

      it('accepts no code that was used, whatever the drift', async () => {
        const { account, first, number } = await followed();
        expect(await bench().validate(first, first.codeAt(bench().now))).toEqual(VALID);
        for (const steps of [-5, 0, 1]) {
          expect(await resync(account, number, pair(first, steps))).toEqual(MISSED);
        }
        expect(await resync(account, number, pair(first, 2))).toEqual({ resynced: true, drift: 2 });
      });

      it('says by how much the clock is off when that is too much, and counts nothing', async () => {
        const { account, first, number } = await followed();
        expect(await resync(account, number, pair(first, 15))).toEqual({
          resynced: false,
          reason: 'drift_too_large',
          drift: 15,
        });
        expect(await resync(account, number, pair(first, 22))).toEqual(MISSED);
        expect((await bench().client(first)).lockout.failures).toBe(1);
      });

      it('is refused where drift is not followed, and while it is pending', async () => {
        const { account, first } = await activeClient(bench());
        const [number = -1] = await numbers(account);
        await expectFault(resync(account, number, pair(first, 3)), 'drift_not_followed', /followDrift/);
        await setPolicy(account, { followDrift: true });
        const next = await addPending(bench(), account, 'second');
        const [, pending = -1] = await numbers(account);
        expect(await resync(account, pending, pair(next, 3))).toEqual({ resynced: false, reason: 'pending' });
        expect(await confirm(bench(), next, next.codeAt(bench().now))).toMatchObject({ confirmed: true });
        await expectFault(resync(account, 999, pair(next, 3)), 'authenticator_not_found');
        await expectFault(resync(account, number, ['123456', '12345678']), 'totp_code_malformed');
      });
    });
  });
}
