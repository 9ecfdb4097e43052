import type { FeedStore } from '../../../domain/feeds/ports.ts';
import type { LogTreeStore } from '../../../domain/log/ports.ts';
import type { Executor } from '../../operations-store.ts';
import { feedStore } from '../feeds/feed-store.ts';
import * as logTree from './log-tree.ts';

/** The part of a store that keeps the trees and how far feeds are, over a dialect’s reads and writes; the same in both dialects. */
export function logTreeStore(
  read: Executor['read'],
  write: Executor['write'],
  bodies: logTree.BodyTable,
): LogTreeStore & FeedStore {
  return {
    ...feedStore(read, write),
    logsInNeed: (need, after, span) => read((db) => logTree.logsInNeed(db, need, after, span), 'upkeep'),
    logHead: (accountId) => read((db) => logTree.logHead(db, accountId), accountId),
    readLog: (accountId, after, limit) =>
      read((db) => logTree.readLog(db, accountId, after, limit), accountId),
    readTiles: (accountId, tiles) => read((db) => logTree.readTiles(db, accountId, tiles), accountId),
    extendLogTree: (accountId, from, size, tiles) =>
      write((db) => logTree.extendLogTree(db, accountId, from, size, tiles), 'upkeep'),
    addCheckpoint: (accountId, from, checkpoint) =>
      write((db) => logTree.addCheckpoint(db, accountId, from, checkpoint), 'upkeep'),
    cosignCheckpoint: (accountId, size, note) =>
      write((db) => logTree.cosignCheckpoint(db, accountId, size, note), 'upkeep'),
    newestCheckpoint: (accountId) => read((db) => logTree.newestCheckpoint(db, accountId), accountId),
    listCheckpoints: (accountId, above, limit) =>
      read((db) => logTree.listCheckpoints(db, accountId, above, limit), accountId),
    markCheckpointsSent: (accountId, size) =>
      write((db) => logTree.markCheckpointsSent(db, accountId, size), 'upkeep'),
    pruneEvents: (accountId, to, limit) =>
      write((db) => logTree.pruneEvents(db, accountId, to, limit, bodies), 'upkeep'),
  };
}
