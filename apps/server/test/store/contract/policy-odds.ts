import { describe, expect, it } from 'vitest';
import type { Account } from '../../../src/domain/accounts/account.ts';
import { ALL_OTHERS } from '../../../src/domain/authenticators/authenticator.ts';
import { Fault } from '../../../src/domain/errors.ts';
import { DEFAULT_POLICY, type Policy } from '../../../src/domain/verdicts/policy.ts';
import { activeClient, addPending, confirm, remove } from './adas-authenticators.ts';
import { addToken, enrolToken } from './hotp.ts';
import { expectFault, type MakeDatabase, Phone, useWorkbench } from './workbench.ts';

/*
 * A policy is judged by the clients that there are. Seen to fail on both stores when only a single phone is judged, when
 * pending ones are left out, and (the race) on PostgreSQL when the account is not locked.
 */
export function describePolicyOdds(makeDatabase: MakeDatabase): void {
  describe('a policy that makes guessing easier', () => {
    const bench = useWorkbench(makeDatabase);
    const set = (account: Account, changed: Partial<Policy>, node = bench().store) =>
      node.setPolicy(account.id, { ...DEFAULT_POLICY, ...changed }, bench().change());
    const refused = (change: Promise<unknown>, detail: RegExp) =>
      expectFault(change, 'policy_invalid', detail);
    /** Ada with this number of phones in all. */
    async function phones(count: number) {
      const { account, first } = await activeClient(bench());
      for (let nth = 1; nth < count; nth++) {
        const phone = await addPending(bench(), account, `phone ${nth}`);
        expect(await confirm(bench(), phone, phone.codeAt(bench().now))).toMatchObject({ confirmed: true });
      }
      return { account, first };
    }

    it('is refused with the number where a client has five phones, and passes where each has one', async () => {
      const { account } = await phones(5);
      const loosest = { skew: 2, dailyFailures: 100 };
      const other = await bench().createAccount('eve');
      await bench().enrol(other, 'bob');
      expect(await set(other, loosest)).toMatchObject(loosest);
      await refused(
        set(account, loosest),
        /skew with dailyFailures .* 5 authenticators .* 59\.8 %.* 23\.9 % is/,
      );
      await refused(set(account, { skew: 2 }), /^Nothing was changed: skew would .* 36\.6 %/);
      expect(await bench().store.findPolicy(account.id)).toEqual(DEFAULT_POLICY);
      expect(await bench().events(account, { event: 'account.policy_changed' })).toEqual([]);
    });

    it('passes when it allows more authenticators than the odds do: those are judged one by one', async () => {
      const { account } = await phones(5);
      await set(account, { maxAuthenticators: 8 });
      await expectFault(addPending(bench(), account, 'sixth'), 'authenticator_odds');
      await set(account, { maxAuthenticators: 8, skew: 0 });
      await addPending(bench(), account, 'sixth');
    });

    it('that was stricter may not return to the default where a client has more than the default allows', async () => {
      const { account } = await phones(5);
      await set(account, { maxAuthenticators: 8, dailyFailures: 20 });
      await addPending(bench(), account, 'sixth');
      await refused(set(account, {}), /dailyFailures would .* 6 authenticators .* 28 %.*now it is 12\.3 %/);
      // Stricter in one thing and looser in another, and no easier to guess in all.
      await set(account, { skew: 0, dailyFailures: 50 });
    });

    it('counts a phone that waits for its first code, and not one that is to take the place of another', async () => {
      const { account } = await phones(3);
      await addPending(bench(), account, 'next', null, ALL_OTHERS);
      await set(account, { skew: 2 });
      await set(account, {});
      await addPending(bench(), account, 'fourth');
      await refused(set(account, { skew: 2 }), /4 authenticators/);
      // Without what it was to replace it is one more.
      const all = await bench().store.listAuthenticators(account.id, 'ada', bench().now);
      const [one, two] = all.map(({ number }) => number);
      for (const { number } of all.slice(3)) await remove(bench(), account, number);
      await addPending(bench(), account, 'replaces two', null, two ?? -1);
      await set(account, { skew: 2 });
      await set(account, {});
      await addPending(bench(), account, 'fourth again');
      await remove(bench(), account, two ?? -1);
      await refused(set(account, { skew: 2 }), /4 authenticators/);
      await remove(bench(), account, one ?? -1);
      await set(account, { skew: 2 });
    });

    it('passes when the client that was guessed most easily is rotated or deleted', async () => {
      for (const name of ['ada', 'eve']) {
        const account = await bench().createAccount(name);
        const first = await bench().enrol(account, 'ada');
        for (let nth = 1; nth < 5; nth++) await addPending(bench(), account, `phone ${nth}`);
        await refused(set(account, { skew: 2 }), /5 authenticators/);
        if (name === 'ada') await bench().rotate(first, 'new');
        else await bench().store.deleteClient(account.id, 'ada', bench().change());
        await set(account, { skew: 2 });
      }
    });

    it('is judged by tokens where there are any, and by the length of codes', async () => {
      const account = await bench().createAccount();
      await set(account, { lookAhead: 50 });
      await expectFault(enrolToken(bench(), account), 'authenticator_odds');
      await set(account, {});
      await enrolToken(bench(), account);
      await refused(set(account, { lookAhead: 50 }), /lookAhead would .* one authenticator .* 60\.6 %/);
      await set(account, { lookAhead: 50, dailyFailures: 14 });
      const other = await bench().createAccount('eve');
      const long = { algorithm: 'SHA1', digits: 8, period: 30 } as const;
      await bench().register(new Phone(other.id, 'ada', long));
      for (const name of ['second', 'third', 'fourth', 'fifth']) {
        const { secret } = new Phone(other.id, 'ada', long, name);
        const asked = { accountId: other.id, clientId: 'ada', name, parameters: long, secret, fresh: false };
        const inUse = { ...asked, isImported: true, watermark: -1, pendingUntil: null, replaces: null };
        await bench().store.addAuthenticator(inUse, bench().change());
      }
      await set(other, { skew: 2, dailyFailures: 100 });
    });

    it('is refused for a phone alone when that would be too easy', async () => {
      const account = await bench().createAccount();
      const change = { skew: 2, dailyFailures: 100, followDrift: true };
      await refused(
        set(account, change),
        /skew with dailyFailures with followDrift .* one authenticator .* 30\.6 %/,
      );
    });

    it('and a phone that is added at the same moment are never both accepted, over two nodes', async () => {
      const { account } = await phones(3);
      const nodes = [bench().store, await bench().openNode()] as const;
      for (let round = 0; round < 6; round++) {
        const phone = new Phone(
          account.id,
          'ada',
          { algorithm: 'SHA1', digits: 6, period: 30 },
          `of ${round}`,
        );
        const asked = {
          accountId: account.id,
          clientId: 'ada',
          name: 'fourth',
          parameters: phone.parameters,
        };
        const pending = { pendingUntil: bench().now + 900_000, replaces: null, fresh: true };
        const outcomes = await Promise.allSettled([
          set(account, { skew: 2 }, nodes[round % 2]),
          nodes[(round + 1) % 2]?.addAuthenticator(
            { ...asked, ...pending, secret: phone.secret, isImported: true, watermark: -1 },
            bench().change(),
          ),
        ]);
        const made = outcomes.filter(({ status }) => status === 'fulfilled');
        expect(made).toHaveLength(1);
        const [fault] = outcomes.flatMap((outcome) =>
          outcome.status === 'rejected' ? [outcome.reason] : [],
        );
        expect(fault).toBeInstanceOf(Fault);
        expect(['policy_invalid', 'authenticator_odds']).toContain(fault.code);
        await set(account, {});
        const all = await bench().store.listAuthenticators(account.id, 'ada', bench().now);
        for (const { number, name } of all) if (name === 'fourth') await remove(bench(), account, number);
      }
    });

    it('is judged by clients that a version before this one has made', async () => {
      const { account } = await phones(4);
      const other = await bench().createAccount('eve');
      await set(other, { dailyFailures: 30 });
      await enrolToken(bench(), other);
      await addToken(bench(), other, new Uint8Array(20).fill(7));
      await bench().database.recountMixes();
      await refused(set(account, { skew: 2 }), /4 authenticators .* 30\.6 %/);
      await refused(
        set(other, { dailyFailures: 30, lookAhead: 13 }),
        /lookAhead would .* 2 authenticators .* 26.4 %/,
      );
    });
  });
}
