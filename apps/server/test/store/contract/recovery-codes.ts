import { describe, expect, it } from 'vitest';
import type { Account } from '../../../src/domain/accounts/account.ts';
import { ALL_OTHERS } from '../../../src/domain/authenticators/authenticator.ts';
import { addPending, confirm } from './adas-authenticators.ts';
import { macsOf, recoveryBench } from './recovery-bench.ts';
import { DAY_MS, expectFault, type MakeDatabase, START, STEP_MS, useWorkbench } from './workbench.ts';

const MINUTE = 60_000;
const INVALID = { valid: false, reason: 'invalid_code' };

/*
 * Seen to fail without the guard: with the failures of the day forgotten, the test of the lock; with the code taken
 * before the state is looked at, those of the delays and of the disabled client.
 */
export function describeRecoveryCodes(makeDatabase: MakeDatabase): void {
  describe('recovery codes of clients', () => {
    const bench = useWorkbench(makeDatabase);

    const { create, use, found } = recoveryBench(bench);
    const recoveryEvents = async (account: Account) =>
      (await bench().events(account))
        .filter(({ event }) => event.startsWith('client.recovery'))
        .map(({ event, outcome, reason, clientId }) => ({ event, outcome, reason, clientId }))
        .reverse();

    it('are each accepted once, say how many are left, and are events', async () => {
      const account = await bench().createAccount();
      const phone = await bench().enrol(account, 'ada');
      expect(await found(phone)).toEqual({ remaining: 0, generation: 0, createdAt: null });
      expect(await create(phone, 'one')).toBe(1);
      expect(await found(phone)).toEqual({ remaining: 5, generation: 1, createdAt: START });
      for (const left of [4, 3, 2, 1, 0]) {
        expect(await use(phone, `one ${left}`)).toEqual({ valid: true, remaining: left });
        expect(await use(phone, `one ${left}`)).toEqual(INVALID);
      }
      await bench().reopen();
      expect(await found(phone)).toEqual({ remaining: 0, generation: 1, createdAt: START });
      const [made, ...uses] = await recoveryEvents(account);
      expect(made).toEqual({
        event: 'client.recovery_codes_created',
        outcome: 'success',
        reason: null,
        clientId: 'ada',
      });
      expect(uses).toHaveLength(10);
      expect(uses.slice(0, 2)).toMatchObject([
        { event: 'client.recovery_code_used', outcome: 'success', reason: null },
        { event: 'client.recovery_code_used', outcome: 'failure', reason: 'invalid_code' },
      ]);
      // In the client's own history, too.
      expect(await bench().events(account, { clientId: 'ada' })).toHaveLength(12);
    });

    it('of an earlier generation, and deleted ones, are void', async () => {
      const phone = await bench().enrol(await bench().createAccount(), 'ada');
      await create(phone, 'one');
      bench().now += MINUTE;
      expect(await create(phone, 'two', 20)).toBe(2);
      expect(await found(phone)).toEqual({ remaining: 20, generation: 2, createdAt: START + MINUTE });
      expect(await use(phone, 'one 0')).toEqual(INVALID);
      expect(await use(phone, 'two 0')).toEqual({ valid: true, remaining: 19 });
      for (let time = 0; time < 2; time++) {
        await bench().store.deleteClientRecoveryCodes(phone.accountId, 'ada', bench().change());
        expect(await found(phone)).toEqual({ remaining: 0, generation: 2, createdAt: null });
      }
      expect(await use(phone, 'two 1')).toEqual(INVALID);
      expect(await create(phone, 'three')).toBe(3);
    });

    it('are those of one client of one account', async () => {
      const account = await bench().createAccount();
      const other = await bench().createAccount('bob');
      const ada = await bench().enrol(account, 'ada');
      const bob = await bench().enrol(account, 'bob');
      const namesake = await bench().enrol(other, 'ada');
      await create(ada, 'one');
      for (const phone of [bob, namesake]) expect(await use(phone, 'one 0')).toEqual(INVALID);
      expect(await use(ada, 'one 0')).toEqual({ valid: true, remaining: 4 });
    });

    it('of a client that does not exist are client_not_found, and an event', async () => {
      const account = await bench().createAccount();
      const nowhere = { accountId: account.id, clientId: 'nowhere' };
      expect(await bench().store.findClientRecoveryCodes(account.id, 'nowhere', START)).toBeNull();
      await expectFault(use(nowhere, 'one 0'), 'client_not_found');
      const { store } = bench();
      const change = bench().change();
      await expectFault(
        store.createClientRecoveryCodes(account.id, 'nowhere', macsOf('one'), change),
        'client_not_found',
      );
      await expectFault(store.deleteClientRecoveryCodes(account.id, 'nowhere', change), 'client_not_found');
      const refused = { outcome: 'failure', reason: 'client_not_found', clientId: 'nowhere' };
      expect(await recoveryEvents(account)).toEqual([
        { event: 'client.recovery_code_used', ...refused },
        { event: 'client.recovery_codes_created', ...refused },
        { event: 'client.recovery_codes_deleted', ...refused },
      ]);
    });

    it('have limits of their own: ten wrong ones, then delays; codes of the phone go on', async () => {
      const phone = await bench().enrol(await bench().createAccount(), 'ada');
      await create(phone, 'one');
      for (let guess = 0; guess < 10; guess++) expect(await use(phone, `wrong ${guess}`)).toEqual(INVALID);
      const wait = { valid: false, reason: 'locked', retryAfter: 60 };
      expect(await use(phone, 'one 0')).toEqual(wait);
      expect((await bench().client(phone)).lockout.failures).toBe(0);
      expect(await bench().validate(phone, phone.codeAt(bench().now))).toEqual({ valid: true });
      // No restart forgets them.
      await bench().reopen();
      expect(await use(phone, 'one 0')).toEqual(wait);
      bench().now += MINUTE;
      expect(await use(phone, 'one 0')).toEqual({ valid: true, remaining: 4 });
      for (let guess = 0; guess < 10; guess++) expect(await use(phone, `wrong ${guess}`)).toEqual(INVALID);
    });

    it('that cannot be codes are wrong ones', async () => {
      const { accountId, clientId } = await bench().enrol(await bench().createAccount(), 'ada');
      const attempt = { accountId, clientId, mac: null };
      for (let guess = 0; guess < 10; guess++) {
        expect(await bench().store.useClientRecoveryCode(attempt, bench().change())).toEqual(INVALID);
      }
      expect(await bench().store.useClientRecoveryCode(attempt, bench().change())).toMatchObject({
        reason: 'locked',
      });
    });

    it('work when guesses at codes have led to a delay, which ends', async () => {
      const phone = await bench().enrol(await bench().createAccount(), 'ada');
      await create(phone, 'one');
      await bench().failTimes(phone, 5);
      expect(await bench().validate(phone, phone.codeAt(bench().now))).toMatchObject({ reason: 'locked' });
      expect(await use(phone, 'one 0')).toEqual({ valid: true, remaining: 4 });
      expect(await bench().validate(phone, phone.codeAt(bench().now))).toEqual({ valid: true });
    });

    it('end a lock, and win no guesses: the failures of the day stay, and the next one locks again', async () => {
      const phone = await bench().enrol(await bench().createAccount(), 'ada');
      await create(phone, 'one');
      await bench().lockForGood(phone);
      const { recentFailures } = (await bench().client(phone)).lockout;
      expect(await use(phone, 'wrong 0')).toEqual(INVALID);
      expect((await bench().client(phone)).lockout.locked).toBe(true);
      expect(await use(phone, 'one 0')).toEqual({ valid: true, remaining: 4 });
      expect((await bench().client(phone)).lockout).toEqual({
        failures: 0,
        delayedUntil: 0,
        locked: false,
        recentFailures,
      });
      await bench().failTimes(phone, 1);
      expect((await bench().client(phone)).lockout.locked).toBe(true);
      expect(await use(phone, 'one 1')).toEqual({ valid: true, remaining: 3 });
      bench().now += 2 * STEP_MS;
      expect(await bench().validate(phone, phone.codeAt(bench().now))).toEqual({ valid: true });
      bench().now += DAY_MS;
      await bench().failTimes(phone, 4);
      expect((await bench().client(phone)).lockout.locked).toBe(false);
    });

    it('are refused while the client is disabled, and not used up', async () => {
      const phone = await bench().enrol(await bench().createAccount(), 'ada');
      await create(phone, 'one');
      const disable = (disabled: boolean) =>
        bench().store.setClientDisabled(phone.accountId, 'ada', disabled, bench().change());
      await disable(true);
      for (let time = 0; time < 11; time++) {
        expect(await use(phone, 'one 0')).toEqual({ valid: false, reason: 'disabled' });
      }
      await disable(false);
      expect(await use(phone, 'one 0')).toEqual({ valid: true, remaining: 4 });
    });

    // Seen to fail for the safe rotations when they end the failures of codes alone.
    it('are tried again at once after unlock, rotation, safe or not, and new codes', async () => {
      const account = await bench().createAccount();
      const phone = await bench().enrol(account, 'ada');
      await create(phone, 'one');
      const rotateSafely = async (name: string, replaces: number) => {
        const next = await addPending(bench(), account, name, null, replaces);
        await confirm(bench(), next, next.codeAt(bench().now));
      };
      const onlyOne = async () => {
        const [one] = await store.listAuthenticators(account.id, 'ada', bench().now);
        return one?.number ?? -1;
      };
      const { store } = bench();
      const ways = [
        () => store.unlockClient(phone.accountId, 'ada', bench().change()),
        () => store.resetClientClock(phone.accountId, 'ada', bench().change()),
        () => bench().rotate(phone, 'another'),
        () => rotateSafely('a third', ALL_OTHERS),
        async () => rotateSafely('a fourth', await onlyOne()),
      ];
      for (const [index, way] of ways.entries()) {
        for (let guess = 0; guess < 10; guess++) await use(phone, `wrong ${guess}`);
        expect(await use(phone, 'one 0')).toMatchObject({ reason: 'locked' });
        await way();
        // A rotation keeps the codes: the new phone has the same paper beside it.
        expect(await use(phone, `one ${index}`)).toEqual({ valid: true, remaining: 4 - index });
      }
      for (let guess = 0; guess < 11; guess++) await use(phone, `wrong ${guess}`);
      await create(phone, 'two');
      expect(await use(phone, 'two 0')).toEqual({ valid: true, remaining: 4 });
    });

    it('of a client whose row is damaged are refused with an alarm, and not used up', async () => {
      const account = await bench().createAccount();
      const phone = await bench().enrol(account, 'ada');
      await create(phone, 'one');
      await bench().database.damageFailures(account.id, 'ada');
      await expectFault(use(phone, 'one 0'), 'secret_unreadable');
      expect(await found(phone)).toMatchObject({ remaining: 5 });
      expect((await bench().events(account)).map(({ event }) => event).slice(0, 2)).toEqual([
        'alarm.secret_unreadable',
        'client.recovery_code_used',
      ]);
    });

    it('go with their client, and one of the same name has none of them', async () => {
      const account = await bench().createAccount();
      const phone = await bench().enrol(account, 'ada');
      await create(phone, 'one');
      for (let guess = 0; guess < 10; guess++) await use(phone, `wrong ${guess}`);
      await bench().store.deleteClient(account.id, 'ada', bench().change());
      await expectFault(use(phone, 'one 0'), 'client_not_found');
      expect(await bench().store.readUsage(account.id, 0)).toMatchObject({ recoveryCodes: 0 });
      await bench().register(phone);
      expect(await found(phone)).toEqual({ remaining: 0, generation: 0, createdAt: null });
      expect(await use(phone, 'one 0')).toEqual(INVALID);
    });

    it('count for what an account uses until they are used', async () => {
      const account = await bench().createAccount();
      const phones = [await bench().enrol(account, 'ada'), await bench().enrol(account, 'bob')] as const;
      const inUse = async () => (await bench().store.readUsage(account.id, 0)).recoveryCodes;
      expect(await inUse()).toBe(0);
      await create(phones[0], 'one', 10);
      await create(phones[1], 'two', 5);
      expect(await inUse()).toBe(15);
      await use(phones[0], 'one 0');
      await use(phones[0], 'wrong 0');
      expect(await inUse()).toBe(14);
      await create(phones[0], 'three', 7);
      expect(await inUse()).toBe(12);
      await bench().store.deleteClientRecoveryCodes(account.id, 'bob', bench().change());
      expect(await inUse()).toBe(7);
    });
  });
}
