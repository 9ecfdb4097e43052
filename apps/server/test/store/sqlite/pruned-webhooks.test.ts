/** Seen to fail: with the look at what was pruned before that at the events alone, nothing was lost, and event 3 not sent. */
import { expect, test } from 'vitest';
import { webhookWork } from '../../../src/store/operations/webhooks/webhook-work.ts';
import { kyselyOn, openWithoutCache } from '../../../src/store/sqlite/connection.ts';
import { newWebhook } from '../../background/webhooks/plain-receiver.ts';
import { Workbench } from '../contract/workbench.ts';
import { SqliteDatabase } from './sqlite-database.ts';

const ID = 'aaaaaaaaaaaaaaaa';

test('what retention deletes while the work of a webhook is read counts as lost', async () => {
  const database = new SqliteDatabase();
  const bench = await Workbench.open(async () => database);
  const account = await bench.createAccount();
  await bench.store.createWebhook(newWebhook(account, ID, 'https://app.example.com/'), bench.change());
  for (const name of ['ada', 'bob', 'eve']) await bench.enrol(account, name);
  await database.sql(`insert into log_tree (account_id, size, checkpoint_size, checkpoint_at, sent_size, pruned_to)
    values (${account.id}, 5, 0, 0, 0, 0) on conflict (account_id) do nothing`);
  const sqlite = openWithoutCache(database.path, { readOnly: false });
  const db = kyselyOn(sqlite);
  let isPruned = false;
  const prunedMeanwhile = new Proxy(db, {
    get(target, name) {
      if (name !== 'selectFrom') return Reflect.get(target, name);
      return (table: 'event') => {
        if (table === 'event' && !isPruned) {
          isPruned = true;
          sqlite.exec(`delete from event where account_id = ${account.id} and id <= 3`);
          sqlite.exec(`update log_tree set pruned_to = 3 where account_id = ${account.id}`);
        }
        return target.selectFrom(table);
      };
    },
  });
  const work = await webhookWork(prunedMeanwhile, bench.box, account.id, ID, 100, bench.now);
  sqlite.close();
  await bench.close();
  expect(work).toMatchObject({ deliveredTo: 2, pruned: 1, events: [{ id: 4 }, { id: 5 }] });
});
