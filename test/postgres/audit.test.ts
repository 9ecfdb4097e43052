/** `kanda audit` on the logs of a PostgreSQL database, whole and after someone with access to it has changed them. */
import { mkdtempSync, readdirSync, renameSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { accountWithKey, kanda, kandaDone, type Run } from '../../apps/server/test/cli/lib/run-kanda.ts';
import { Caller, wrongCodes } from '../support/caller.ts';
import { endAll, KandaProcess, temporaryFolder } from '../support/kanda-process.ts';
import { databaseOf, postgresServer, usePostgres } from '../support/test-database.ts';

usePostgres();
afterAll(endAll);

const CODES = 30;

let dataDir: string;
let url: string;
let userId: string;
/** Where the commands put what they need for a while. */
let temporary: string;
let key: string;
let checkpoint: string;
let lastEvent: number;

beforeAll(async () => {
  dataDir = temporaryFolder();
  url = await databaseOf(dataDir);
  const account = await accountWithKey(dataDir);
  userId = account.userId;
  const server = await KandaProcess.start({ dataDir, flags: ['--checkpoint-interval', '1s'] });
  const caller = new Caller(server.url).withBearer(account.apiKey);
  const client = await caller.enrol('alice');
  for (const code of wrongCodes(client, CODES)) await caller.validate('alice', code);
  lastEvent = (await caller.events()).at(-1)?.id ?? 0;
  // A stop covers what has just come.
  await server.stop();
  temporary = mkdtempSync(join(temporaryFolder(), 'tmp-'));
  key = (await audit('key')).stdout.trim();
  checkpoint = join(temporaryFolder(), 'checkpoint');
  writeFileSync(checkpoint, (await audit('checkpoint', '--account', userId)).stdout);
});

function audit(command: string, ...args: string[]): Promise<Run> {
  return kanda(['audit', command, ...args, '--data-dir', dataDir], { env: { TMPDIR: temporary } });
}

const verify = () => audit('verify', '--account', userId, '--checkpoint', checkpoint, '--key', key);

async function sql(text: string): Promise<void> {
  await (await postgresServer()).query(text.replaceAll('ACCOUNT', '1'), url);
}

test('a whole log leads to the checkpoint that was kept, without a server and without the master key', async () => {
  expect(lastEvent).toBeGreaterThan(CODES);
  const masterKey = join(dataDir, 'master.key');
  renameSync(masterKey, `${masterKey}.away`);
  try {
    const whole = await verify();
    expect(whole).toMatchObject({ code: 0, stderr: '' });
    expect(whole.stdout).toMatch(
      new RegExp(
        `^✓ kanda/${userId}: ${lastEvent} events lead to the checkpoint of .* that was handed in, signed by the given key$`,
        'm',
      ),
    );
    expect(whole.stdout).not.toContain('!');
    const all = await audit('verify');
    expect(all.code).toBe(0);
    expect(all.stdout).toContain('! this checkpoint was stored beside the log');
  } finally {
    renameSync(`${masterKey}.away`, masterKey);
  }
});

test('nothing of the copy that verifying reads is left behind', async () => {
  await verify();
  expect(readdirSync(temporary)).toEqual([]);
});

test('the key is the one of the installation, and of no account that is not there', async () => {
  expect(key).toMatch(/^kanda\/installation\+[0-9a-f]{8}\+A\S{43}$/);
  expect(await audit('key', '--account', 'acc_nobody')).toMatchObject({
    code: 1,
    stderr: expect.stringContaining('no account acc_nobody'),
  });
});

describe('after someone has changed it', () => {
  test.each([
    [
      'edited, the first',
      "update event set actor = 'x' where account_id = ACCOUNT and id = 1",
      /event 1 was changed/,
    ],
    [
      'edited, in the middle',
      "update event set ip = '203.0.113.9' where account_id = ACCOUNT and id = 17",
      /event 17 was changed/,
    ],
    [
      'dated beyond any number',
      'update event set at = 9223372036854775807 where account_id = ACCOUNT and id = 17',
      /event 17 was changed/,
    ],
    [
      'deleted, in the middle',
      'delete from event where account_id = ACCOUNT and id = 17',
      /event 17 is missing/,
    ],
    [
      'deleted, the last',
      'delete from event where account_id = ACCOUNT and id = (select max(id) from event where account_id = ACCOUNT)',
      /event \d+ is missing/,
    ],
    [
      'cut off, with all that tells of it',
      `delete from event where account_id = ACCOUNT and id > 20; delete from log_checkpoint where account_id = ACCOUNT and size > 20;
       update account_head set last_event = 20 where account_id = ACCOUNT;
       update log_tree set size = 20, checkpoint_size = 20 where account_id = ACCOUNT;
       update log_tile set hashes = substr(hashes, 1, 640) where account_id = ACCOUNT`,
      /the log ends at event 20/,
    ],
    [
      'gone as a whole',
      `delete from event where account_id = ACCOUNT; delete from log_checkpoint where account_id = ACCOUNT;
       delete from log_tree where account_id = ACCOUNT; delete from log_tile where account_id = ACCOUNT;
       delete from account_head where account_id = ACCOUNT`,
      /has no such log/,
    ],
  ])('%s: the exit status is 1, and it is said where', async (_what, tampering, said) => {
    const tables = ['event', 'account_head', 'log_tree', 'log_tile', 'log_checkpoint'];
    for (const table of tables) await sql(`create table kept_${table} as table ${table}`);
    try {
      await sql(tampering);
      const { code, stdout } = await verify();
      expect({ code, stdout }).toEqual({ code: 1, stdout: expect.stringMatching(said) });
    } finally {
      for (const table of tables) {
        await sql(
          `truncate ${table}; insert into ${table} select * from kept_${table}; drop table kept_${table}`,
        );
      }
    }
  });

  test('and put back, it is whole again', async () => {
    expect((await kandaDone(['audit', 'verify', '--data-dir', dataDir])).stdout).toContain(
      `✓ kanda/${userId}`,
    );
  });
});
