import type { FeedStore } from '../../../domain/feeds/ports.ts';
import type { Executor } from '../../operations-store.ts';
import { readLog } from '../log/log-tree.ts';
import { settleFeed, waitingLogs } from './feeds.ts';

/**
 * How far the feeds of events are, the same in both dialects.
 *
 * @param writeAsLeader a write that is refused unless this process has the work behind the logs
 */
export function feedStore(read: Executor['read'], writeAsLeader: Executor['write']): FeedStore {
  return {
    waitingLogs: (feed, after, span) => read((db) => waitingLogs(db, feed, after, span), 'feeds'),
    eventsToFeed: (accountId, after, limit) => read((db) => readLog(db, accountId, after, limit), 'feeds'),
    settleFeed: (feed, progress) => writeAsLeader((db) => settleFeed(db, feed, progress), 'feeds'),
  };
}
