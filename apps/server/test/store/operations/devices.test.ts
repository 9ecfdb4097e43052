import { DEFAULT_PARAMETERS } from '@kanda/otp';
import { expect, test } from 'vitest';
import { DAY_MS } from '../../../src/domain/time.ts';
import { pruneExpired } from '../../../src/store/operations-store.ts';
import { openWriter } from '../../../src/store/sqlite/connection.ts';
import { prepareRestore } from '../../../src/store/sqlite/restore.ts';
import { deviceBench } from '../contract/device-bench.ts';
import { Phone, STEP_MS } from '../contract/workbench.ts';
import { onSqlite } from '../sqlite/on-sqlite.ts';

test('a plain code looks at no device: it is judged where their table is not there', () =>
  onSqlite(async (bench, database) => {
    const phone = await bench.enrol(await bench.createAccount(), 'ada');
    database.behindTheStore((sqlite) => sqlite.exec('drop table client_device'));
    bench.now += STEP_MS;
    expect(await bench.validate(phone, phone.codeAt(bench.now))).toEqual({ valid: true });
    expect(await bench.validate(phone, phone.wrongCodeAt(bench.now))).toMatchObject({ valid: false });
  }));

// Seen to fail without its line in store/sqlite/restore.ts: the token of the backup was accepted.
test('a restored backup trusts no browser', () =>
  onSqlite(async (bench, database) => {
    const devices = deviceBench(() => bench);
    const account = await bench.createAccount();
    await devices.switchOn(account);
    const phone = await bench.enrol(account, 'ada');
    await devices.trusted(phone);
    const backup = `${database.path}-backup`;
    database.behindTheStore((sqlite) => sqlite.exec(`vacuum into '${backup}'`));
    await prepareRestore({ path: backup, accept: () => {}, clock: () => bench.now });
    const restored = await openWriter(backup, 1_000);
    expect(restored.sqlite.prepare('select id from client_device').all()).toEqual([]);
    expect(restored.sqlite.prepare('select devices from account_head where devices > 0').all()).toEqual([]);
    expect(restored.sqlite.prepare('select client_id from client').all()).toEqual([{ client_id: 'ada' }]);
    restored.sqlite.close();
  }));

test('those whose days are over are swept with the rest, of each account, and no others', () =>
  onSqlite(async (bench, database) => {
    const devices = deviceBench(() => bench);
    const accounts = [await bench.createAccount('one'), await bench.createAccount('two')];
    for (const account of accounts) {
      await devices.switchOn(account);
      const phone = new Phone(account.id, 'ada', DEFAULT_PARAMETERS);
      await bench.register(phone);
      await devices.trusted(phone, 'short', 1);
      await devices.trusted(phone, 'long', 2);
    }
    const writer = await openWriter(database.path, 1_000);
    const run = <T>(work: (db: typeof writer.db) => Promise<T>) => work(writer.db);
    const left = () => writer.sqlite.prepare('select label from client_device').all();
    const executor = { read: run, write: run } as never;
    await pruneExpired(executor, bench.box, () => bench.now);
    expect(left()).toHaveLength(4);
    await pruneExpired(executor, bench.box, () => bench.now + DAY_MS);
    expect(left()).toEqual([{ label: 'long' }, { label: 'long' }]);
    writer.sqlite.close();
    for (const { id } of accounts) {
      expect(await bench.store.readUsage(id, 0)).toMatchObject({ devices: 1 });
    }
  }));
