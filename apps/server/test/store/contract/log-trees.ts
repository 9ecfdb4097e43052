import type { Tile } from '@kanda/tlog';
import { describe, expect, it } from 'vitest';
import type { Account } from '../../../src/domain/accounts/account.ts';
import type { KeptCheckpoint, LogHead, LogNeed } from '../../../src/domain/log/ports.ts';
import { type MakeDatabase, ORIGIN, START, useWorkbench } from './workbench.ts';

export function describeLogTrees(makeDatabase: MakeDatabase): void {
  describe('the trees behind the logs', () => {
    const bench = useWorkbench(makeDatabase);

    const tile = (byte: number, level = 0, index = 0): Tile => ({
      level,
      index,
      hashes: new Uint8Array(64).fill(byte),
    });
    const checkpoint = (size: number): KeptCheckpoint => ({
      size,
      root: new Uint8Array(32).fill(size),
      at: START + size,
      note: `note of ${size}`,
    });
    const plain = (tiles: readonly Tile[]) =>
      tiles.map(({ level, index, hashes }) => ({ level, index, hashes: [...hashes] }));

    /** An account with this number of events; the first is its registration. */
    async function accountWith(events: number, name = 'ada'): Promise<Account> {
      const account = await bench().createAccount(name);
      for (let number = 2; number <= events; number++) {
        await bench().store.recordEvent(account.id, {
          event: 'totp.validated',
          outcome: 'failure',
          reason: 'client_not_found',
          clientId: number % 2 === 0 ? 'even' : 'odd',
          at: START + number,
          origin: ORIGIN,
        });
      }
      return account;
    }

    /** Another process; where one node at a time may write, that node's other loop (postgres/fence.test.ts). */
    const anotherWriter = async () =>
      bench().store.leadership === undefined ? bench().openNode() : bench().store;

    async function inNeed(need: LogNeed): Promise<LogHead[]> {
      const { heads } = await bench().store.logsInNeed(need, 0, 1_000);
      return [...heads];
    }

    it('begin empty, and say how far each log is', async () => {
      const account = await accountWith(3);
      const head = {
        accountId: account.id,
        accountPublicId: account.publicId,
        lastEvent: 3,
        size: 0,
        checkpointSize: 0,
        checkpointAt: 0,
        sentSize: 0,
        prunedTo: 0,
      };
      expect(await bench().store.logHead(account.id)).toEqual(head);
      expect(await bench().store.logHead(account.id + 1)).toBeNull();
      expect(await inNeed('sequencing')).toEqual([head]);
      expect(await inNeed('sending')).toEqual([]);
      expect(await inNeed('pruning')).toEqual([]);
    });

    it('tell the logs in need range by range, and the largest number of an account', async () => {
      const accounts = [await accountWith(1, 'a'), await accountWith(1, 'b'), await accountWith(1, 'c')];
      const [a, b, c] = accounts.map(({ id }) => id) as [number, number, number];
      const next = async (after: number, span: number) => {
        const { heads, highest } = await bench().store.logsInNeed('sequencing', after, span);
        expect(highest).toBe(c);
        return heads.map(({ accountId }) => accountId);
      };
      expect(await next(a - 1, c - a + 1)).toEqual([a, b, c]);
      expect(await next(a, b - a)).toEqual([b]);
      expect(await next(c, 100)).toEqual([]);
    });

    it('give the log oldest first, from any number on', async () => {
      const account = await accountWith(5);
      const ids = async (after: number, limit: number) =>
        (await bench().store.readLog(account.id, after, limit)).map(({ id }) => id);
      expect(await ids(0, 3)).toEqual([1, 2, 3]);
      expect(await ids(3, 3)).toEqual([4, 5]);
      expect(await ids(5, 3)).toEqual([]);
    });

    it('take tiles and size together, and only from the size that they go on from', async () => {
      const { store } = bench();
      const account = await accountWith(5);
      const other = await anotherWriter();
      const won = await Promise.all([
        store.extendLogTree(account.id, 0, 2, [tile(1), tile(2, 1)]),
        other.extendLogTree(account.id, 0, 2, [tile(1), tile(2, 1)]),
      ]);
      expect(won.sort()).toEqual([false, true]);
      expect(await store.extendLogTree(account.id, 1, 3, [tile(9)])).toBe(false);
      expect(await store.extendLogTree(account.id, 2, 4, [tile(3), tile(4, 0, 1)])).toBe(true);
      expect((await store.logHead(account.id))?.size).toBe(4);
      const all = [tile(3), tile(4, 0, 1), tile(2, 1)];
      const read = await store.readTiles(account.id, [...all, { level: 5, index: 7 }]);
      expect(plain(read)).toEqual(plain(all));
      expect(await store.readTiles(account.id, [])).toEqual([]);
    });

    it('of one account are not those of another', async () => {
      const { store } = bench();
      const [ada, bob] = [await accountWith(2, 'ada'), await accountWith(2, 'bob')];
      await store.extendLogTree(ada.id, 0, 2, [tile(1)]);
      await store.addCheckpoint(ada.id, 0, checkpoint(2));
      expect(await store.readTiles(bob.id, [tile(1)])).toEqual([]);
      expect(await store.newestCheckpoint(bob.id)).toBeNull();
      expect((await inNeed('sequencing')).map(({ accountId }) => accountId)).toEqual([bob.id]);
    });

    it('keep one checkpoint after the other, of two at once the first', async () => {
      const { store } = bench();
      const account = await accountWith(9);
      expect(await store.addCheckpoint(account.id, 0, checkpoint(1))).toBe(false);
      await store.extendLogTree(account.id, 0, 6, [tile(1)]);
      expect(await store.addCheckpoint(account.id, 0, checkpoint(7))).toBe(false);
      const other = await anotherWriter();
      const won = await Promise.all([
        store.addCheckpoint(account.id, 0, checkpoint(4)),
        other.addCheckpoint(account.id, 0, checkpoint(5)),
      ]);
      expect(won.sort()).toEqual([false, true]);
      const first = (await store.newestCheckpoint(account.id))?.size ?? 0;
      expect(await store.addCheckpoint(account.id, first, checkpoint(6))).toBe(true);
      expect(await store.logHead(account.id)).toMatchObject({ checkpointSize: 6, checkpointAt: START + 6 });
      const newest = await store.newestCheckpoint(account.id);
      expect({ ...newest, root: [...(newest?.root ?? [])] }).toEqual({
        ...checkpoint(6),
        root: Array(32).fill(6),
      });
      const sizes = async (above: number, limit: number) =>
        (await store.listCheckpoints(account.id, above, limit)).map(({ size }) => size);
      expect(await sizes(0, 10)).toEqual([first, 6]);
      expect(await sizes(first, 10)).toEqual([6]);
      expect(await sizes(0, 1)).toEqual([first]);
    });

    it('keep a checkpoint with the cosignatures that come later', async () => {
      const { store } = bench();
      const account = await accountWith(5);
      await store.extendLogTree(account.id, 0, 5, [tile(1)]);
      await store.addCheckpoint(account.id, 0, checkpoint(3));
      await store.addCheckpoint(account.id, 3, checkpoint(5));
      await store.cosignCheckpoint(account.id, 3, 'note of 3 and more');
      const notes = (await store.listCheckpoints(account.id, 0, 10)).map(({ note }) => note);
      expect(notes).toEqual(['note of 3 and more', 'note of 5']);
      expect(await inNeed('cosigning')).toMatchObject([{ accountId: account.id, checkpointSize: 5 }]);
    });

    it('are in need of sending until that is noted, which never goes back', async () => {
      const { store } = bench();
      const account = await accountWith(5);
      await store.extendLogTree(account.id, 0, 5, [tile(1)]);
      await store.addCheckpoint(account.id, 0, checkpoint(5));
      expect(await inNeed('sequencing')).toEqual([]);
      expect((await inNeed('sending')).map(({ sentSize }) => sentSize)).toEqual([0]);
      await store.markCheckpointsSent(account.id, 5);
      await store.markCheckpointsSent(account.id, 3);
      expect(await inNeed('sending')).toEqual([]);
      expect((await store.logHead(account.id))?.sentSize).toBe(5);
    });

    it('are in need when the log has become shorter than its tree', async () => {
      const { store } = bench();
      const account = await accountWith(2);
      await store.extendLogTree(account.id, 0, 3, [tile(1)]);
      await store.addCheckpoint(account.id, 0, checkpoint(3));
      expect((await inNeed('sequencing')).map(({ accountId }) => accountId)).toEqual([account.id]);
    });

    it('let bodies be pruned that a checkpoint covers, a bounded number of them, and no others', async () => {
      const { store } = bench();
      const account = await accountWith(9);
      expect(await store.pruneEvents(account.id, 9, 100)).toBe(0);
      await store.extendLogTree(account.id, 0, 9, [tile(1)]);
      await store.addCheckpoint(account.id, 0, checkpoint(7));
      expect((await inNeed('pruning')).map(({ prunedTo }) => prunedTo)).toEqual([0]);
      expect(await store.pruneEvents(account.id, 8, 100)).toBe(0);
      expect(await store.pruneEvents(account.id, 7, 4)).toBe(4);
      expect(await store.pruneEvents(account.id, 7, 4)).toBe(3);
      expect(await store.pruneEvents(account.id, 7, 4)).toBe(0);
      expect(await inNeed('pruning')).toEqual([]);
      expect((await bench().events(account)).map(({ id }) => id)).toEqual([9, 8]);
      expect((await bench().events(account, { clientId: 'even' })).map(({ id }) => id)).toEqual([8]);
      expect(await store.readTiles(account.id, [tile(1)])).toHaveLength(1);
    });

    it('leave the history of a client readable as far as its events are', async () => {
      const { store } = bench();
      const account = await accountWith(7);
      const phone = await bench().enrol(account, 'even');
      await bench().validate(phone, phone.codeAt(START));
      await store.extendLogTree(account.id, 0, 8, [tile(1)]);
      await store.addCheckpoint(account.id, 0, checkpoint(8));
      await store.pruneEvents(account.id, 8, 100);
      expect((await bench().events(account, { clientId: 'even' }, 1)).map(({ event }) => event)).toEqual([
        'totp.validated',
      ]);
      await bench().validate(phone, phone.wrongCodeAt(START));
      expect(await bench().events(account, { clientId: 'even' })).toHaveLength(2);
    });
  });
}
