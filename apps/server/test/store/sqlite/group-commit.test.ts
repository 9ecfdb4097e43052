import { DatabaseSync } from 'node:sqlite';
import { beforeEach, describe, expect, it, onTestFinished } from 'vitest';
import { Fault } from '../../../src/domain/errors.ts';
import {
  type Connection,
  newestState,
  openReader,
  openWriter,
} from '../../../src/store/sqlite/connection.ts';
import { DurableLog, type DurableLogOptions } from '../../../src/store/sqlite/durable-log.ts';
import { GroupCommit, type GroupCommitOptions } from '../../../src/store/sqlite/group-commit.ts';
import { expectFault, MAY_BE_DONE, NOTHING_DONE } from '../contract/workbench.ts';
import { SqliteDatabase } from './sqlite-database.ts';

const BUSY_DEADLINE_MS = 300;

/*
 * Seen to fail without the guards: with a deadline that began with the batch, callers queued behind another batch
 * waited for up to twice as long; with `#suspect` false at first (durable-log.ts), the first commit was made on a log
 * that no one had brought to the disk.
 */
describe('group commit', () => {
  let database: SqliteDatabase;
  let writer: Connection;
  let reader: Connection;
  beforeEach(async () => {
    database = new SqliteDatabase();
    writer = await openWriter(database.path, BUSY_DEADLINE_MS);
    writer.sqlite.exec('create table note (text text not null unique) strict');
    reader = openReader(database.path);
    return () => {
      reader.sqlite.close();
      writer.sqlite.close();
      return database.remove();
    };
  });

  function groupCommit(
    options: Partial<Omit<GroupCommitOptions, 'log'> & DurableLogOptions> = {},
  ): GroupCommit {
    const { sync = async () => {}, rewrite = async () => {} } = options;
    return new GroupCommit(writer.sqlite, writer.db, {
      busyDeadlineMs: BUSY_DEADLINE_MS,
      ...options,
      log: new DurableLog({ newest: newestState(reader), sync, rewrite }),
    });
  }

  const write = (text: string) => () => {
    writer.sqlite.prepare('insert into note values (?)').run(text);
    return text;
  };

  /** What a connection of its own sees, which is what is committed. */
  const notes = (): string[] =>
    database.behindTheStore((sqlite) =>
      sqlite
        .prepare('select text from note order by rowid')
        .all()
        .map((row) => String(row.text)),
    );

  /** A connection that holds the lock until it is let go. */
  function lockHolder(): { release: () => void } {
    const holder = new DatabaseSync(database.path);
    onTestFinished(() => {
      if (holder.isOpen) holder.close();
    });
    holder.exec('begin immediate');
    return {
      release: () => {
        holder.exec('rollback');
        holder.close();
      },
    };
  }

  it('serves everything that arrives in one turn with one commit and one sync', async () => {
    let syncs = 0;
    const commits = groupCommit({
      sync: async () => {
        syncs += 1;
      },
    });
    const texts = Array.from({ length: 200 }, (_, index) => `note ${index}`);
    expect(await Promise.all(texts.map((text) => commits.run(write(text))))).toEqual(texts);
    expect(notes()).toEqual(texts);
    expect(syncs).toBe(1);
  });

  it('puts what arrives during a commit into the next one, at most 256 at a time', async () => {
    let syncs = 0;
    const commits = groupCommit({
      sync: async () => {
        syncs += 1;
      },
    });
    const first = commits.run(write('first')).then(() => commits.run(write('after the first')));
    await first;
    expect(syncs).toBe(2);
    await Promise.all(
      Array.from({ length: 600 }, (_, index) => commits.runWithoutSavepoint(write(`note ${index}`))),
    );
    expect(syncs).toBe(2 + 3);
  });

  it('answers no one before the sync has returned, though the commit is made', async () => {
    const disk = Promise.withResolvers<void>();
    const syncing = Promise.withResolvers<void>();
    const commits = groupCommit({
      sync: () => {
        syncing.resolve();
        return disk.promise;
      },
    });
    const answered: string[] = [];
    const calls = [
      commits.run(write('a')).then((text) => answered.push(text)),
      commits
        .run(() => {
          throw new Fault('client_exists', 'refused');
        })
        .catch(() => answered.push('refused')),
    ];
    await syncing.promise;
    const later = commits.run(write('b')).then((text) => answered.push(text));
    for (let turn = 0; turn < 50; turn++) await new Promise(setImmediate);
    expect(notes()).toEqual(['a']);
    expect(answered).toEqual([]);
    disk.resolve();
    await Promise.all([...calls, later]);
    expect(answered).toEqual(['a', 'refused', 'b']);
  });

  // Seen to fail with one text for both: that nothing was accepted, of a commit that stood.
  it('says of a commit whose sync failed that it may be there, and of one that was not made that it is not', async () => {
    const commits = groupCommit({ sync: () => Promise.reject(new Error('EIO')) });
    await expectFault(commits.run(write('there')), 'store_unavailable', MAY_BE_DONE);
    expect(notes()).toEqual(['there']);
    const { release } = lockHolder();
    await expectFault(groupCommit().run(write('nowhere')), 'store_unavailable', NOTHING_DONE);
    release();
    expect(notes()).toEqual(['there']);
  });

  it('undoes the writes of work that refuses, and those alone', async () => {
    const commits = groupCommit();
    const refused = commits.run(() => {
      write('half done')();
      throw new Fault('client_exists', 'there is one already');
    });
    const calls = [commits.runWithoutSavepoint(write('before')), refused, commits.run(write('after'))];
    await Promise.allSettled(calls);
    await expectFault(refused, 'client_exists');
    expect(notes()).toEqual(['before', 'after']);
  });

  it('refuses work that fails in an unforeseen way with store_unavailable, and it alone', async () => {
    const commits = groupCommit();
    const calls = [commits.run(write('same')), commits.run(write('same')), commits.run(write('other'))];
    await Promise.allSettled(calls);
    await expectFault(calls[1] as Promise<string>, 'store_unavailable');
    expect(await calls[0]).toBe('same');
    expect(notes()).toEqual(['same', 'other']);
  });

  it('settles what was put off before work that may be undone, and before the commit; forgets it when all is undone', async () => {
    const told: string[] = [];
    const commits = groupCommit({ settle: () => told.push('settle'), forget: () => told.push('forget') });
    const tell = (name: string) => () => void told.push(name);
    await Promise.all([
      commits.runWithoutSavepoint(tell('plain')),
      commits.run(tell('with savepoint')),
      commits.runWithoutSavepoint(tell('plain again')),
    ]);
    expect(told).toEqual(['plain', 'settle', 'with savepoint', 'plain again', 'settle']);
    told.length = 0;
    await expectFault(
      commits.run(() => writer.sqlite.exec('rollback; select no_such_function()')),
      'store_unavailable',
    );
    expect(told).toEqual(['settle', 'forget']);
  });

  it('refuses work without a savepoint that fails in an unforeseen way alone, and undoes what it had written', async () => {
    const commits = groupCommit();
    const broken = () => {
      write('half done')();
      throw new TypeError('no one foresaw this');
    };
    const calls = [
      commits.runWithoutSavepoint(write('before')),
      commits.runWithoutSavepoint(broken),
      commits.runWithoutSavepoint(write('after')),
    ];
    await Promise.allSettled(calls);
    await expectFault(calls[1] as Promise<unknown>, 'store_unavailable');
    expect(await Promise.all([calls[0], calls[2]])).toEqual(['before', 'after']);
    expect(notes()).toEqual(['before', 'after']);
  });

  it('lets lanes take turns when more waits than a batch holds, so that a flood delays itself', async () => {
    const commits = groupCommit();
    const order: string[] = [];
    const run = (lane: number, name: string) =>
      commits.runWithoutSavepoint(() => void order.push(name), lane);
    const flood = Array.from({ length: 1_000 }, () => run(1, 'flood'));
    const other = [run(2, 'other'), run(2, 'other'), run(2, 'other')];
    await Promise.all([...flood, ...other]);
    expect(order.indexOf('other')).toBeLessThan(4);
    expect(order.lastIndexOf('other')).toBeLessThan(8);
    expect(order).toHaveLength(1_003);
  });

  it('refuses a flood at its own limit, and still takes the work of others', async () => {
    const { release } = lockHolder();
    const commits = groupCommit();
    const flood = Array.from({ length: 4_096 }, () => commits.runWithoutSavepoint(() => {}, 1));
    await expectFault(
      commits.runWithoutSavepoint(() => {}, 1),
      'store_unavailable',
    );
    const other = commits.runWithoutSavepoint(() => 'served', 2);
    release();
    expect(await other).toBe('served');
    await Promise.all(flood);
  });

  it('refuses a whole batch that does not fit on a full disk, and goes on when there is room', async () => {
    const commits = groupCommit();
    const { page_count: pages } = writer.sqlite.prepare('pragma page_count').get() as { page_count: number };
    writer.sqlite.exec(`pragma max_page_count = ${pages}`);
    const large = 'x'.repeat(200_000);
    const full = [commits.runWithoutSavepoint(write('small')), commits.runWithoutSavepoint(write(large))];
    await Promise.allSettled(full);
    for (const call of full) await expectFault(call, 'store_unavailable');
    expect(notes()).toEqual([]);
    writer.sqlite.exec('pragma max_page_count = 1073741823');
    await Promise.all([commits.run(write('small')), commits.run(write(large))]);
    expect(notes()).toEqual(['small', large]);
  });

  it('waits for another connection that writes, while the event loop goes on', async () => {
    const { release } = lockHolder();
    const call = groupCommit().run(write('waited'));
    // This timer belongs to the event loop that waits: if the wait stopped it, the lock would never go.
    setTimeout(release, BUSY_DEADLINE_MS / 3);
    expect(await call).toBe('waited');
  });

  it('refuses a batch that has waited too long, without having run any of it', async () => {
    const { release } = lockHolder();
    const commits = groupCommit();
    let ran = 0;
    const calls = Array.from({ length: 3 }, () => commits.runWithoutSavepoint(() => ran++));
    await Promise.allSettled(calls);
    for (const call of calls) await expectFault(call, 'store_unavailable');
    expect(ran).toBe(0);
    release();
    expect(await commits.run(write('afterwards'))).toBe('afterwards');
  });

  it('tells callers at once when more are waiting than can be served in time', async () => {
    const { release } = lockHolder();
    const commits = groupCommit();
    const waiting = Array.from({ length: 4_096 }, () => commits.runWithoutSavepoint(() => {}));
    const settled = Promise.allSettled(waiting);
    await expectFault(
      commits.runWithoutSavepoint(() => {}),
      'store_unavailable',
    );
    release();
    expect((await settled).filter((result) => result.status === 'fulfilled')).toHaveLength(4_096);
  });

  it('refuses everybody once he has waited, also those who were queued while others waited', async () => {
    const { release } = lockHolder();
    const deadlineMs = 9 * BUSY_DEADLINE_MS;
    const commits = groupCommit({ busyDeadlineMs: deadlineMs });
    const waitOf = async () => {
      const begun = performance.now();
      await expectFault(
        commits.runWithoutSavepoint(() => {}),
        'store_unavailable',
      );
      return performance.now() - begun;
    };
    const waits = [waitOf()];
    // Each of them comes while the batch before has waited for a part of its time.
    for (let later = 0; later < 5; later++) {
      await new Promise((resolve) => setTimeout(resolve, deadlineMs / 3));
      waits.push(waitOf());
    }
    for (const wait of await Promise.all(waits)) {
      expect(wait).toBeGreaterThanOrEqual(deadlineMs - 1);
      expect(wait).toBeLessThan(deadlineMs * 1.9);
    }
    release();
    expect(await commits.run(write('afterwards'))).toBe('afterwards');
  });

  it('writes the log anew before its first commit, while no one else can write', async () => {
    const order: string[] = [];
    const commits = groupCommit({
      rewrite: async () => {
        order.push(`anew ${notes().length}`);
        const other = new DatabaseSync(database.path);
        expect(() => other.exec('begin immediate')).toThrow('database is locked');
        other.close();
      },
      sync: async () => void order.push(`sync ${notes().length}`),
    });
    await commits.run(write('first'));
    await commits.run(write('second'));
    await commits.run(() => {});
    expect(order).toEqual(['anew 0', 'sync 1', 'sync 2']);
  });

  it('refuses a batch whose sync failed, and everything after it until the log was written anew', async () => {
    const broken = { sync: true, rewrite: false };
    let rewrites = 0;
    const commits = groupCommit({
      sync: async () => {
        if (broken.sync) throw new Error('EIO');
      },
      rewrite: async () => {
        rewrites += 1;
        if (broken.rewrite) throw new Error('EIO');
      },
    });
    await expectFault(commits.run(write('lost?')), 'store_unavailable');
    expect(rewrites).toBe(1);
    Object.assign(broken, { sync: false, rewrite: true });
    for (let call = 0; call < 3; call++) {
      await expectFault(commits.run(write('too early')), 'store_unavailable');
    }
    expect(rewrites).toBe(4);
    broken.rewrite = false;
    expect(await commits.run(write('whole again'))).toBe('whole again');
    expect(await commits.run(write('as before'))).toBe('as before');
    expect(rewrites).toBe(5);
    expect(notes()).toEqual(['lost?', 'whole again', 'as before']);
  });

  it('writes the log anew when it is closed, if it has not yet, as closing may move it into the database file', async () => {
    let rewrites = 0;
    const rewrite = async () => void rewrites++;
    await groupCommit({ rewrite }).close();
    expect(rewrites).toBe(1);
    const used = groupCommit({ rewrite });
    await used.run(write('a'));
    await used.close();
    expect(rewrites).toBe(2);
    const { release } = lockHolder();
    await groupCommit({ rewrite }).close();
    expect(rewrites).toBe(2);
    release();
    await groupCommit({ rewrite: () => Promise.reject(new Error('EIO')) }).close();
    expect(writer.sqlite.isTransaction).toBe(false);
  });

  it('lets what is queued commit when it is closed, and refuses what comes after', async () => {
    const commits = groupCommit();
    const queued = [commits.run(write('a')), commits.run(write('b'))];
    const closing = commits.close();
    const late = commits.run(write('late'));
    await expectFault(late, 'store_unavailable');
    await closing;
    expect(await Promise.all(queued)).toEqual(['a', 'b']);
    expect(notes()).toEqual(['a', 'b']);
  });
});
