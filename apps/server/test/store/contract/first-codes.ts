import { describe, expect, it } from 'vitest';
import type { Account } from '../../../src/domain/accounts/account.ts';
import { ALL_OTHERS } from '../../../src/domain/authenticators/authenticator.ts';
import { DEFAULT_POLICY, type Policy } from '../../../src/domain/verdicts/policy.ts';
import { activeClient, addPending, confirm, pendingClient, refused } from './adas-authenticators.ts';
import { type MakeDatabase, Phone, STEP_MS, useWorkbench } from './workbench.ts';

const VALID = { valid: true };
const INVALID = { valid: false, reason: 'invalid_code' };

/** First codes: of one of several that wait, and of a phone whose clock is off. */
export function describeFirstCodes(makeDatabase: MakeDatabase): void {
  describe('a first code', () => {
    const bench = useWorkbench(makeDatabase);
    const setPolicy = (account: Account, change: Partial<Policy>) =>
      bench().store.setPolicy(account.id, { ...DEFAULT_POLICY, ...change }, bench().change());
    const statuses = async (account: Account) =>
      (await bench().store.listAuthenticators(account.id, 'ada', bench().now)).map(
        ({ name, pendingUntil, attemptsLeft }) => [name, pendingUntil === null ? 'active' : attemptsLeft],
      );

    describe('without an authenticator’s name', () => {
      // Seen to fail when only the newest is tried.
      it('confirms the one that shows it, whichever of those that wait it is', async () => {
        const { account } = await activeClient(bench());
        const second = await addPending(bench(), account, 'second');
        await addPending(bench(), account, 'third');
        expect(await confirm(bench(), second, second.codeAt(bench().now))).toMatchObject({ confirmed: true });
        expect(await statuses(account)).toEqual([
          [null, 'active'],
          ['second', 'active'],
          ['third', 5],
        ]);
      });

      it('confirms the newest of several that show it, and no other is confirmed by it afterwards', async () => {
        const { account, phone } = await pendingClient(bench());
        await addPending(bench(), account, 'ada', 'copy');
        const code = phone.codeAt(bench().now);
        expect(await confirm(bench(), phone, code)).toMatchObject({ confirmed: true });
        expect(await statuses(account)).toEqual([
          [null, 5],
          ['copy', 'active'],
        ]);
        expect(await confirm(bench(), phone, code)).toEqual(refused(4));
        bench().now += STEP_MS;
        expect(await confirm(bench(), phone, phone.codeAt(bench().now))).toMatchObject({ confirmed: true });
      });

      // Seen to fail when a wrong code counts for the newest alone: the older ones were guessed at without an end.
      it('counts for each that it was tried with when it is wrong, and is one failure of the client', async () => {
        const { account, first } = await activeClient(bench());
        const second = await addPending(bench(), account, 'second');
        const guess = (nth: number) => confirm(bench(), second, second.wrongCodeAt(bench().now, nth));
        for (const nth of [0, 1]) expect(await guess(nth)).toEqual(refused(4 - nth));
        const third = await addPending(bench(), account, 'third');
        for (const nth of [2, 3, 4]) expect(await guess(nth)).toEqual(refused(6 - nth));
        expect(await statuses(account)).toEqual([
          [null, 'active'],
          ['third', 2],
        ]);
        expect((await bench().client(first)).lockout.failures).toBe(5);
        await bench().store.unlockClient(account.id, 'ada', bench().change());
        for (const nth of [5, 6]) expect(await guess(nth)).toEqual(refused(6 - nth));
        await expect(confirm(bench(), third, third.codeAt(bench().now))).rejects.toMatchObject({
          code: 'authenticator_not_found',
        });
      });

      it('is tried with those alone that have codes of its length', async () => {
        const { account, phone } = await pendingClient(bench());
        const parameters = { ...phone.parameters, digits: 8 } as const;
        const long = new Phone(account.id, 'ada', parameters, 'long');
        const asked = {
          ...long,
          name: 'long',
          isImported: true,
          watermark: -1,
          replaces: null,
          fresh: false,
        };
        const pendingUntil = bench().now + 900_000;
        await bench().store.addAuthenticator({ ...asked, pendingUntil }, bench().change());
        expect(await confirm(bench(), phone, phone.wrongCodeAt(bench().now))).toEqual(refused(4));
        expect(await statuses(account)).toEqual([
          [null, 4],
          ['long', 5],
        ]);
        expect(await confirm(bench(), phone, long.codeAt(bench().now))).toMatchObject({ confirmed: true });
        await expect(confirm(bench(), phone, '1234567')).rejects.toMatchObject({
          code: 'totp_code_malformed',
        });
      });

      it('of a phone that is to replace the others ends those that wait beside it', async () => {
        const { account, first } = await activeClient(bench());
        const next = await addPending(bench(), account, 'next', null, ALL_OTHERS);
        await addPending(bench(), account, 'beside');
        expect(await confirm(bench(), next, next.codeAt(bench().now))).toMatchObject({ confirmed: true });
        expect(await statuses(account)).toEqual([[null, 'active']]);
        expect(await bench().validate(first, first.codeAt(bench().now))).toEqual(INVALID);
      });
    });

    describe('of a phone whose clock is off', () => {
      const codeOf = (phone: Phone, steps: number) => phone.codeAt(bench().now + steps * STEP_MS);

      // Seen to fail when the window of a confirmation is taken for that of a login.
      it('says by how many steps, when a login would refuse its codes', async () => {
        for (const [skew, steps, clockOff] of [
          [1, 2, 2],
          [1, -2, -2],
          [1, 1, undefined],
          [0, 1, 1],
          [2, 2, undefined],
        ] as const) {
          const account = await bench().createAccount(`skew-${skew}-${steps}`);
          await setPolicy(account, { skew });
          const phone = new Phone(account.id, 'ada', { algorithm: 'SHA1', digits: 6, period: 30 }, 'ada');
          const pendingUntil = bench().now + 900_000;
          await bench().store.registerClient(
            { ...phone, label: 'ada', issuer: 'Example', pendingUntil },
            bench().change(),
          );
          const confirmed = await confirm(bench(), phone, codeOf(phone, steps));
          expect(confirmed, `skew ${skew}, ${steps} steps`).toEqual({
            confirmed: true,
            authenticator: expect.any(Number),
            ...(clockOff === undefined ? {} : { clockOff }),
          });
          // A step later, as the phone shows it then; an older one than was confirmed by is used in any case.
          bench().now += STEP_MS;
          const next = await bench().validate(phone, codeOf(phone, steps));
          expect(next.valid, `skew ${skew}, ${steps} steps`).toBe(clockOff === undefined);
        }
      });

      it('says nothing where the clock is followed, and a login accepts its codes', async () => {
        const { account, phone } = await pendingClient(bench());
        await setPolicy(account, { followDrift: true });
        const confirmed = await confirm(bench(), phone, codeOf(phone, 2));
        expect(confirmed).toEqual({ confirmed: true, authenticator: expect.any(Number) });
        bench().now += STEP_MS;
        expect(await bench().validate(phone, codeOf(phone, 2))).toEqual(VALID);
      });
    });
  });
}
