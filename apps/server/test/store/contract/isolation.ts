import { DEFAULT_PARAMETERS } from '@kanda/otp';
import { describe, expect, it } from 'vitest';
import type { Account } from '../../../src/domain/accounts/account.ts';
import {
  EVERYTHING,
  expectFault,
  type MakeDatabase,
  Phone,
  START,
  STEP_MS,
  useWorkbench,
  type Workbench,
} from './workbench.ts';

/** Everything that an account can see of itself. */
async function viewOf(bench: Workbench, account: Account): Promise<unknown> {
  const { store, now } = bench;
  const page = { cursor: null, limit: 200 };
  return {
    account: await store.findAccountByEmail(account.email),
    clients: await store.listClients(account.id, { q: null, status: null, now }, page),
    events: await store.listEvents(account.id, EVERYTHING, page),
    history: await store.listEvents(account.id, { ...EVERYTHING, clientId: 'ada' }, page),
    failures: await store.countEvents(account.id, { ...EVERYTHING, outcome: 'failure' }),
    keys: await store.listApiKeys(account.id, page),
  };
}

export function describeIsolation(makeDatabase: MakeDatabase): void {
  describe('two accounts with the same clientId', () => {
    const bench = useWorkbench(makeDatabase);

    it('have secrets, replay states and locks of their own', async () => {
      const [one, other] = [await bench().createAccount('one'), await bench().createAccount('other')];
      const mine = new Phone(one.id, 'ada', DEFAULT_PARAMETERS, 'mine');
      const theirs = new Phone(other.id, 'ada', DEFAULT_PARAMETERS, 'theirs');
      await bench().register(mine, 'Mine');
      await bench().register(theirs, 'Theirs');
      expect(await bench().validate(mine, theirs.codeAt(START))).toMatchObject({ valid: false });
      await bench().failTimes(mine, 4);
      expect(await bench().validate(mine, mine.codeAt(START))).toMatchObject({ reason: 'locked' });
      expect(await bench().validate(theirs, theirs.codeAt(START))).toEqual({ valid: true });
      expect((await bench().client(theirs)).label).toBe('Theirs');
    });

    it('see nothing of what the other does, whichever method it uses', async () => {
      const [one, other] = [await bench().createAccount('one'), await bench().createAccount('other')];
      const { store } = bench();
      const theirs = new Phone(other.id, 'ada', DEFAULT_PARAMETERS, 'theirs');
      await bench().register(theirs, 'Theirs');
      const key = { scopes: ['totp:read'], mac: new Uint8Array(1), expiresAt: null, name: 'key' } as const;
      await store.createApiKey({ ...key, id: 'theirs', accountId: other.id }, bench().change());
      const untouched = await viewOf(bench(), other);

      const mine = new Phone(one.id, 'ada', DEFAULT_PARAMETERS, 'mine');
      await bench().register(mine, 'Mine');
      await store.createApiKey({ ...key, id: 'mine', accountId: one.id }, bench().change());
      await bench().failTimes(mine, 5);
      await store.unlockClient(one.id, 'ada', bench().change());
      await store.setClientDisabled(one.id, 'ada', true, bench().change());
      const rotated = await bench().rotate(mine, 'mine, second');
      await bench().validate(rotated, rotated.codeAt(START + STEP_MS));
      await store.setPassword(one.id, 'hash', bench().change());
      await store.touchApiKey(one.id, 'theirs', START + 1);
      await expectFault(store.revokeApiKey(one.id, 'theirs', bench().change()), 'key_not_found');
      await store.deleteClient(one.id, 'ada', bench().change());
      await store.revokeApiKey(one.id, 'mine', bench().change());
      expect(await viewOf(bench(), other)).toEqual(untouched);
    });

    it("get the other's ids answered like ids that do not exist", async () => {
      const [one, other] = [await bench().createAccount('one'), await bench().createAccount('other')];
      const theirs = await bench().enrol(other, 'theirs');
      const { store } = bench();
      const before = await viewOf(bench(), other);
      const change = bench().change();
      for (const clientId of ['theirs', 'unknown']) {
        expect(await store.findClient(one.id, clientId)).toBeNull();
        await expectFault(
          bench().validate({ accountId: one.id, clientId }, theirs.codeAt(START)),
          'client_not_found',
        );
        await expectFault(
          store.rotateClient(
            { accountId: one.id, clientId, number: null, secret: new Uint8Array(20) },
            change,
          ),
          'client_not_found',
        );
        await expectFault(store.unlockClient(one.id, clientId, change), 'client_not_found');
        await expectFault(store.setClientDisabled(one.id, clientId, true, change), 'client_not_found');
        await expectFault(store.deleteClient(one.id, clientId, change), 'client_not_found');
      }
      expect(await bench().clientIds(one, { q: 'theirs' })).toEqual([]);
      expect(await viewOf(bench(), other)).toEqual(before);
    });

    it("see only what is theirs with the other's cursors", async () => {
      const [one, other] = [await bench().createAccount('one'), await bench().createAccount('other')];
      const { store } = bench();
      const key = { scopes: ['totp:read'], mac: new Uint8Array(1), expiresAt: null, name: 'key' } as const;
      for (const [account, prefix, count] of [
        [one, 'mine', 3],
        [other, 'theirs', 9],
      ] as const) {
        for (let index = 0; index < count; index++) {
          const phone = await bench().enrol(account, `${prefix}-${index}`);
          await bench().validate(phone, phone.codeAt(START));
          await store.createApiKey(
            { ...key, id: `${prefix}-${index}`, accountId: account.id },
            bench().change(),
          );
        }
        await expectFault(
          bench().validate({ accountId: account.id, clientId: 'shared' }, '123456'),
          'client_not_found',
        );
        await expectFault(
          bench().validate({ accountId: account.id, clientId: 'shared' }, '123456'),
          'client_not_found',
        );
      }
      const first = { cursor: null, limit: 1 };
      const filter = { q: null, status: null, now: START };
      const clients = await store.listClients(other.id, filter, first);
      const keys = await store.listApiKeys(other.id, first);
      const events = await store.listEvents(other.id, EVERYTHING, first);
      const history = await store.listEvents(other.id, { ...EVERYTHING, clientId: 'shared' }, first);
      const given = (cursor: string | null) => ({ cursor: cursor ?? expect.fail('no cursor'), limit: 50 });

      const myClients = await store.listClients(one.id, filter, given(clients.nextCursor));
      expect(myClients.data.every((client) => client.clientId.startsWith('mine'))).toBe(true);
      const myKeys = await store.listApiKeys(one.id, given(keys.nextCursor));
      expect(myKeys.data.every((apiKey) => apiKey.accountId === one.id && apiKey.id.startsWith('mine'))).toBe(
        true,
      );
      const mine = await bench().events(one);
      const seen = await store.listEvents(one.id, EVERYTHING, given(events.nextCursor));
      expect(seen.data.length).toBeGreaterThan(0);
      for (const event of seen.data) expect(mine).toContainEqual(event);
      await expectFault(
        store.listEvents(one.id, { ...EVERYTHING, clientId: 'shared' }, given(history.nextCursor)),
        'cursor_invalid',
      );
    });
  });
}
