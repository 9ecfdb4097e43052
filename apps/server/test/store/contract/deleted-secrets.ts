import { createHotpKey, formatCode, hotp } from '@kanda/otp';
import { describe, expect, it } from 'vitest';
import { ALL_OTHERS } from '../../../src/domain/authenticators/authenticator.ts';
import { activeClient, addPending, confirm, refused, remove, twoPhones } from './adas-authenticators.ts';
import { HOUR_MS, type MakeDatabase, Phone, STEP_MS, useWorkbench } from './workbench.ts';

const VALID = { valid: true };
const INVALID = { valid: false, reason: 'invalid_code' };

/** A code that was used with a secret stays used when the secret goes and comes again. */
export function describeDeletedSecrets(makeDatabase: MakeDatabase): void {
  describe('a secret that comes again', () => {
    const bench = useWorkbench(makeDatabase);

    // Seen to fail on both stores when nothing is remembered of deleted secrets: the code was accepted again.
    it('accepts no code that was used before its client was deleted', async () => {
      const { account, first } = await activeClient(bench());
      const ahead = first.codeAt(bench().now + STEP_MS);
      expect(await bench().validate(first, ahead)).toEqual(VALID);
      await bench().store.deleteClient(account.id, 'ada', bench().change());
      await bench().enrol(account, 'ada');
      for (const code of [ahead, first.codeAt(bench().now)]) {
        expect(await bench().validate(first, code)).toEqual(INVALID);
      }
      bench().now += 2 * STEP_MS;
      expect(await bench().validate(first, first.codeAt(bench().now))).toEqual(VALID);
    });

    it('for another client of the account neither', async () => {
      const { account, first } = await activeClient(bench());
      expect(await bench().validate(first, first.codeAt(bench().now))).toEqual(VALID);
      await bench().store.deleteClient(account.id, 'ada', bench().change());
      const other = new Phone(account.id, 'bob', first.parameters, 'ada');
      await bench().register(other);
      expect(await bench().validate(other, other.codeAt(bench().now))).toEqual(INVALID);
    });

    it('accepts none of before a rotation, nor of before it was removed or replaced', async () => {
      const { account, first, second } = await twoPhones(bench());
      const used = [first, second].map((phone) => phone.codeAt(bench().now));
      for (const code of used) expect(await bench().validate(first, code)).toEqual(VALID);
      const all = await bench().store.listAuthenticators(account.id, 'ada', bench().now);
      await remove(bench(), account, all[1]?.number ?? -1);
      const again = await addPending(bench(), account, 'second', 'again');
      expect(await confirm(bench(), again, used[1] ?? '')).toEqual(refused(4));
      const next = await addPending(bench(), account, 'next', null, ALL_OTHERS);
      await confirm(bench(), next, next.codeAt(bench().now));
      const old = await addPending(bench(), account, 'ada', 'old');
      expect(await confirm(bench(), old, used[0] ?? '')).toEqual(refused(4));
      await bench().rotate(first, 'new');
      const later = await addPending(bench(), account, 'next', 'later');
      expect(await confirm(bench(), later, next.codeAt(bench().now))).toEqual(refused(4));
    });

    // Seen to fail on both stores when a confirmation looked at what was used when its authenticator was made.
    it('is confirmed by no code that was used while it waited, by one that has it or by one that went', async () => {
      const { account, first } = await activeClient(bench());
      const used = first.codeAt(bench().now);
      const copy = await addPending(bench(), account, 'ada', 'copy');
      expect(await bench().validate(first, used)).toEqual(VALID);
      expect(await confirm(bench(), copy, used)).toEqual(refused(4));
      const second = await addPending(bench(), account, 'second');
      await confirm(bench(), second, second.codeAt(bench().now));
      const [one] = await bench().store.listAuthenticators(account.id, 'ada', bench().now);
      await remove(bench(), account, one?.number ?? -1);
      expect(await confirm(bench(), copy, used)).toEqual(refused(3));
      bench().now += STEP_MS;
      expect(await confirm(bench(), copy, copy.codeAt(bench().now))).toMatchObject({ confirmed: true });
    });

    // Seen to fail on both stores: its first counter was taken for one before all that the steps had used.
    it('counts afresh for a token that has the secret of a phone', async () => {
      const { account, first } = await activeClient(bench());
      expect(await bench().validate(first, first.codeAt(bench().now))).toEqual(VALID);
      const parameters = { ...first.parameters, period: 0 };
      const asked = {
        accountId: account.id,
        clientId: 'ada',
        name: 'token',
        parameters,
        secret: first.secret,
      };
      const pendingUntil = bench().now + HOUR_MS;
      await bench().store.addAuthenticator(
        { ...asked, isImported: true, watermark: -1, pendingUntil, replaces: null, fresh: false },
        bench().change(),
      );
      const code = formatCode(hotp(createHotpKey(first.secret, 'SHA1'), 0, 6), 6);
      expect(await confirm(bench(), first, code)).toMatchObject({ confirmed: true });
    });

    // Seen to fail when only what lies below a watermark was remembered.
    it('accepts no code that was burnt before its time', async () => {
      const { account, first } = await activeClient(bench());
      const soon = bench().now + 20 * STEP_MS;
      const code = first.codeAt(soon);
      const look = { accountId: account.id, clientId: 'ada', number: null, code };
      expect(await bench().store.diagnoseClient(look, bench().change())).toMatchObject({ finding: 'ahead' });
      await bench().store.deleteClient(account.id, 'ada', bench().change());
      await bench().enrol(account, 'ada');
      bench().now = soon;
      expect(await bench().validate(first, code)).toEqual(INVALID);
      bench().now += STEP_MS;
      expect(await bench().validate(first, first.codeAt(bench().now))).toEqual(VALID);
    });

    it('is forgotten when no window reaches its codes any more', async () => {
      const { account, first } = await activeClient(bench());
      expect(await bench().validate(first, first.codeAt(bench().now))).toEqual(VALID);
      await bench().store.deleteClient(account.id, 'ada', bench().change());
      bench().now += HOUR_MS;
      await bench().store.expireAuthenticators(bench().now);
      await bench().enrol(account, 'ada');
      expect(await bench().validate(first, first.codeAt(bench().now))).toEqual(VALID);
    });
  });
}
