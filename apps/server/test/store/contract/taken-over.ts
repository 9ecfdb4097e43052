import { describe, expect, it } from 'vitest';
import type { Account } from '../../../src/domain/accounts/account.ts';
import { ALL_OTHERS } from '../../../src/domain/authenticators/authenticator.ts';
import { DEFAULT_POLICY, type Policy } from '../../../src/domain/verdicts/policy.ts';
import {
  activeClient,
  addPending,
  confirm,
  enrolPending,
  MINUTE_MS,
  PARAMETERS,
  twoPhones,
} from './adas-authenticators.ts';
import { expectFault, HOUR_MS, type MakeDatabase, Phone, START, STEP_MS, useWorkbench } from './workbench.ts';

const VALID = { valid: true };
const INVALID = { valid: false, reason: 'invalid_code' };

/** What an attacker tries who has one code, one phone or one bearer of a user. Each was seen to fail. */
export function describeTakenOver(makeDatabase: MakeDatabase): void {
  describe('an attacker with a part of the keys', () => {
    const bench = useWorkbench(makeDatabase);
    const setPolicy = (account: Account, change: Partial<Policy>) =>
      bench().store.setPolicy(account.id, { ...DEFAULT_POLICY, ...change }, bench().change());
    const numbers = async (account: Account) =>
      (await bench().store.listAuthenticators(account.id, 'ada', bench().now)).map(({ number }) => number);
    const rotateOne = (account: Account, number: number) =>
      bench().store.rotateClient(
        { accountId: account.id, clientId: 'ada', number, secret: new Uint8Array(20).fill(9) },
        bench().change(),
      );

    it('has no code accepted again that confirmed a phone while the clock was ahead', async () => {
      const { account } = await activeClient(bench());
      await setPolicy(account, { confirmSkew: 5 });
      const second = await addPending(bench(), account, 'second');
      // The enrolment lasts 15 minutes: the clock is ahead by less.
      const ahead = START + 10 * MINUTE_MS;
      bench().now = ahead;
      const confirming = second.codeAt(ahead + 4 * STEP_MS);
      expect(await confirm(bench(), second, confirming)).toMatchObject({ confirmed: true });
      const later = ahead + 15 * STEP_MS;
      bench().now = later;
      expect(await bench().validate(second, second.codeAt(later))).toEqual(VALID);
      bench().now = START;
      await bench().store.resetClientClock(account.id, 'ada', bench().change());
      bench().now = ahead + 4 * STEP_MS;
      expect(await bench().validate(second, confirming)).toEqual(INVALID);
    });

    it('loses what was added and waits for its first code, when the user takes over with a new secret', async () => {
      const { account } = await activeClient(bench());
      const planted = await addPending(bench(), account, 'planted');
      const next = await addPending(bench(), account, 'next', 'next', ALL_OTHERS);
      const ofNext = (await numbers(account)).at(-1) ?? -1;
      const name = { accountId: account.id, clientId: 'ada', number: ofNext };
      const code = next.codeAt(bench().now);
      expect(await bench().store.confirmAuthenticator({ ...name, code }, bench().change())).toMatchObject({
        confirmed: true,
      });
      expect(await numbers(account)).toEqual([ofNext]);
      const late = confirm(bench(), planted, planted.codeAt(bench().now));
      await expectFault(late, 'authenticator_not_found');
    });

    it('gets no new guesses at a phone when another one is rotated', async () => {
      const { account, first } = await twoPhones(bench());
      await bench().failTimes(first, 5);
      const [, second = -1] = await numbers(account);
      await rotateOne(account, second);
      expect(await bench().validate(first, first.codeAt(bench().now))).toMatchObject({ reason: 'locked' });
      const [before = -1] = await numbers(account);
      await bench().store.removeAuthenticator(
        { accountId: account.id, clientId: 'ada', number: second },
        bench().change(),
      );
      await rotateOne(account, before);
      expect((await bench().client(first)).lockout.failures).toBe(0);
    });

    it('puts no pending authenticator into use by rotating it', async () => {
      const { account } = await activeClient(bench());
      await addPending(bench(), account, 'waiting');
      const [, waiting = -1] = await numbers(account);
      await expectFault(rotateOne(account, waiting), 'authenticator_not_found');
    });

    it('costs the user no code by a change that is refused', async () => {
      const { account, first } = await activeClient(bench());
      const code = first.codeAt(bench().now);
      const { accountId, clientId, secret } = new Phone(account.id, 'ada', PARAMETERS, 'next');
      const rotation = { accountId, clientId, secret, proof: { kind: 'code', code } } as const;
      const unknown = bench().store.rotateClient({ ...rotation, number: 999 }, bench().change());
      await expectFault(unknown, 'authenticator_not_found');
      const asked = { ...rotation, name: null, parameters: PARAMETERS, isImported: false, watermark: -1 };
      const pendingUntil = bench().now + HOUR_MS;
      const added = bench().store.addAuthenticator(
        { ...asked, pendingUntil, replaces: 999, fresh: false },
        bench().change(),
      );
      await expectFault(added, 'authenticator_not_found');
      expect(await bench().validate(first, code)).toEqual(VALID);
    });

    it('keeps the day’s failures when unlocked by a bearer that may only support', async () => {
      const { account, first } = await activeClient(bench());
      await bench().lockForGood(first);
      await bench().store.unlockClient(account.id, 'ada', bench().change(), 'in a row');
      const { lockout } = await bench().client(first);
      expect(lockout).toMatchObject({ failures: 0, delayedUntil: 0, locked: false });
      expect(lockout.recentFailures).toHaveLength(50);
      await bench().failTimes(first, 1);
      expect((await bench().client(first)).lockout.locked).toBe(true);
      await bench().store.unlockClient(account.id, 'ada', bench().change(), 'in a row');
      bench().now += 2 * STEP_MS;
      expect(await bench().validate(first, first.codeAt(bench().now))).toEqual(VALID);
    });

    it('learns no code to come by a diagnosis that could then be sent', async () => {
      const { account, first } = await activeClient(bench());
      const soon = bench().now + 40 * STEP_MS;
      const code = first.codeAt(soon);
      const look = { accountId: account.id, clientId: 'ada', number: null, code };
      expect(await bench().store.diagnoseClient(look, bench().change())).toMatchObject({
        finding: 'ahead',
        steps: 40,
      });
      bench().now = soon;
      expect(await bench().validate(first, code)).toEqual(INVALID);
      bench().now += STEP_MS;
      expect(await bench().validate(first, first.codeAt(bench().now))).toEqual(VALID);
    });

    it('has neither code of a resynchronisation accepted that was refused for its drift', async () => {
      const { account, first } = await activeClient(bench());
      await setPolicy(account, { followDrift: true });
      const [number = -1] = await numbers(account);
      const at = (steps: number) => first.codeAt(START + steps * STEP_MS);
      const resync = { accountId: account.id, clientId: 'ada', number, codes: [at(14), at(15)] } as const;
      expect(await bench().store.resyncAuthenticator(resync, bench().change())).toEqual({
        resynced: false,
        reason: 'drift_too_large',
        drift: 15,
      });
      bench().now = START + 15 * STEP_MS;
      for (const step of [14, 15]) expect(await bench().validate(first, at(step))).toEqual(INVALID);
      expect(await bench().validate(first, at(16))).toEqual(VALID);
    });

    it('holds up no other enrolment’s expiry by one that cannot be read', async () => {
      const account = await bench().createAccount();
      const enrolled = { label: 'a', issuer: 'Example', isImported: false, parameters: PARAMETERS } as const;
      for (const clientId of ['bad', 'good']) {
        const { accountId, secret } = new Phone(account.id, clientId, PARAMETERS);
        const pendingUntil = START + MINUTE_MS;
        const client = { accountId, clientId, secret, pendingUntil, ...enrolled };
        await bench().store.registerClient(client, bench().change());
      }
      await bench().database.damageFailures(account.id, 'bad');
      bench().now = START + HOUR_MS;
      await expect(bench().store.expireAuthenticators(bench().now)).rejects.toThrow();
      const events = await bench().events(account, { event: 'authenticator.expired' });
      expect(events.map(({ clientId }) => clientId)).toEqual(['good']);
    });

    it('changes no name by an enrolment whose secret cannot be opened', async () => {
      const account = await bench().createAccount();
      await enrolPending(bench(), account, 'ada');
      await bench().enrol(account, 'bob');
      await bench().database.swapSecrets(account.id, 'ada', 'bob');
      const { accountId, clientId, secret } = new Phone(account.id, 'ada', PARAMETERS, 'ada');
      const asked = { accountId, clientId, secret, parameters: PARAMETERS, isImported: false };
      const pendingUntil = bench().now + HOUR_MS;
      const again = bench().store.registerClient(
        { ...asked, label: 'mallory', issuer: 'Mallory', pendingUntil },
        bench().change(),
      );
      await expectFault(again, 'secret_unreadable');
      const named = await bench().client({ accountId, clientId });
      expect(named).toMatchObject({ label: 'ada', issuer: 'Example' });
    });

    it('takes no place from a user whose enrolment waits, or has expired', async () => {
      const account = await bench().createAccount();
      const { accountId, clientId, secret } = new Phone(account.id, 'ada', PARAMETERS);
      const enrol = (pendingUntil: number) =>
        bench().store.registerClient(
          {
            ...{ accountId, clientId, secret, label: 'ada', issuer: 'Example', parameters: PARAMETERS },
            ...{ isImported: false, pendingUntil, mostClients: 1 },
          },
          bench().change(),
        );
      await enrol(START + HOUR_MS);
      expect(await enrol(START + HOUR_MS)).toMatchObject({ isNew: false });
      bench().now = START + 2 * HOUR_MS;
      expect(await enrol(START + 3 * HOUR_MS)).toMatchObject({ isNew: true });
      const other = new Phone(account.id, 'bob', PARAMETERS);
      const full = bench().store.registerClient(
        { ...other, label: 'bob', issuer: 'Example', mostClients: 1 },
        bench().change(),
      );
      await expectFault(full, 'client_quota_exceeded');
    });
  });
}
