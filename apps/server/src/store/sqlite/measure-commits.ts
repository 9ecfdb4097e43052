import { DatabaseSync } from 'node:sqlite';

const ROWS_A_BATCH = 16;

/**
 * How long durable commits take in `folder`, in ms, fastest first: a database like the store's is made there,
 * written to `batches` times, and left for the caller to remove. Throws when SQLite cannot work there as
 * Kanda needs it to, as on a file system without locks or shared memory.
 */
export function measureCommits(folder: string, batches: number): readonly number[] {
  const sqlite = new DatabaseSync(`${folder}/probe.db`);
  try {
    const row = sqlite.prepare('pragma journal_mode = wal').get() as { journal_mode: string };
    if (row.journal_mode !== 'wal') throw new Error('SQLite cannot keep a write-ahead log here');
    sqlite.exec('pragma synchronous = full');
    sqlite.exec('create table probe (id integer primary key, filling blob)');
    const insert = sqlite.prepare('insert into probe (filling) values (randomblob(200))');
    const times: number[] = [];
    for (let batch = 0; batch < batches; batch++) {
      const begun = performance.now();
      sqlite.exec('begin immediate');
      for (let number = 0; number < ROWS_A_BATCH; number++) insert.run();
      sqlite.exec('commit');
      times.push(performance.now() - begun);
    }
    return times.sort((a, b) => a - b);
  } finally {
    sqlite.close();
  }
}
