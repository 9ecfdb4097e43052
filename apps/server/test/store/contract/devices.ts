import { describe, expect, it } from 'vitest';
import { MAX_DEVICES } from '../../../src/domain/devices/device.ts';
import { deviceBench } from './device-bench.ts';
import { recoveryBench } from './recovery-bench.ts';
import { DAY_MS, expectFault, type MakeDatabase, type Phone, STEP_MS, useWorkbench } from './workbench.ts';

const UNKNOWN = { valid: false, reason: 'device_unknown' };
const GRACE = 60_000;

export function describeDevices(makeDatabase: MakeDatabase): void {
  describe('trusted devices of clients', () => {
    const bench = useWorkbench(makeDatabase);
    const { trust, trusted, use, devices, switchOn, deviceEvents } = deviceBench(bench);

    /** A client of an account whose policy has trusted devices. */
    const enrol = async (name = 'ada') => {
      const account = await bench().createAccount(name);
      await switchOn(account);
      return { account, phone: await bench().enrol(account, name) };
    };
    const nextToken = async (phone: Phone, token: Parameters<typeof use>[1]) => {
      const verdict = await use(phone, token);
      if (!verdict.valid) throw new Error(`refused: ${verdict.reason}`);
      return verdict.token;
    };

    it('are trusted by a right code, which is burnt, and then take the place of codes, each time with a new token', async () => {
      const { account, phone } = await enrol();
      const { now } = bench();
      const first = await trust(phone, 'Firefox on Linux');
      if (!first.valid) throw new Error('the code was refused');
      expect(first).toMatchObject({ method: 'totp', remaining: 0 });
      const device = {
        id: first.device.id,
        label: 'Firefox on Linux',
        createdAt: now,
        lastUsedAt: null,
        expiresAt: now + 30 * DAY_MS,
      };
      expect(first.device).toEqual(device);
      expect(await bench().validate(phone, phone.codeAt(now))).toEqual({
        valid: false,
        reason: 'invalid_code',
      });
      expect(await devices(phone)).toEqual([device]);
      await bench().reopen();
      let { token } = first;
      const seen = new Set([token.reveal()]);
      for (let day = 1; day < 30; day++) {
        bench().now += DAY_MS;
        token = await nextToken(phone, token);
        seen.add(token.reveal());
        expect(await devices(phone)).toEqual([{ ...device, lastUsedAt: bench().now }]);
      }
      expect(seen.size).toBe(30);
      const name = `dev_${device.id}`;
      const [made, ...uses] = await deviceEvents(account);
      expect(made).toEqual({ event: 'client.device_trusted', outcome: 'success', reason: name });
      expect(uses).toEqual(
        Array.from({ length: 29 }, () => ({ event: 'client.device_used', outcome: 'success', reason: name })),
      );
      // In the client's own history, too.
      expect(await bench().events(account, { clientId: 'ada' })).toHaveLength(33);
    });

    it('say with each use how many recovery codes are left', async () => {
      const { account, phone } = await enrol();
      const eve = await bench().enrol(account, 'eve');
      let { token } = await trusted(phone);
      const next = async () => {
        const verdict = await use(phone, token);
        if (!verdict.valid) throw new Error(`refused: ${verdict.reason}`);
        ({ token } = verdict);
        return verdict.remaining;
      };
      const recovery = recoveryBench(bench);
      await recovery.create(eve, 'hers', 7);
      expect(await next()).toBe(0);
      await recovery.create(phone, 'first', 5);
      expect(await next()).toBe(5);
      await recovery.create(phone, 'second', 6);
      expect(await next()).toBe(6);
      await bench().store.deleteClientRecoveryCodes(account.id, 'ada', bench().change());
      expect(await next()).toBe(0);
    });

    it('end when they were to, used or not, before and after they are swept', async () => {
      const { phone } = await enrol();
      const { token } = await trusted(phone, 'Firefox', 2);
      bench().now += 2 * DAY_MS - 1;
      const next = await nextToken(phone, token);
      bench().now += 1;
      expect(await use(phone, next)).toEqual(UNKNOWN);
      expect(await devices(phone)).toEqual([]);
      await bench().store.expireDevices(bench().now);
      expect(await use(phone, next)).toEqual(UNKNOWN);
      expect(await bench().store.readUsage(phone.accountId, 0)).toMatchObject({ devices: 0 });
      bench().now -= DAY_MS;
      expect(await use(phone, next)).toEqual(UNKNOWN);
    });

    it('are none by a wrong code, which counts as ever, nor by one that was used', async () => {
      const { account, phone } = await enrol();
      expect(await trust(phone, 'Firefox', phone.wrongCodeAt(bench().now))).toEqual({
        valid: false,
        reason: 'invalid_code',
      });
      expect((await bench().client(phone)).lockout.failures).toBe(1);
      expect(await bench().validate(phone, phone.codeAt(bench().now))).toEqual({ valid: true });
      expect(await trust(phone)).toEqual({ valid: false, reason: 'invalid_code' });
      expect(await devices(phone)).toEqual([]);
      expect(await deviceEvents(account)).toEqual([]);
    });

    it('wait for the policy: refused before the code is looked at, and tokens are not accepted', async () => {
      const { account, phone } = await enrol();
      const { token } = await trusted(phone);
      await switchOn(account, false);
      bench().now += STEP_MS;
      await expectFault(trust(phone), 'trusted_devices_off');
      expect(await use(phone, token)).toEqual(UNKNOWN);
      expect(await bench().validate(phone, phone.codeAt(bench().now))).toEqual({ valid: true });
      await switchOn(account);
      expect(await use(phone, token)).toMatchObject({ valid: true });
    });

    it('take the token before for a minute more, and give the same next one', async () => {
      const { phone } = await enrol();
      const { token } = await trusted(phone);
      const next = await nextToken(phone, token);
      bench().now += GRACE - 1;
      expect((await nextToken(phone, token)).reveal()).toBe(next.reveal());
      expect(await devices(phone)).toMatchObject([{ lastUsedAt: bench().now }]);
      // No use of the old one makes its minute longer.
      bench().now += 1;
      expect(await use(phone, token)).toEqual(UNKNOWN);
    });

    it('end when an older token comes again: two hold their tokens, and one of them is a thief', async () => {
      const { account, phone } = await enrol();
      const { token, device } = await trusted(phone);
      const other = await trusted(phone, 'Safari');
      const stolen = await nextToken(phone, token);
      bench().now += GRACE;
      const newest = await nextToken(phone, stolen);
      // Two back is too old within the minute, too.
      expect(await use(phone, token)).toEqual(UNKNOWN);
      expect(await use(phone, newest)).toEqual(UNKNOWN);
      expect((await devices(phone)).map(({ id }) => id)).toEqual([other.device.id]);
      expect(await use(phone, other.token)).toMatchObject({ valid: true });
      expect(await deviceEvents(account)).toMatchObject([
        {},
        {},
        { outcome: 'success', reason: `dev_${device.id}` },
        { outcome: 'success', reason: `dev_${device.id}` },
        { event: 'client.device_used', outcome: 'failure', reason: 'device_reused' },
        { event: 'client.device_used', outcome: 'failure', reason: 'device_unknown' },
        { outcome: 'success', reason: `dev_${other.device.id}` },
      ]);
    });

    it('are those of one client of one account', async () => {
      const { account, phone } = await enrol();
      const { token } = await trusted(phone);
      const sibling = await bench().enrol(account, 'bob');
      const { phone: namesake } = await enrol('eve');
      const there = await bench().createAccount('other');
      await switchOn(there);
      const stranger = await bench().enrol(there, 'ada');
      for (const one of [sibling, namesake, stranger]) {
        expect(await use(one, token)).toEqual(UNKNOWN);
        expect(await devices(one)).toEqual([]);
      }
      for (const text of ['', 'kdt_', 'kdt_aaaaaaaaaaaaaaaa_a', `${token.reveal()}a`, '847291']) {
        expect(await use(phone, text)).toEqual(UNKNOWN);
      }
      expect(await use(phone, token)).toMatchObject({ valid: true });
    });

    it(`are ${MAX_DEVICES} at most: of more, the one that was not used for longest gives way`, async () => {
      const { phone } = await enrol();
      const all = [];
      for (let index = 0; index < MAX_DEVICES; index++) all.push(await trusted(phone, `browser ${index}`));
      // The oldest is in use.
      const [oldest, second, third] = all as [(typeof all)[0], (typeof all)[0], (typeof all)[0]];
      bench().now += DAY_MS;
      const token = await nextToken(phone, oldest.token);
      await trusted(phone, 'one more');
      expect(await use(phone, second.token)).toEqual(UNKNOWN);
      expect(await devices(phone)).toHaveLength(MAX_DEVICES);
      expect(await bench().store.readUsage(phone.accountId, 0)).toMatchObject({ devices: MAX_DEVICES });
      expect(await use(phone, token)).toMatchObject({ valid: true });
      expect(await use(phone, third.token)).toMatchObject({ valid: true });
    });

    it('work when guesses at codes have locked the client, and win the guesser nothing', async () => {
      const { phone } = await enrol();
      const { token } = await trusted(phone);
      await bench().lockForGood(phone);
      const { lockout } = await bench().client(phone);
      for (let time = 0; time < 20; time++) await use(phone, `${token.reveal()}x`);
      expect(await use(phone, token)).toMatchObject({ valid: true });
      expect((await bench().client(phone)).lockout).toEqual(lockout);
      expect(await bench().validate(phone, phone.codeAt(bench().now))).toMatchObject({ reason: 'locked' });
    });

    it('are ended one by one and all together, and each is an event', async () => {
      const { account, phone } = await enrol();
      const one = await trusted(phone, 'one');
      const two = await trusted(phone, 'two');
      const { store } = bench();
      await store.endDevice(account.id, 'ada', one.device.id, bench().change());
      expect(await use(phone, one.token)).toEqual(UNKNOWN);
      const again = store.endDevice(account.id, 'ada', one.device.id, bench().change());
      await expectFault(again, 'device_not_found');
      for (let time = 0; time < 2; time++) await store.endDevices(account.id, 'ada', bench().change());
      expect(await use(phone, two.token)).toEqual(UNKNOWN);
      await expectFault(store.endDevices(account.id, 'unknown', bench().change()), 'client_not_found');
      await expectFault(store.listDevices(account.id, 'unknown', bench().now), 'client_not_found');
      const ended = { event: 'client.devices_ended', outcome: 'success' };
      expect((await deviceEvents(account)).filter(({ event }) => event.endsWith('ended'))).toEqual([
        { ...ended, reason: `dev_${one.device.id}` },
        { ...ended, outcome: 'failure', reason: 'device_not_found' },
        { ...ended, reason: null },
        { ...ended, reason: null },
        { ...ended, outcome: 'failure', reason: 'client_not_found' },
      ]);
    });

    it('of a client whose row is damaged are refused with an alarm', async () => {
      const { account, phone } = await enrol();
      const { token } = await trusted(phone);
      await bench().database.damageFailures(account.id, 'ada');
      await expectFault(use(phone, token), 'secret_unreadable');
      expect((await bench().events(account)).map(({ event }) => event).slice(0, 2)).toEqual([
        'alarm.secret_unreadable',
        'client.device_used',
      ]);
    });

    it('that a clock which ran ahead has made are not trusted before their time', async () => {
      const { phone } = await enrol();
      bench().now += 365 * DAY_MS;
      const { token } = await trusted(phone);
      bench().now -= 365 * DAY_MS;
      expect(await use(phone, token)).toEqual(UNKNOWN);
      bench().now += 365 * DAY_MS;
      expect(await use(phone, token)).toMatchObject({ valid: true });
    });
  });
}
