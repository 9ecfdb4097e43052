import type { Kysely } from 'kysely';
import type { LogTreeStore } from '../domain/audit/ports.ts';
import * as logTree from './operations/log-tree.ts';
import type { Schema } from './schema.ts';

type Run = <T>(query: (db: Kysely<Schema>) => Promise<T>) => Promise<T>;

/** The part of a store that keeps the trees, from its ways to read and to write; the same in both dialects. */
export function logTreeStore(read: Run, write: Run, bodies: logTree.BodyTable): LogTreeStore {
  return {
    logsInNeed: (need, after, span) => read((db) => logTree.logsInNeed(db, need, after, span)),
    logHead: (accountId) => read((db) => logTree.logHead(db, accountId)),
    readLog: (accountId, after, limit) => read((db) => logTree.readLog(db, accountId, after, limit)),
    readTiles: (accountId, tiles) => read((db) => logTree.readTiles(db, accountId, tiles)),
    extendLogTree: (accountId, from, size, tiles) =>
      write((db) => logTree.extendLogTree(db, accountId, from, size, tiles)),
    addCheckpoint: (accountId, from, checkpoint) =>
      write((db) => logTree.addCheckpoint(db, accountId, from, checkpoint)),
    newestCheckpoint: (accountId) => read((db) => logTree.newestCheckpoint(db, accountId)),
    listCheckpoints: (accountId, above, limit) =>
      read((db) => logTree.listCheckpoints(db, accountId, above, limit)),
    markCheckpointsSent: (accountId, size) => write((db) => logTree.markCheckpointsSent(db, accountId, size)),
    pruneEvents: (accountId, to, limit) =>
      write((db) => logTree.pruneEvents(db, accountId, to, limit, bodies)),
  };
}
