import { describe, expect, it } from 'vitest';
import type { FeedName } from '../../../src/domain/feeds/ports.ts';
import { type MakeDatabase, START, useWorkbench } from './workbench.ts';

/**
 * How far feeds of events are. Seen to fail: without the look at the mark, an event that got the number of a lost one counted
 * as sent; without `from` in the condition, an older answer moved a feed back.
 */
export function describeFeeds(makeDatabase: MakeDatabase): void {
  describe('feeds of events', () => {
    const bench = useWorkbench(makeDatabase);
    const waiting = async (feed: FeedName = 'syslog') =>
      (await bench().store.waitingLogs(feed, -1, 1_000)).waiting;
    const markOf = async (accountId: number, id: number) => {
      const [event] = await bench().store.eventsToFeed(accountId, id - 1, 1);
      if (event === undefined) throw new Error(`there is no event ${id}`);
      return { id, at: event.at, requestId: event.origin.requestId };
    };
    const settle = async (accountId: number, from: number, to: number, feed: FeedName = 'syslog') => {
      const mark = await markOf(accountId, to);
      return bench().store.settleFeed(feed, [{ accountId, from, to, mark }]);
    };

    it('have every log to send, each for itself, and the rest of it once a part has arrived', async () => {
      const [ada, bob] = [await bench().createAccount('ada'), await bench().createAccount('bob')];
      for (const clientId of ['a', 'b']) await bench().enrol(ada, clientId);
      expect(await waiting()).toMatchObject([
        { accountId: ada.id, accountPublicId: ada.publicId, isTest: false, lastEvent: 3, fedTo: 0 },
        { accountId: bob.id, accountPublicId: bob.publicId, isTest: false, lastEvent: 1, fedTo: 0 },
      ]);
      expect(await settle(ada.id, 0, 2)).toEqual([]);
      expect(await waiting()).toMatchObject([
        { accountId: ada.id, fedTo: 2 },
        { accountId: bob.id, fedTo: 0 },
      ]);
      expect(await waiting('file')).toMatchObject([
        { accountId: ada.id, fedTo: 0 },
        { accountId: bob.id, fedTo: 0 },
      ]);
      expect((await bench().store.eventsToFeed(ada.id, 2, 10)).map(({ id }) => id)).toEqual([3]);
      expect(await settle(ada.id, 2, 3)).toEqual([]);
      expect(await settle(bob.id, 0, 1)).toEqual([]);
      expect(await waiting()).toEqual([]);
    });

    it('move on from where they were read alone, and of two nodes at once one does', async () => {
      const account = await bench().createAccount();
      for (const clientId of ['a', 'b', 'c']) await bench().enrol(account, clientId);
      const both = await Promise.all([settle(account.id, 0, 1), settle(account.id, 0, 2)]);
      expect(both.flat()).toEqual([account.id]);
      const [now] = await waiting();
      expect(await settle(account.id, 0, 3)).toEqual([account.id]);
      expect(await waiting()).toEqual([now]);
    });

    it('keep nothing about an event that is another one by now, and something about one that was pruned', async () => {
      const account = await bench().createAccount();
      await bench().enrol(account, 'a');
      const other = { id: 2, at: START + 77, requestId: 'req_of_another' };
      const progress = { accountId: account.id, from: 0, to: 2, mark: other };
      expect(await bench().store.settleFeed('syslog', [progress])).toEqual([account.id]);
      expect(await waiting()).toMatchObject([{ fedTo: 0 }]);
      const pruned = { accountId: account.id, from: 0, to: 2, mark: null };
      expect(await bench().store.settleFeed('syslog', [pruned])).toEqual([]);
      expect(await waiting()).toEqual([]);
    });

    it('report a log that is shorter than they are', async () => {
      const account = await bench().createAccount();
      expect(await settle(account.id, 0, 1)).toEqual([]);
      await bench().database.sql(`update event_feed set fed_to = 9 where account_id = ${account.id}`);
      expect(await waiting()).toMatchObject([{ accountId: account.id, lastEvent: 1, fedTo: 9 }]);
    });

    it('go on with what a deleted account leaves in its log', async () => {
      const account = await bench().createAccount();
      expect(await settle(account.id, 0, 1)).toEqual([]);
      await bench().store.deleteAccount(account.id, bench().change());
      const rest = (await waiting()).find(({ accountId }) => accountId === account.id);
      expect(rest).toMatchObject({ accountPublicId: account.publicId, fedTo: 1 });
      const events = await bench().store.eventsToFeed(account.id, 1, 100);
      expect(events.map(({ event }) => event)).toContain('account.deleted');
    });
  });
}
