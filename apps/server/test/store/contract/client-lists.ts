import { randomBytes } from 'node:crypto';
import { DEFAULT_PARAMETERS } from '@kanda/otp';
import { describe, expect, it } from 'vitest';
import type { ClientFilter } from '../../../src/domain/clients/ports.ts';
import { allPages, expectFault, type MakeDatabase, Phone, useWorkbench } from './workbench.ts';

export function describeClientLists(makeDatabase: MakeDatabase): void {
  describe('the list of clients', () => {
    const bench = useWorkbench(makeDatabase);

    it('is newest first, and complete for every size of page', async () => {
      const account = await bench().createAccount();
      const names = Array.from({ length: 11 }, (_, index) => `user-${index}`);
      for (const name of names) await bench().enrol(account, name);
      for (const limit of [1, 2, 10, 11, 12, 200]) {
        expect(await bench().clientIds(account, {}, limit), `pages of ${limit}`).toEqual(
          [...names].reverse(),
        );
      }
    });

    it('shows each row once that stays, while others are added and removed between its pages', async () => {
      const account = await bench().createAccount();
      const names = Array.from({ length: 30 }, (_, index) => `user-${index}`);
      for (const name of names) await bench().enrol(account, name);
      const filter = { q: 'user', status: 'active', now: bench().now } as const;
      const removed = new Set<string>();
      let pages = 0;
      const shown = await allPages(4, async (page) => {
        const result = await bench().store.listClients(account.id, filter, page);
        pages += 1;
        await bench().enrol(account, `user-new-${pages}`);
        // The last row of the page, which the cursor is on, and one that is still to come.
        for (const name of [result.data.at(-1)?.clientId, `user-${pages}`]) {
          if (name === undefined || removed.has(name)) continue;
          removed.add(name);
          await bench().store.deleteClient(account.id, name, bench().change());
        }
        return result;
      });
      const ids = shown.map((client) => client.clientId);
      expect(new Set(ids).size).toBe(ids.length);
      expect(ids.filter((id) => !removed.has(id))).toEqual(
        [...names].reverse().filter((name) => !removed.has(name)),
      );
      expect(pages).toBeGreaterThan(5);
    });

    it('finds a part of clientId, label or issuer, in any case', async () => {
      const account = await bench().createAccount();
      const enrol = (id: string, label: string, issuer: string) =>
        bench().register(new Phone(account.id, id, DEFAULT_PARAMETERS), label, issuer);
      await enrol('Ada-1', 'Countess', 'Example');
      await enrol('bob', 'ada lovelace', 'Example');
      await enrol('carol', 'Carol', 'Canada Post');
      await enrol('dave', 'Dave', 'Example');
      expect(await bench().clientIds(account, { q: 'ADA' })).toEqual(['carol', 'bob', 'Ada-1']);
      expect(await bench().clientIds(account, { q: 'a-1' })).toEqual(['Ada-1']);
      expect(await bench().clientIds(account, { q: 'unknown' })).toEqual([]);
    });

    it('finds the oldest among thousands', async () => {
      const account = await bench().createAccount();
      await bench().enrol(account, 'the-first');
      await Promise.all(Array.from({ length: 2_050 }, (_, index) => bench().enrol(account, `user-${index}`)));
      await bench().enrol(account, 'the-last');
      expect(await bench().clientIds(account, { q: 'the-' }, 1)).toEqual(['the-last', 'the-first']);
      expect(await bench().clientIds(account, { q: 'the-', status: 'active' })).toEqual([
        'the-last',
        'the-first',
      ]);
      expect(await bench().clientIds(account)).toHaveLength(2_052);
    });

    it('takes %, _ and \\ as themselves', async () => {
      const account = await bench().createAccount();
      const labels = ['100% sure', '100 sure', 'a_b', 'axb', 'back\\slash', 'back/slash', '\\%_', "it's"];
      for (const [index, label] of labels.entries()) {
        await bench().register(new Phone(account.id, `c${index}`, DEFAULT_PARAMETERS), label, 'x');
      }
      const found = async (q: string) =>
        (await bench().clientIds(account, { q })).map((id) => labels[Number(id.slice(1))]);
      expect(await found('100%')).toEqual(['100% sure']);
      expect(await found('%')).toEqual(['\\%_', '100% sure']);
      expect(await found('a_b')).toEqual(['a_b']);
      expect(await found('_')).toEqual(['\\%_', 'a_b']);
      expect(await found('\\')).toEqual(['\\%_', 'back\\slash']);
      expect(await found('\\%_')).toEqual(['\\%_']);
      expect(await found('\\\\')).toEqual([]);
      expect(await found("t's")).toEqual(["it's"]);
    });

    it('finds letters of every script, in any case', async () => {
      const account = await bench().createAccount();
      const labels = ['Élodie', 'ЖАННА', 'Ωmega', '山田太郎', 'Straße', '👩‍💻 dev'];
      for (const [index, label] of labels.entries()) {
        await bench().register(new Phone(account.id, `c${index}`, DEFAULT_PARAMETERS), label, 'x');
      }
      for (const [q, label] of [
        ['Élodie', 'Élodie'],
        ['élo', 'Élodie'],
        ['ÉLODIE', 'Élodie'],
        ['жанна', 'ЖАННА'],
        ['Жан', 'ЖАННА'],
        ['ωM', 'Ωmega'],
        ['田太', '山田太郎'],
        ['straß', 'Straße'],
        ['👩‍💻', '👩‍💻 dev'],
      ] as const) {
        const [found, ...more] = await bench().clientIds(account, { q });
        expect(more).toEqual([]);
        expect(labels[Number(found?.slice(1))], q).toBe(label);
      }
      expect(await bench().clientIds(account, { q: 'Elodie' })).toEqual([]);
    });

    it('filters by status, as it is at the moment that the caller names', async () => {
      const account = await bench().createAccount();
      const active = await bench().enrol(account, 'active');
      const delayed = await bench().enrol(account, 'delayed');
      const disabled = await bench().enrol(account, 'disabled');
      const lockedForGood = await bench().enrol(account, 'locked');
      await bench().lockForGood(lockedForGood);
      await bench().failTimes(disabled, 5);
      await bench().store.setClientDisabled(account.id, 'disabled', true, bench().change());
      await bench().failTimes(active, 4);
      await bench().failTimes(delayed, 5);
      const { now } = bench();
      const by = (status: 'active' | 'locked' | 'disabled', at: number, q: string | null = null) =>
        bench().clientIds(account, { status, now: at, q }, 1);
      expect(await by('active', now)).toEqual(['active']);
      expect(await by('locked', now)).toEqual(['locked', 'delayed']);
      expect(await by('disabled', now)).toEqual(['disabled']);
      expect(await by('locked', now + 29_999)).toEqual(['locked', 'delayed']);
      expect(await by('locked', now + 30_000)).toEqual(['locked']);
      expect(await by('active', now + 30_000)).toEqual(['delayed', 'active']);
      expect(await by('locked', now, 'delay')).toEqual(['delayed']);
    });

    // Seen to fail: without the filter in `matching` (locked ones come by an index of their own), and where only the
    // first authenticator was looked at.
    it('filters by weak secrets, of whichever authenticator, also with a status', async () => {
      const account = await bench().createAccount();
      const other = await bench().createAccount('other@example.com');
      const { store } = bench();
      await bench().lockForGood(await bench().enrol(account, 'locked'));
      for (const clientId of ['strong', 'weak', 'further', 'both', 'disabled']) {
        await enrolWith(account.id, clientId, clientId === 'strong' || clientId === 'further' ? 20 : 10);
      }
      await enrolWith(other.id, 'of-another', 10);
      for (const [clientId, bytes] of [
        ['further', 10],
        ['both', 10],
        ['strong', 20],
      ] as const) {
        await store.addAuthenticator(
          { ...asked(account.id, clientId, bytes), replaces: null },
          bench().change(),
        );
      }
      await store.setClientDisabled(account.id, 'disabled', true, bench().change());
      const ids = (filter: Partial<ClientFilter>) => bench().clientIds(account, filter, 1);
      expect(await ids({ weak: true })).toEqual(['disabled', 'both', 'further', 'weak']);
      expect(await ids({ weak: false })).toEqual(['strong', 'locked']);
      expect(await ids({ weak: true, status: 'active' })).toEqual(['both', 'further', 'weak']);
      expect(await ids({ weak: true, status: 'locked' })).toEqual([]);
      expect(await ids({ weak: true, q: 'eak' })).toEqual(['weak']);
      expect((await store.findClient(account.id, 'further'))?.weakSecret).toBe(true);
      expect((await store.findClient(account.id, 'strong'))?.weakSecret).toBe(false);
      await store.rotateClient(
        { accountId: account.id, clientId: 'weak', number: null, secret: new Uint8Array(20) },
        bench().change(),
      );
      expect(await ids({ weak: true, status: 'active' })).toEqual(['both', 'further']);
    });

    function asked(accountId: number, clientId: string, bytes: number) {
      return {
        ...{
          accountId,
          clientId,
          name: null,
          parameters: DEFAULT_PARAMETERS,
          isImported: true,
          watermark: -1,
        },
        ...{ secret: randomBytes(bytes), pendingUntil: null, fresh: false },
      };
    }

    function enrolWith(accountId: number, clientId: string, bytes: number) {
      const names = { label: clientId, issuer: 'Example' };
      return bench().store.registerClient(
        { ...asked(accountId, clientId, bytes), ...names },
        bench().change(),
      );
    }

    it('refuses a cursor that it did not give', async () => {
      const account = await bench().createAccount();
      for (let index = 0; index < 3; index++) await bench().enrol(account, `user-${index}`);
      const events = await bench().store.listEvents(
        account.id,
        { clientId: null, event: null, outcome: null, from: null, to: null },
        { cursor: null, limit: 1 },
      );
      const filter = { q: null, status: null, now: bench().now };
      for (const cursor of ['', 'x', '1', 'YS4x=', 'YS4w', events.nextCursor ?? expect.fail('no cursor')]) {
        await expectFault(
          bench().store.listClients(account.id, filter, { cursor, limit: 5 }),
          'cursor_invalid',
        );
      }
    });
  });
}
