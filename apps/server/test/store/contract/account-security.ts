import { DEFAULT_PARAMETERS } from '@kanda/otp';
import { beforeEach, describe, expect, it } from 'vitest';
import { type Account, INSTALLATION_ACCOUNT } from '../../../src/domain/accounts/account.ts';
import type { OwnChange } from '../../../src/domain/accounts/security-ports.ts';
import type { Store } from '../../../src/domain/store.ts';
import {
  allPages,
  EVERYTHING,
  expectFault,
  HOUR_MS,
  type MakeDatabase,
  ORIGIN,
  Phone,
  START,
  STEP_MS,
  useWorkbench,
} from './workbench.ts';

const MACS = Array.from({ length: 10 }, (_, index) => new Uint8Array([index, 1, 2, 255]));
const FIRST_PAGE = { cursor: null, limit: 100 };

export function describeAccountSecurity(makeDatabase: MakeDatabase): void {
  const bench = useWorkbench(makeDatabase);
  let account: Account;
  beforeEach(async () => {
    account = await bench().createAccount('ada');
  });

  const checked = (passwordHash = 'hash of ada', authenticator: number | null = null) => ({
    passwordHash,
    authenticator,
  });
  const begin = (id: string, more = checked(), node: Store = bench().store) =>
    node.createSession(
      { id, accountId: account.id, expiresAt: bench().now + HOUR_MS },
      more,
      bench().change(),
    );
  const by = (sessionId: string): OwnChange => ({ ...bench().change(), accountId: account.id, sessionId });
  const stands = async (id: string, node: Store = bench().store) =>
    (await node.findSession(account.publicId, id, bench().now)) !== null;
  const standing = async () =>
    (await bench().store.listSessions(account.id, bench().now, FIRST_PAGE)).data.map(({ id }) => id);
  const newestEvent = async () => (await bench().events(account))[0];

  describe('sessions', () => {
    it('are found by account and id, with when they were last used, until they expire', async () => {
      await begin('ses_one');
      const { store } = bench();
      expect(await store.findSession('acc_ada', 'ses_one', START + HOUR_MS - 1)).toEqual({
        account,
        createdAt: START,
        lastSeenAt: START,
      });
      expect(await store.findSession('acc_ada', 'ses_one', START + HOUR_MS)).toBeNull();
      expect(await store.findSession('acc_ada', 'ses_two', START)).toBeNull();
      await bench().createAccount('bob');
      expect(await store.findSession('acc_bob', 'ses_one', START)).toBeNull();
      await store.touchSession('acc_ada', 'ses_one', START + 5);
      await store.touchSession('acc_bob', 'ses_one', START + 9);
      expect(await store.findSession('acc_ada', 'ses_one', START)).toMatchObject({ lastSeenAt: START + 5 });
    });

    it('begin with the event of the log-in, in one transaction', async () => {
      await begin('ses_one');
      expect(await newestEvent()).toMatchObject({
        event: 'account.login',
        outcome: 'success',
        origin: ORIGIN,
      });
      // The same id again cannot be: nothing of the attempt is left.
      await expectFault(begin('ses_one'), 'store_unavailable');
      expect(await bench().events(account, { event: 'account.login' })).toHaveLength(1);
    });

    it('do not begin on a password or a second factor that was changed while they were checked', async () => {
      await begin('ses_one');
      await bench().store.setPassword(account.id, 'another hash', bench().change());
      await expectFault(begin('ses_two'), 'credentials_invalid');
      await begin('ses_three', checked('another hash'));
      await turnOn('ses_three');
      await expectFault(begin('ses_four', checked('another hash')), 'credentials_invalid');
      await expectFault(begin('ses_five', checked('another hash', 4_711)), 'credentials_invalid');
      expect(await standing()).toEqual(['ses_three']);
    });

    it('are listed newest first, page after page, without those that have expired', async () => {
      for (let number = 1; number <= 3; number++) await begin(`ses_early${number}`);
      bench().now += HOUR_MS;
      for (let number = 1; number <= 5; number++) await begin(`ses_${number}`);
      const sessions = await allPages(2, (page) => bench().store.listSessions(account.id, bench().now, page));
      expect(sessions.map(({ id }) => id)).toEqual(['ses_5', 'ses_4', 'ses_3', 'ses_2', 'ses_1']);
      expect(sessions[0]).toEqual({
        id: 'ses_5',
        createdAt: bench().now,
        lastSeenAt: bench().now,
        expiresAt: bench().now + HOUR_MS,
        ip: ORIGIN.ip,
        userAgent: ORIGIN.userAgent,
      });
    });

    it('end one by one or all but the one that asks, at every node at once', async () => {
      const other = await bench().openNode();
      for (const id of ['ses_1', 'ses_2', 'ses_3', 'ses_4']) await begin(id);
      await bench().store.endSession('ses_2', by('ses_1'));
      expect(await stands('ses_2', other)).toBe(false);
      await expectFault(bench().store.endSession('ses_2', by('ses_1')), 'session_not_found');
      await other.endOtherSessions(by('ses_4'));
      expect(await standing()).toEqual(['ses_4']);
      const events = await bench().events(account, { event: 'account.session_ended' });
      expect(events.map(({ outcome, reason }) => [outcome, reason])).toEqual([
        ['success', null],
        ['failure', 'session_not_found'],
        ['success', null],
      ]);
    });

    it('of another account are out of reach', async () => {
      await begin('ses_ada');
      const bob = await bench().createAccount('bob');
      const origin = { passwordHash: 'hash of bob', authenticator: null };
      const session = { id: 'ses_bob', accountId: bob.id, expiresAt: START + HOUR_MS };
      await bench().store.createSession(session, origin, bench().change());
      const byBob = { ...bench().change(), accountId: bob.id, sessionId: 'ses_bob' };
      await expectFault(bench().store.endSession('ses_ada', byBob), 'session_not_found');
      await bench().store.endOtherSessions(byBob);
      expect(await standing()).toEqual(['ses_ada']);
      // Nor can a session of one account act for another.
      await expectFault(bench().store.endOtherSessions({ ...byBob, accountId: account.id }), 'token_invalid');
    });
  });

  describe('a session that has ended', () => {
    it.each([
      ['changes no password', (change) => bench().store.changePassword('hash', change)],
      ['ends no other', (change) => bench().store.endOtherSessions(change)],
      ['starts no second factor', (change) => bench().store.startTwoFactor(newAuthenticator(), change)],
      ['makes no recovery codes', (change) => bench().store.replaceRecoveryCodes(MACS, change)],
      ['turns nothing off', (change) => bench().store.disableTwoFactor(account, change)],
    ] as [string, (change: OwnChange) => Promise<void>][])('%s', async (_, attempt) => {
      await begin('ses_one');
      await turnOn('ses_one');
      const events = (await bench().events(account)).length;
      await bench().store.setPassword(account.id, 'reset', bench().change());
      await expectFault(attempt(by('ses_one')), 'token_invalid');
      expect(await bench().store.findOwnAuthenticator(account.id)).toMatchObject({
        active: true,
        recoveryCodesLeft: 10,
      });
      expect((await bench().store.findAccountByEmail(account.email))?.passwordHash).toBe('reset');
      // The reset, and the refusal.
      expect(await bench().events(account)).toHaveLength(events + 2);
      expect(await newestEvent()).toMatchObject({ outcome: 'failure', reason: 'token_invalid' });
    });
  });

  describe('a password', () => {
    it('that the account changes ends every session but the one that asks', async () => {
      for (const id of ['ses_1', 'ses_2', 'ses_3']) await begin(id);
      await bench().store.changePassword('another hash', by('ses_2'));
      expect(await standing()).toEqual(['ses_2']);
      expect(await bench().store.findAccountByEmail(account.email)).toMatchObject({
        passwordHash: 'another hash',
        credentialVersion: 2,
      });
      expect(await newestEvent()).toMatchObject({ event: 'account.password_changed', outcome: 'success' });
    });

    it('that someone resets ends every session', async () => {
      for (const id of ['ses_1', 'ses_2']) await begin(id);
      await bench().store.setPassword(account.id, 'reset', bench().change());
      expect(await standing()).toEqual([]);
    });

    it('changed from two sessions at once is that of one, and the other has ended', async () => {
      const other = await bench().openNode();
      for (const id of ['ses_1', 'ses_2']) await begin(id);
      const settled = await Promise.allSettled([
        bench().store.changePassword('first', by('ses_1')),
        other.changePassword('second', by('ses_2')),
      ]);
      expect(settled.map(({ status }) => status).sort()).toEqual(['fulfilled', 'rejected']);
      const won = settled[0]?.status === 'fulfilled' ? ['first', 'ses_1'] : ['second', 'ses_2'];
      expect((await bench().store.findAccountByEmail(account.email))?.passwordHash).toBe(won[0]);
      expect(await standing()).toEqual([won[1]]);
    });
  });

  const phone = () => new Phone(INSTALLATION_ACCOUNT, account.publicId, DEFAULT_PARAMETERS);
  const newAuthenticator = (secret = phone().secret) => ({
    accountPublicId: account.publicId,
    label: account.email,
    issuer: 'Kanda',
    secret,
  });
  async function turnOn(sessionId: string): Promise<number> {
    await bench().store.startTwoFactor(newAuthenticator(), by(sessionId));
    const { number = 0 } = (await bench().store.findOwnAuthenticator(account.id)) ?? {};
    await bench().store.activateTwoFactor(number, MACS, by(sessionId));
    return number;
  }

  describe('the second factor of an account', () => {
    beforeEach(() => begin('ses_one'));

    it('is pending until it is activated, and then judged by the same transaction as every client', async () => {
      const { store } = bench();
      const own = () => store.findOwnAuthenticator(account.id);
      expect(await own()).toBeNull();
      await store.startTwoFactor(newAuthenticator(), by('ses_one'));
      expect(await own()).toMatchObject({ active: false, confirmedAt: null, recoveryCodesLeft: 0 });
      const { number = 0 } = (await own()) ?? {};
      bench().now += 1_000;
      await store.activateTwoFactor(number, MACS, by('ses_one'));
      const confirmedAt = bench().now;
      expect(await own()).toEqual({ number, active: true, confirmedAt, recoveryCodesLeft: 10 });

      const code = phone().codeAt(bench().now);
      expect(await bench().validate(phone(), code)).toEqual({ valid: true });
      expect(await bench().validate(phone(), code)).toEqual({ valid: false, reason: 'invalid_code' });
      expect((await bench().failTimes(phone(), 5))?.valid).toBe(false);
      expect(await bench().validate(phone(), phone().codeAt(bench().now))).toMatchObject({
        reason: 'locked',
      });
    });

    it('is no client of the account itself, and the account that holds it is no one', async () => {
      await turnOn('ses_one');
      const { store } = bench();
      expect(await bench().clientIds(account)).toEqual([]);
      expect(await store.countAccounts()).toBe(1);
      expect((await store.listAccounts(FIRST_PAGE)).data).toEqual([account]);
      const log = await store.listEvents(INSTALLATION_ACCOUNT, EVERYTHING, { cursor: null, limit: 10 });
      expect(log.data.map(({ event, clientId }) => [event, clientId])).toEqual([
        ['client.registered', account.publicId],
      ]);
      expect((await bench().events(account)).map(({ event }) => event).slice(0, 2)).toEqual([
        'account.two_factor_enabled',
        'account.two_factor_started',
      ]);
    });

    it('started again has another secret, and the one before cannot be activated any more', async () => {
      const { store } = bench();
      await store.startTwoFactor(newAuthenticator(), by('ses_one'));
      const first = await store.findOwnAuthenticator(account.id);
      const next = new Phone(INSTALLATION_ACCOUNT, account.publicId, DEFAULT_PARAMETERS, 'second');
      await store.startTwoFactor(newAuthenticator(next.secret), by('ses_one'));
      await expectFault(store.activateTwoFactor(first?.number ?? 0, MACS, by('ses_one')), 'two_factor_off');
      expect(await bench().validate(phone(), phone().codeAt(bench().now))).toMatchObject({ valid: false });
      expect(await bench().validate(next, next.codeAt(bench().now))).toEqual({ valid: true });
    });

    it('cannot be started or activated twice, and activation ends every other session', async () => {
      await begin('ses_two');
      const number = await turnOn('ses_one');
      expect(await standing()).toEqual(['ses_one']);
      await expectFault(bench().store.startTwoFactor(newAuthenticator(), by('ses_one')), 'two_factor_on');
      await expectFault(bench().store.activateTwoFactor(number, MACS, by('ses_one')), 'two_factor_off');
    });

    it('turned off leaves nothing of itself, and can be turned on again', async () => {
      const { store } = bench();
      for (const change of [by('ses_one'), bench().change()]) {
        const number = await turnOn('ses_one');
        await store.disableTwoFactor(account, change);
        expect(await store.findOwnAuthenticator(account.id)).toBeNull();
        expect(await store.useRecoveryCode(account.id, MACS[0] as Uint8Array, bench().change())).toBe(false);
        await expectFault(bench().validate(phone(), '123456'), 'client_not_found');
        await expectFault(store.disableTwoFactor(account, change), 'two_factor_off');
        await expectFault(store.replaceRecoveryCodes(MACS, by('ses_one')), 'two_factor_off');
        // A log-in that was asked for it begins no session any more.
        await expectFault(begin('ses_late', checked('hash of ada', number)), 'credentials_invalid');
      }
    });

    it('is kept apart from that of another account, and sealed apart', async () => {
      const bob = await bench().createAccount('bob');
      const session = { id: 'ses_bob', accountId: bob.id, expiresAt: START + HOUR_MS };
      const credentials = { passwordHash: 'hash of bob', authenticator: null };
      await bench().store.createSession(session, credentials, bench().change());
      await turnOn('ses_one');
      const byBob = { ...bench().change(), accountId: bob.id, sessionId: 'ses_bob' };
      const phoneOfBob = new Phone(INSTALLATION_ACCOUNT, bob.publicId, DEFAULT_PARAMETERS);
      await bench().store.startTwoFactor(
        { ...newAuthenticator(phoneOfBob.secret), accountPublicId: bob.publicId },
        byBob,
      );
      expect(await bench().store.useRecoveryCode(bob.id, MACS[0] as Uint8Array, byBob)).toBe(false);
      bench().now += STEP_MS;
      expect(await bench().validate(phoneOfBob, phone().codeAt(bench().now))).toMatchObject({ valid: false });
      await bench().database.swapSecrets(INSTALLATION_ACCOUNT, account.publicId, bob.publicId);
      await bench().reopen();
      await expectFault(bench().validate(phone(), phone().codeAt(bench().now)), 'secret_unreadable');
    });
  });

  describe('a recovery code', () => {
    beforeEach(async () => {
      await begin('ses_one');
      await turnOn('ses_one');
    });

    it('is taken by one of many who try it at once, over two nodes', async () => {
      const nodes = [bench().store, await bench().openNode()];
      for (const mac of MACS.slice(0, 3)) {
        const taken = await Promise.all(
          Array.from({ length: 20 }, (_, index) =>
            (nodes[index % 2] as Store).useRecoveryCode(account.id, mac, bench().change()),
          ),
        );
        expect(taken.filter(Boolean)).toHaveLength(1);
      }
      expect(await bench().store.findOwnAuthenticator(account.id)).toMatchObject({ recoveryCodesLeft: 7 });
      expect(await bench().events(account, { event: 'account.recovery_code_used' })).toHaveLength(3);
    });

    it('is void once others were made', async () => {
      const fresh = [new Uint8Array([9, 9, 9])];
      await bench().store.replaceRecoveryCodes(fresh, by('ses_one'));
      const use = (mac: Uint8Array | undefined) =>
        bench().store.useRecoveryCode(account.id, mac as Uint8Array, bench().change());
      expect(await use(MACS[0])).toBe(false);
      expect(await use(fresh[0])).toBe(true);
      expect(await bench().store.findOwnAuthenticator(account.id)).toMatchObject({ recoveryCodesLeft: 0 });
    });
  });
}
