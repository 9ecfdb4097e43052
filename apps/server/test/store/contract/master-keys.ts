import { randomBytes } from 'node:crypto';
import { beforeEach, describe, expect, it } from 'vitest';
import { createAuthenticatorKeys } from '../../../src/crypto/authenticator-keys.ts';
import { Keyring } from '../../../src/crypto/keyring.ts';
import { createMasterKey, type MasterKey, parseMasterKey } from '../../../src/crypto/master-key.ts';
import { createSecretBox, rewrapDataKey } from '../../../src/crypto/secret-box.ts';
import { createServerKeys, openServerKeys, rewrapServerKey } from '../../../src/crypto/server-keys.ts';
import { type Account, INSTALLATION_ACCOUNT } from '../../../src/domain/accounts/account.ts';
import type { KeyRewrapper } from '../../../src/domain/master-keys/master-keys.ts';
import type { Store } from '../../../src/domain/store.ts';
import { EVERYTHING, expectFault, type MakeDatabase, ORIGIN, useWorkbench } from './workbench.ts';

/** A rewrapper that turns to `current` what any of these keys wraps. */
function rewrapperTo(current: MasterKey, ...older: MasterKey[]): KeyRewrapper {
  const keyring = new Keyring(current, older, randomBytes);
  return {
    masterKeyId: current.id,
    dataKey: (key) => rewrapDataKey(keyring, key),
    serverKey: (key) => rewrapServerKey(keyring, key),
  };
}

