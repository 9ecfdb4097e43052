import { DEFAULT_PARAMETERS } from '@kanda/otp';
import { describe, expect, it } from 'vitest';
import { NO_FAILURES } from '../../../src/domain/verdicts/lockout.ts';
import { DEFAULT_POLICY } from '../../../src/domain/verdicts/policy.ts';
import {
  expectFault,
  type MakeDatabase,
  ORIGIN,
  Phone,
  reasons,
  START,
  STEP_MS,
  useWorkbench,
} from './workbench.ts';

export function describeClients(makeDatabase: MakeDatabase): void {
  describe('clients', () => {
    const bench = useWorkbench(makeDatabase);

    it('are shown as they were enrolled, every parameter and character of them', async () => {
      const account = await bench().createAccount();
      const parameters = { algorithm: 'SHA512', digits: 8, period: 60 } as const;
      const phone = new Phone(account.id, 'Ada.L+1@x:y-z', parameters);
      const enrolled = await bench().register(phone, 'Ada “Ⅷ” 👩‍💻', "O'Ünïcode; drop table client --");
      expect(enrolled).toMatchObject({
        label: 'Ada “Ⅷ” 👩‍💻',
        issuer: "O'Ünïcode; drop table client --",
        authenticator: { parameters },
      });
      expect(await bench().client(phone)).toEqual({
        clientId: 'Ada.L+1@x:y-z',
        label: 'Ada “Ⅷ” 👩‍💻',
        issuer: "O'Ünïcode; drop table client --",
        ...parameters,
        watermark: -1,
        drift: 0,
        policy: DEFAULT_POLICY,
        disabled: false,
        pendingUntil: null,
        authenticators: 1,
        weakSecret: false,
        lockout: NO_FAILURES,
        createdAt: START,
        rotatedAt: null,
        lastAcceptedAt: null,
      });
      expect(await bench().validate(phone, phone.codeAt(START))).toEqual({ valid: true });
    });

    it('are distinguished byte for byte', async () => {
      const account = await bench().createAccount();
      for (const clientId of ['ada', 'Ada', 'ADA', 'ada.', 'ad']) await bench().enrol(account, clientId);
      expect((await bench().client({ accountId: account.id, clientId: 'Ada' })).label).toBe(
        'Ada@example.com',
      );
      expect(await bench().store.findClient(account.id, 'aDa')).toBeNull();
    });

    it('are enrolled once: of ten enrolments at once one succeeds, and its secret is the one that counts', async () => {
      const account = await bench().createAccount();
      const phones = Array.from(
        { length: 10 },
        (_, index) => new Phone(account.id, 'ada', DEFAULT_PARAMETERS, `ada ${index}`),
      );
      const settled = await Promise.allSettled(phones.map((phone) => bench().register(phone)));
      const winners = phones.filter((_, index) => settled[index]?.status === 'fulfilled');
      expect(winners).toHaveLength(1);
      for (const result of settled) {
        if (result.status === 'rejected') await expectFault(Promise.reject(result.reason), 'client_exists');
      }
      const [winner] = winners;
      expect(await bench().validate(phones[0] as Phone, winner?.codeAt(START) ?? '')).toEqual({
        valid: true,
      });
      const enrolments = await bench().events(account, { event: 'client.registered' });
      expect(enrolments.map((event) => event.outcome).sort()).toEqual([
        ...Array(9).fill('failure'),
        'success',
      ]);
      expect(enrolments.filter((event) => event.reason === 'client_exists')).toHaveLength(9);
    });

    it('have a dead old secret as soon as their rotation returns', async () => {
      const account = await bench().createAccount();
      const old = await bench().enrol(account, 'ada');
      expect(await bench().validate(old, old.codeAt(START))).toEqual({ valid: true });
      bench().now += STEP_MS;
      const rotated = await bench().rotate(old, 'ada, second phone');
      expect(await bench().validate(old, old.codeAt(bench().now))).toEqual({
        valid: false,
        reason: 'invalid_code',
      });
      expect(await bench().validate(rotated, rotated.codeAt(bench().now))).toEqual({ valid: true });
      expect(await bench().client(rotated)).toMatchObject({
        rotatedAt: START + STEP_MS,
        createdAt: START,
        lastAcceptedAt: START + STEP_MS,
      });
    });

    it('start their watermark anew with a rotation: a step that the old secret used up is free for the new one', async () => {
      const account = await bench().createAccount();
      const old = await bench().enrol(account, 'ada');
      expect(await bench().validate(old, old.codeAt(START + STEP_MS))).toEqual({ valid: true });
      const rotated = await bench().rotate(old, 'ada, second phone');
      expect(await bench().validate(rotated, rotated.codeAt(START - STEP_MS))).toEqual({ valid: true });
      expect(await bench().validate(rotated, rotated.codeAt(START - STEP_MS))).toMatchObject({
        valid: false,
      });
    });

    it('stay rotated on a node that remembers the old secret', async () => {
      const account = await bench().createAccount();
      const old = await bench().enrol(account, 'ada');
      const other = await bench().openNode();
      expect(await bench().validate(old, old.codeAt(START), other)).toEqual({ valid: true });
      const rotated = await bench().rotate(old, 'ada, second phone');
      expect(await bench().validate(old, old.codeAt(START + STEP_MS), other)).toMatchObject({ valid: false });
      expect(await bench().validate(rotated, rotated.codeAt(START), other)).toEqual({ valid: true });
    });

    it('are unlocked by unlock and by rotate, whatever locked them', async () => {
      const account = await bench().createAccount();
      const unlocked = await bench().enrol(account, 'ada');
      const rotated = await bench().enrol(account, 'bob');
      for (const phone of [unlocked, rotated]) await bench().lockForGood(phone);
      expect(await bench().validate(unlocked, unlocked.codeAt(bench().now))).toEqual({
        valid: false,
        reason: 'locked',
      });
      const client = await bench().store.unlockClient(account.id, 'ada', bench().change());
      expect(client.lockout).toEqual(NO_FAILURES);
      expect(await bench().validate(unlocked, unlocked.codeAt(bench().now))).toEqual({ valid: true });
      const next = await bench().rotate(rotated, 'bob, second phone');
      expect((await bench().client(next)).lockout).toEqual(NO_FAILURES);
      expect(await bench().validate(next, next.codeAt(bench().now))).toEqual({ valid: true });
    });

    it('answer disabled to every code until they are enabled, and count none of them', async () => {
      const account = await bench().createAccount();
      const phone = await bench().enrol(account, 'ada');
      const disable = (disabled: boolean) =>
        bench().store.setClientDisabled(account.id, 'ada', disabled, bench().change());
      expect(await disable(true)).toMatchObject({ disabled: true });
      for (const code of [phone.codeAt(START), phone.wrongCodeAt(START)]) {
        expect(await bench().validate(phone, code)).toEqual({ valid: false, reason: 'disabled' });
      }
      expect((await bench().client(phone)).lockout).toEqual(NO_FAILURES);
      const rotated = await bench().rotate(phone, 'ada, second phone');
      expect(await bench().validate(rotated, rotated.codeAt(START))).toMatchObject({ reason: 'disabled' });
      expect(await disable(false)).toMatchObject({ disabled: false });
      expect(await bench().validate(rotated, rotated.codeAt(START))).toEqual({ valid: true });
      expect(reasons(await bench().events(account))).toEqual([
        'disabled',
        'disabled',
        'disabled',
        'accepted',
      ]);
    });

    it('record every change, and doing twice what is already so is recorded twice', async () => {
      const account = await bench().createAccount();
      const phone = await bench().enrol(account, 'ada');
      const { store } = bench();
      for (const disabled of [true, true, false, false]) {
        await store.setClientDisabled(account.id, 'ada', disabled, bench().change());
      }
      await store.unlockClient(account.id, 'ada', bench().change());
      await bench().rotate(phone, 'second');
      await store.deleteClient(account.id, 'ada', bench().change());
      const events = (await bench().events(account, { clientId: 'ada' })).reverse();
      expect(events.map((event) => event.event)).toEqual([
        'client.registered',
        'client.disabled',
        'client.disabled',
        'client.enabled',
        'client.enabled',
        'client.unlocked',
        'client.rotated',
        'client.deleted',
      ]);
      for (const event of events) {
        expect(event).toMatchObject({ outcome: 'success', reason: null, origin: ORIGIN, at: START });
      }
    });

    it('are gone when they are deleted, and can be enrolled again without what was known of them', async () => {
      const account = await bench().createAccount();
      const old = await bench().enrol(account, 'ada');
      await bench().failTimes(old, 5);
      await bench().store.deleteClient(account.id, 'ada', bench().change());
      expect(await bench().store.findClient(account.id, 'ada')).toBeNull();
      expect(await bench().clientIds(account)).toEqual([]);
      await expectFault(bench().validate(old, old.codeAt(bench().now)), 'client_not_found');

      const again = new Phone(account.id, 'ada', DEFAULT_PARAMETERS, 'ada, enrolled again');
      await bench().register(again);
      expect((await bench().client(again)).lockout).toEqual(NO_FAILURES);
      expect(await bench().validate(old, old.codeAt(bench().now))).toMatchObject({ reason: 'invalid_code' });
      expect(await bench().validate(again, again.codeAt(bench().now))).toEqual({ valid: true });
    });

    it('that are not enrolled refuse every change with client_not_found, which the log shows', async () => {
      const account = await bench().createAccount();
      const { store } = bench();
      const change = bench().change();
      await expectFault(
        store.rotateClient(
          { accountId: account.id, clientId: 'ada', number: null, secret: new Uint8Array(20) },
          change,
        ),
        'client_not_found',
      );
      await expectFault(store.unlockClient(account.id, 'ada', change), 'client_not_found');
      await expectFault(store.setClientDisabled(account.id, 'ada', true, change), 'client_not_found');
      await expectFault(store.setClientDisabled(account.id, 'ada', false, change), 'client_not_found');
      await expectFault(store.deleteClient(account.id, 'ada', change), 'client_not_found');
      expect(await store.findClient(account.id, 'ada')).toBeNull();
      const refused = await bench().events(account, { clientId: 'ada' });
      expect(refused.map((event) => [event.event, event.outcome, event.reason])).toEqual(
        ['client.deleted', 'client.enabled', 'client.disabled', 'client.unlocked', 'client.rotated'].map(
          (event) => [event, 'failure', 'client_not_found'],
        ),
      );
    });
  });
}
