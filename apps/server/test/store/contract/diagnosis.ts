import { describe, expect, it } from 'vitest';
import { ALL_OTHERS } from '../../../src/domain/authenticators/authenticator.ts';
import { activeClient, addPending, confirm, remove, twoPhones } from './adas-authenticators.ts';
import { DAY_MS, type MakeDatabase, Phone, STEP_MS, useWorkbench } from './workbench.ts';

/** A look at a code that a user cannot log in with. */
export function describeDiagnosis(makeDatabase: MakeDatabase): void {
  describe('diagnosis', () => {
    const bench = useWorkbench(makeDatabase);

    it('accepts no code and burns none of now, is an event, and spends the one failure budget', async () => {
      const { account, first } = await activeClient(bench());
      const code = first.codeAt(bench().now);
      const diagnose = (typed: string, node = bench().store) =>
        node.diagnoseClient(
          { accountId: account.id, clientId: 'ada', number: null, code: typed },
          bench().change(),
        );
      expect(await diagnose(code)).toMatchObject({ finding: 'right_now' });
      expect(await diagnose(first.codeAt(bench().now - 9 * STEP_MS))).toMatchObject({ steps: -9 });
      expect((await bench().client(first)).lockout.failures).toBe(2);
      expect(await bench().validate(first, code)).toEqual({ valid: true });
      expect(await diagnose(code, await bench().openNode())).toMatchObject({ finding: 'already_used' });
      for (let look = 0; look < 4; look++) await diagnose(first.wrongCodeAt(bench().now, look));
      expect(await diagnose(code)).toEqual({ finding: 'locked', retryAfter: 30 });
      expect(await bench().validate(first, code)).toMatchObject({ reason: 'locked' });
      const events = await bench().events(account, { event: 'client.diagnosed' });
      expect(
        events
          .map(({ reason }) => reason)
          .reverse()
          .slice(0, 3),
      ).toEqual(['right_now', 'behind', 'already_used']);
    });

    it('knows the code of a secret that was rotated, replaced or removed, for 30 days, of the newest three', async () => {
      const { account, first, second } = await twoPhones(bench());
      const diagnose = async (phone: Phone, node = bench().store) => {
        const code = phone.codeAt(bench().now);
        const look = { accountId: account.id, clientId: 'ada', number: null, code };
        await bench().store.unlockClient(account.id, 'ada', bench().change());
        return (await node.diagnoseClient(look, bench().change())).finding;
      };
      const all = await bench().store.listAuthenticators(account.id, 'ada', bench().now);
      await remove(bench(), account, all[1]?.number ?? -1);
      expect(await diagnose(second)).toBe('previous_secret');
      bench().now += STEP_MS;
      const next = await addPending(bench(), account, 'next', null, ALL_OTHERS);
      expect(await diagnose(next)).toBe('pending');
      await confirm(bench(), next, next.codeAt(bench().now));
      expect(await diagnose(first, await bench().openNode())).toBe('previous_secret');
      bench().now += STEP_MS;
      const third = await bench().rotate(first, 'third');
      bench().now += STEP_MS;
      await bench().rotate(first, 'fourth');
      expect(await bench().validate(first, third.codeAt(bench().now))).toMatchObject({ valid: false });
      for (const phone of [first, next, third]) expect(await diagnose(phone)).toBe('previous_secret');
      expect(await diagnose(second)).toBe('no_match');
      bench().now += 31 * DAY_MS;
      expect(await diagnose(third)).toBe('no_match');
    });

    it('knows the newest three of those that were replaced in the same millisecond', async () => {
      const { account, first } = await activeClient(bench());
      const added = [];
      for (const name of ['second', 'third', 'fourth', 'fifth']) {
        const phone = await addPending(bench(), account, name);
        expect(await confirm(bench(), phone, phone.codeAt(bench().now))).toMatchObject({ confirmed: true });
        added.push(phone);
      }
      bench().now += STEP_MS;
      const findings = async (phones: readonly Phone[]) => {
        const found = [];
        for (const phone of phones) {
          const look = { accountId: account.id, clientId: 'ada', number: null };
          await bench().store.unlockClient(account.id, 'ada', bench().change());
          const code = phone.codeAt(bench().now);
          found.push((await bench().store.diagnoseClient({ ...look, code }, bench().change())).finding);
        }
        return found;
      };
      const [known, unknown] = ['previous_secret', 'no_match'];
      // One goes, then the four that are left at once, then those that came after them one by one: the clock does not move.
      const [oldest] = await bench().store.listAuthenticators(account.id, 'ada', bench().now);
      await remove(bench(), account, oldest?.number ?? -1);
      const rotated = [await bench().rotate(first, 'a')];
      expect(await findings([first, ...added])).toEqual([unknown, unknown, known, known, known]);
      for (const name of ['b', 'c', 'd', 'e']) rotated.push(await bench().rotate(first, name));
      expect(await findings(rotated)).toEqual([unknown, known, known, known, 'right_now']);
    });

    it('knows nothing of a client that was deleted', async () => {
      const { account, first } = await activeClient(bench());
      await bench().rotate(first, 'new');
      await bench().store.deleteClient(account.id, 'ada', bench().change());
      await bench().rotate(await bench().enrol(account, 'ada'), 'newer');
      const look = { accountId: account.id, clientId: 'ada', number: null };
      const newer = new Phone(account.id, 'ada', first.parameters, 'new');
      const code = newer.codeAt(bench().now);
      expect(await bench().store.diagnoseClient({ ...look, code }, bench().change())).toEqual({
        finding: 'no_match',
      });
    });
  });
}