export function describeMasterKeys(makeDatabase: MakeDatabase): void {
  describe('master keys', () => {
    const bench = useWorkbench(makeDatabase);
    let old: MasterKey;
    let next: MasterKey;
    /** A node of a server that knows both keys. */
    let both: Store;
    let accounts: Account[];

    const rewrap = (rewrapper: KeyRewrapper, limit = 2, skip: readonly number[] = []) =>
      bench().store.rewrapKeys(rewrapper, skip, limit, bench().change());

    async function rewrapAll(rewrapper: KeyRewrapper): Promise<number> {
      for (let steps = 1; ; steps++) {
        if ((await rewrap(rewrapper)).done) return steps;
      }
    }

    function nodeWith(current: MasterKey, ...older: MasterKey[]): Promise<Store> {
      const box = createSecretBox(new Keyring(current, older, randomBytes), randomBytes);
      const keys = createAuthenticatorKeys(box, 10);
      return bench().database.open({ box, keys, clock: () => bench().now });
    }

    /** What each key wraps: `[data keys, server keys]` under the old one and under the next one. */
    async function wrapped(): Promise<Record<string, readonly [number, number]>> {
      const counts = await bench().store.countWrapped();
      const names: Record<string, string> = { [old.id]: 'old', [next.id]: 'next' };
      return Object.fromEntries(
        counts.map(({ masterKeyId, dataKeys, serverKeys }) => [
          names[masterKeyId] ?? masterKeyId,
          [dataKeys, serverKeys],
        ]),
      );
    }

    const rotations = async () => {
      const filter = { ...EVERYTHING, event: 'masterkey.rotated' } as const;
      const { data } = await bench().store.listEvents(INSTALLATION_ACCOUNT, filter, {
        cursor: null,
        limit: 10,
      });
      return data;
    };

    beforeEach(async () => {
      old = parseMasterKey(bench().masterKey, 'the test');
      next = createMasterKey(randomBytes);
      both = await nodeWith(next, old);
      await bench().store.serverKeys(createServerKeys(new Keyring(old, [], randomBytes), randomBytes));
      accounts = [];
      for (const name of ['ada', 'bob', 'eve', 'joe', 'kim']) {
        accounts.push(await bench().createAccount(name));
      }
      return () => both.close();
    });

    it('are turned step by step, and at every step each code is judged by a node that knows both', async () => {
      const phones = await Promise.all(accounts.map((account) => bench().enrol(account, 'phone')));
      const serverKeys = (await bench().store.serverKeys([])).length;
      expect(await wrapped()).toEqual({ old: [5, serverKeys] });
      const rewrapper = rewrapperTo(next, old);
      for (const expected of [
        { old: [3, serverKeys], next: [2, 0] },
        { old: [1, serverKeys], next: [4, 0] },
        { old: [0, serverKeys], next: [5, 0] },
        { next: [5, serverKeys] },
      ]) {
        const { done } = await rewrap(rewrapper);
        expect(await wrapped()).toEqual(expected);
        expect(done).toBe(Object.keys(expected).length === 1);
        bench().now += 60_000;
        for (const phone of phones) {
          // No node remembers an opened key: each has to open the secret with the data key as it is now.
          const node = await nodeWith(next, old);
          expect(await bench().validate(phone, phone.codeAt(bench().now), node)).toEqual({ valid: true });
          await node.close();
        }
      }
      openServerKeys(new Keyring(next, [], randomBytes), await bench().store.serverKeys([]));
      const onlyNext = await nodeWith(next);
      bench().now += 60_000;
      for (const phone of phones) {
        expect(await bench().validate(phone, phone.codeAt(bench().now), onlyNext)).toEqual({ valid: true });
      }
      await onlyNext.close();
    });

    it('that a node does not know yet make it judge nothing and count nothing', async () => {
      const phone = await bench().enrol(accounts[0] as Account, 'phone');
      await bench().reopen();
      await rewrapAll(rewrapperTo(next, old));
      await expectFault(bench().validate(phone, phone.codeAt(bench().now)), 'secret_unreadable');
      expect((await bench().client(phone)).lockout.failures).toBe(0);
      await expectFault(bench().enrol(accounts[0] as Account, 'other'), 'secret_unreadable');
      await expectFault(bench().rotate(phone, 'second'), 'secret_unreadable');
      // Nothing half done is left, and each refusal has raised an alarm.
      expect(await bench().clientIds(accounts[0] as Account)).toEqual(['phone']);
      const alarms = await bench().events(accounts[0] as Account, { event: 'alarm.secret_unreadable' });
      expect(alarms.map(({ clientId }) => clientId)).toEqual(expect.arrayContaining(['other', 'phone']));
      expect(await bench().validate(phone, phone.codeAt(bench().now), both)).toEqual({ valid: true });
    });

    it('wrap no new account that a rotation leaves behind, whatever a node takes for the current one', async () => {
      const rewrapper = rewrapperTo(next, old);
      await rewrap(rewrapper);
      // This node knows of no rotation, that one takes the new key for the current one already.
      await bench().createAccount('liz');
      const { publicId } = await both.createAccount({
        publicId: 'acc_max',
        email: 'max@example.com',
        passwordHash: 'hash',
        at: bench().now,
        origin: ORIGIN,
      });
      expect(publicId).toBe('acc_max');
      expect(await wrapped()).toMatchObject({ old: [5, 4], next: [2, 0] });
      await rewrapAll(rewrapper);
      expect(await wrapped()).toEqual({ next: [7, 4] });
      // From here on a node without the new key can make no account: it would have to use a key that may be gone.
      await expectFault(bench().createAccount('ned'), 'store_unavailable');
      expect(await bench().store.masterKeyIds()).toEqual([next.id]);
    });

    it('are turned once when it is done twice, and that is one event of the installation', async () => {
      const rewrapper = rewrapperTo(next, old);
      await rewrapAll(rewrapper);
      expect(await rewrapAll(rewrapper)).toBe(1);
      expect(await rewrap(rewrapper)).toEqual({ rewrapped: 0, unreadable: [], done: true });
      expect(await rotations()).toMatchObject([{ outcome: 'success', clientId: null, origin: ORIGIN }]);
    });

    it('are turned by two at once without harm', async () => {
      const other = await bench().openNode();
      const rewrapper = rewrapperTo(next, old);
      const turn = async (node: Store): Promise<number> => {
        let rewrapped = 0;
        for (let done = false; !done; ) {
          const step = await node.rewrapKeys(rewrapper, [], 1, bench().change());
          rewrapped += step.rewrapped;
          done = step.done;
        }
        return rewrapped;
      };
      const turned = await Promise.all([turn(bench().store), turn(other)]);
      expect(turned.reduce((sum, count) => sum + count)).toBe(5 + 4);
      expect(await wrapped()).toEqual({ next: [5, 4] });
      expect(await rotations()).toHaveLength(1);
    });

    it('turn all other keys when one of them does not open, which is reported and left as it is', async () => {
      const rewrapper = rewrapperTo(next, old);
      const damaged: KeyRewrapper = {
        ...rewrapper,
        dataKey: (key) => {
          // Moved to another account: it is bound to its own.
          const moved = key.accountPublicId === 'acc_bob' ? { ...key, accountPublicId: 'acc_ada' } : key;
          return rewrapper.dataKey(moved);
        },
      };
      const first = await rewrap(damaged);
      expect(first).toMatchObject({ rewrapped: 1, done: false });
      expect(first.unreadable).toMatchObject([{ accountPublicId: 'acc_bob' }]);
      const skip = first.unreadable.map(({ accountId }) => accountId);
      while (!(await rewrap(damaged, 2, skip)).done);
      expect(await wrapped()).toEqual({ old: [1, 0], next: [4, 4] });
      // Once the row is repaired, the next run takes it along.
      await rewrapAll(rewrapper);
      expect(await wrapped()).toEqual({ next: [5, 4] });
    });

    it('are passed to the holder, whose error is passed on and changes nothing', async () => {
      await rewrap(rewrapperTo(next, old));
      const inUse = await bench().store.holdMasterKeys((ids) => ({ result: ids, event: null }));
      expect(inUse).toEqual([old.id, next.id].sort());
      expect(await bench().store.masterKeyIds()).toEqual(inUse);
      const mine = new Error('mine');
      const failed = bench().store.holdMasterKeys(() => {
        throw mine;
      });
      await expect(failed).rejects.toBe(mine);
      expect(
        (await bench().store.listEvents(INSTALLATION_ACCOUNT, EVERYTHING, { cursor: null, limit: 5 })).data,
      ).toEqual([]);
    });
  });
}
