import { describe, expect, it } from 'vitest';
import { type MakeDatabase, ORIGIN, useWorkbench, type Workbench } from './workbench.ts';

export function describeOperators(makeDatabase: MakeDatabase): void {
  describe('operators', () => {
    const bench = useWorkbench(makeDatabase);

    it('are marked and unmarked by the operator, each time with an event', async () => {
      const account = await bench().createAccount();
      const other = await bench().createAccount('bob');
      expect(account.operator).toBeUndefined();
      const { store } = bench();
      expect(await store.setOperator(account.id, true, bench().change())).toMatchObject({ operator: true });
      expect(await store.findAccountByEmail(account.email)).toMatchObject({ operator: true });
      expect((await store.findAccountByEmail(other.email))?.operator).toBeUndefined();
      expect((await store.setOperator(account.id, false, bench().change())).operator).toBeUndefined();
      const events = (await bench().events(account)).map(({ event }) => event);
      expect(events.slice(0, 2)).toEqual(['account.operator_revoked', 'account.operator_granted']);
    });

    it('are the first account alone, where that is the operator’s own', async () => {
      expect((await made(bench(), 'first')).operator).toBe(true);
      expect((await made(bench(), 'second')).operator).toBeUndefined();
    });

    it('are not the first account where anyone may sign up', async () => {
      expect((await bench().createAccount()).operator).toBeUndefined();
      expect((await made(bench(), 'second')).operator).toBeUndefined();
    });

    it('are one of many that are made at the same time', async () => {
      const node = await bench().openNode();
      const accounts = await Promise.all(
        Array.from({ length: 8 }, (_, nth) => made(bench(), `a${nth}`, nth % 2 === 0 ? node : bench().store)),
      );
      expect(accounts.filter(({ operator }) => operator)).toHaveLength(1);
    });

    it('end with the account, and their mark is no other one’s then', async () => {
      const first = await made(bench(), 'first');
      await bench().store.deleteAccount(first.id, bench().change());
      expect((await bench().store.findAccountByPublicId(first.publicId))?.operator).toBeUndefined();
      expect((await made(bench(), 'second')).operator).toBeUndefined();
    });
  });
}

/** As `kanda account create` makes it. */
function made({ now, store: first }: Workbench, name: string, store = first) {
  return store.createAccount({
    publicId: `acc_${name}`,
    email: `${name}@example.com`,
    passwordHash: 'hash',
    at: now,
    origin: ORIGIN,
    ownsIfFirst: true,
  });
}
