/** `kanda audit`, run as an operator and as an owner run it. */
import { copyFileSync, readFileSync, renameSync } from 'node:fs';
import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { endAll, temporaryFolder } from '../../../../../test/support/kanda-process.ts';
import { SIGNED_FILE } from '../../../src/background/signed-file.ts';
import { eventView } from '../../../src/http/routes/views.ts';
import { AuditedLog, DAY_MS } from '../../background/audited-log.ts';
import { kanda, kandaDone } from '../lib/run-kanda.ts';

const EVENTS = 40;

let log: AuditedLog;
let folder: string;
let userId: string;
let key: string;
/** Checkpoints of 20 and of 40 events. */
let checkpoints: string;
let exported: string;

const kept = () => ['--checkpoint', checkpoints, '--key', key];
const verify = (...more: string[]) => kanda(['audit', 'verify', '--data-dir', folder, ...more]);
const verifyExport = (file: string, ...more: string[]) =>
  kanda(['audit', 'verify', '--export', file, ...kept(), ...more]);

beforeAll(async () => {
  log = await AuditedLog.open();
  folder = log.dataDir;
  userId = log.account.publicId;
  await log.record(EVENTS / 2 - 1);
  await log.checkpoint();
  const first = await log.newestNote();
  log.now += DAY_MS;
  await log.record(EVENTS / 2);
  await log.checkpoint();
  checkpoints = log.write('checkpoints', `${first}\n${await log.newestNote()}`);
  const events = await log.installation.store.listEvents(
    log.account.id,
    { clientId: null, event: null, outcome: null, from: null, to: null },
    { cursor: null, limit: 1_000 },
  );
  exported = log.write(
    'log.ndjson',
    events.data.map((event) => `${JSON.stringify(eventView(event))}\n`).join(''),
  );
  key = (await kandaDone(['audit', 'key', '--data-dir', folder])).stdout.trim();
  await log.save();
  await log.stop();
});
afterAll(async () => {
  await log.remove();
  await endAll();
});

/** What a command answers about a store that someone has changed; the store is put back afterwards. */
async function afterTampering<T>(sql: string, ask: () => Promise<T>): Promise<T> {
  log.tamper(sql.replaceAll('ACCOUNT', `(select id from account where public_id = '${userId}')`));
  try {
    return await ask();
  } finally {
    await log.restore();
    await log.stop();
  }
}

describe('kanda audit key', () => {
  test('prints one key, the same in the name of the installation and of an account', async () => {
    const own = (await kandaDone(['audit', 'key', '--account', userId, '--data-dir', folder])).stdout.trim();
    expect(key).toMatch(/^kanda\/installation\+[0-9a-f]{8}\+A\S{43}$/);
    expect(own).toMatch(new RegExp(`^kanda/${userId}\\+[0-9a-f]{8}\\+A\\S{43}$`));
    expect(own.split('+').slice(2).join('+')).toBe(key.split('+').slice(2).join('+'));
    expect((await verify(...kept().slice(0, 2), '--key', own)).code).toBe(0);
  });

  test('names an account that is not there', async () => {
    const { code, stderr } = await kanda(['audit', 'key', '--account', 'acc_nobody', '--data-dir', folder]);
    expect({ code, stderr }).toEqual({ code: 1, stderr: expect.stringContaining('no account acc_nobody') });
  });
});

describe('kanda audit checkpoint', () => {
  test('prints what verify takes, and needs no master key', async () => {
    const masterKey = join(folder, 'master.key');
    renameSync(masterKey, `${masterKey}.away`);
    try {
      const { stdout } = await kandaDone(['audit', 'checkpoint', '--data-dir', folder]);
      expect(stdout).toContain(`kanda/${userId}\n${EVENTS}\n`);
      expect((await verify('--checkpoint', log.write('printed', stdout), '--key', key)).code).toBe(0);
    } finally {
      renameSync(`${masterKey}.away`, masterKey);
    }
  });
});

describe('kanda audit verify on a data directory', () => {
  test('says that the log is whole, and what rests on what', async () => {
    const whole = await verify(...kept());
    expect(whole).toMatchObject({ code: 0, stderr: '' });
    expect(whole.stdout).toMatch(
      new RegExp(
        `^✓ kanda/${userId}: ${EVENTS} events lead to the checkpoint of .* UTC that was handed in, signed by the given key$`,
        'm',
      ),
    );
    expect(whole.stdout).not.toContain('!');
    const weaker = await verify();
    expect(weaker.code).toBe(0);
    expect(weaker.stdout).toContain('! this checkpoint was stored beside the log');
    expect(weaker.stdout).toContain('! signatures were not looked at');
  });

  test.each([
    ['edited', 'first', 1, "update event set actor = 'x' where account_id = ACCOUNT and id = 1"],
    ['edited', 'middle', 17, 'update event set at = 9e18 where account_id = ACCOUNT and id = 17'],
    ['edited', 'last', EVENTS, `update event set actor = 'x' where account_id = ACCOUNT and id = ${EVENTS}`],
    ['deleted', 'first', 1, 'delete from event where account_id = ACCOUNT and id = 1'],
    ['deleted', 'middle', 17, 'delete from event where account_id = ACCOUNT and id = 17'],
    ['deleted', 'last', EVENTS, `delete from event where account_id = ACCOUNT and id = ${EVENTS}`],
  ])('fails when an event was %s: the %s one', async (_what, _place, event, sql) => {
    const { code, stdout } = await afterTampering(sql, () => verify(...kept()));
    expect(code).toBe(1);
    expect(stdout).toMatch(new RegExp(`^✗ kanda/${userId}: event ${event} (was changed|is missing)`, 'm'));
  });

  test('fails when events changed places, when the end is gone without a trace, and when the account is', async () => {
    const swapped = await afterTampering(
      `update event set id = -5 where account_id = ACCOUNT and id = 5; update event set id = 5 where account_id = ACCOUNT and id = 9;
       update event set id = 9 where account_id = ACCOUNT and id = -5`,
      () => verify(...kept()),
    );
    expect(swapped).toMatchObject({ code: 1, stdout: expect.stringContaining('event 5 was changed') });

    const cut = `delete from event where account_id = ACCOUNT and id > 20; delete from log_checkpoint where account_id = ACCOUNT and size > 20;
      update account_head set last_event = 20 where account_id = ACCOUNT;
      update log_tree set size = 20, checkpoint_size = 20 where account_id = ACCOUNT;
      update log_tile set hashes = substr(hashes, 1, 640) where account_id = ACCOUNT`;
    const cutOff = await afterTampering(cut, () => verify(...kept()));
    expect(cutOff).toMatchObject({ code: 1, stdout: expect.stringContaining('the log ends at event 20') });

    const gone = await afterTampering(
      `delete from event where account_id = ACCOUNT; delete from log_checkpoint where account_id = ACCOUNT;
       delete from log_tree where account_id = ACCOUNT; delete from log_tile where account_id = ACCOUNT;
       delete from account_head where account_id = ACCOUNT`,
      () => verify(...kept()),
    );
    expect(gone).toMatchObject({ code: 1, stdout: expect.stringContaining('has no such log') });
  });

  test('fails when there is nothing to hold the log against', async () => {
    const unsigned =
      'delete from log_checkpoint where account_id = ACCOUNT; delete from log_tree where account_id = ACCOUNT; delete from log_tile where account_id = ACCOUNT';
    const remembered = await afterTampering(unsigned, () => verify('--key', key));
    expect({ code: remembered.code, stdout: remembered.stdout }).toEqual({
      code: 0,
      stdout: expect.stringContaining('that this node remembers, signed by the given key'),
    });
    const { code, stdout } = await afterTampering(unsigned, async () => {
      renameSync(join(log.dataDir, SIGNED_FILE), join(log.dataDir, 'away'));
      try {
        return await verify('--key', key);
      } finally {
        renameSync(join(log.dataDir, 'away'), join(log.dataDir, SIGNED_FILE));
      }
    });
    expect({ code, stdout }).toEqual({
      code: 1,
      stdout: expect.stringContaining('there is nothing to hold it against'),
    });
  });

  test('fails for a checkpoint that the given key did not sign', async () => {
    const other = await AuditedLog.open();
    const otherKey = other.verifierKey;
    await other.remove();
    const { code, stdout } = await verify('--checkpoint', checkpoints, '--key', otherKey);
    expect(code).toBe(1);
    expect(stdout).toContain('that was handed in is not signed by the given key');
  });

  test('takes what retention has pruned for pruned, and only with the retention', async () => {
    await log.restore();
    await log.stop();
    log.tamper(
      `delete from event where account_id = (select id from account where public_id = '${userId}') and id <= 20`,
    );
    const judged = await verify(...kept(), '--log-retention', '1d');
    expect(judged).toMatchObject({ code: 0, stdout: expect.stringContaining('events 1 to 20 were pruned') });
    const without = await verify(...kept());
    expect(without).toMatchObject({
      code: 1,
      stdout: expect.stringContaining('events 1 to 20 are missing, and no retention'),
    });
    const early = await verify(...kept(), '--log-retention', '36500d');
    expect(early).toMatchObject({ code: 1, stdout: expect.stringContaining('they were deleted early') });
    await log.restore();
    await log.stop();
  });

  test.each([
    [['--key', 'x'], /is not a verifier key/],
    [['--checkpoint', '/nowhere/at/all'], /cannot be read/],
    [['--account', 'acc_nobody'], /no log kanda\/acc_nobody/],
  ])('says what is wrong with %j', async (args, message) => {
    const { code, stderr } = await verify(...args);
    expect({ code, stderr }).toEqual({ code: 1, stderr: expect.stringMatching(message) });
  });

  test('refuses a file without a checkpoint, and a folder without a store', async () => {
    const empty = log.write('empty', 'nothing\n');
    expect((await verify('--checkpoint', empty)).stderr).toContain('holds no checkpoint');
    expect((await kanda(['audit', 'verify', '--data-dir', temporaryFolder()])).stderr).toContain(
      'There is no store',
    );
  });
});

describe('kanda audit verify on an export', () => {
  const lines = () => readFileSync(exported, 'utf8').trimEnd().split('\n');
  const altered = (change: (lines: string[]) => string[]) =>
    log.write(
      'altered.ndjson',
      change(lines())
        .map((line) => `${line}\n`)
        .join(''),
    );

  test('needs the files alone', async () => {
    const elsewhere = temporaryFolder();
    copyFileSync(exported, join(elsewhere, 'log.ndjson'));
    copyFileSync(checkpoints, join(elsewhere, 'checkpoints'));
    const files = ['--export', join(elsewhere, 'log.ndjson'), '--checkpoint', join(elsewhere, 'checkpoints')];
    const run = await kanda(['audit', 'verify', ...files, '--key', key]);
    expect(run).toMatchObject({
      code: 0,
      stdout: expect.stringContaining(`✓ kanda/${userId}: ${EVENTS} events lead`),
    });
  });

  test('takes its lines in any order', async () => {
    expect((await verifyExport(altered((all) => all.toReversed()))).code).toBe(0);
  });

  test.each<[string, (lines: string[]) => string[], RegExp]>([
    [
      'an edited event',
      (all) => all.with(10, (all[10] ?? '').replace('audit/1', 'curl')),
      /somewhere from event 21 to 40/,
    ],
    [
      'an edited early event',
      (all) => all.with(30, (all[30] ?? '').replace('audit/1', 'curl')),
      /somewhere from event 1 to 20/,
    ],
    ['a deleted event', (all) => all.toSpliced(10, 1), /event 30 is missing/],
    ['the newest event deleted', (all) => all.slice(1), /the log ends at event 39/],
    ['a line twice', (all) => [...all, all[5] ?? ''], /event 35 stands twice/],
    ['a line that is no event', (all) => [...all, '{}'], /line 41 of the export is no event/],
    [
      'a field put in',
      (all) => all.with(3, (all[3] ?? '').replace('{', '{"x":1,')),
      /line 4 of the export is no event/,
    ],
    [
      'a number made up',
      (all) => all.with(0, (all[0] ?? '').replace('"id":40', '"id":4000000000')),
      /event 40 is missing/,
    ],
  ])('fails for %s', async (_, change, message) => {
    const { code, stdout } = await verifyExport(altered(change));
    expect({ code, stdout }).toEqual({ code: 1, stdout: expect.stringMatching(message) });
  });

  test('goes on from the proof of its first event when the ones before were pruned', async () => {
    await log.restore();
    const { hashes, checkpoint } = await log.installation.auditLog.proveInclusion(log.account, 14);
    await log.stop();
    const proof = {
      id: 14,
      treeSize: checkpoint.size,
      hashes: hashes.map((hash) => Buffer.from(hash).toString('base64')),
    };
    const later = altered((all) => all.slice(0, EVENTS - 13));
    expect((await verifyExport(later)).stderr).toContain('The export begins at event 14');
    const firstProof = log.write('proof.json', JSON.stringify(proof));
    expect(await verifyExport(later, '--first-proof', firstProof)).toMatchObject({
      code: 0,
      stdout: expect.stringContaining('events 1 to 13'),
    });
    const turned = log.write('false.json', JSON.stringify({ ...proof, hashes: proof.hashes.toReversed() }));
    expect((await verifyExport(later, '--first-proof', turned)).code).toBe(1);
    const edited = altered((all) =>
      all.slice(0, EVENTS - 13).with(2, (all[2] ?? '').replace('audit/1', 'curl')),
    );
    expect((await verifyExport(edited, '--first-proof', firstProof)).code).toBe(1);
    expect((await verifyExport(later, '--first-proof', checkpoints)).stderr).toContain(
      'is not the answer of',
    );
  });

  test('asks for what it lacks', async () => {
    expect((await kanda(['audit', 'verify', '--export', exported])).stderr).toContain('hand in a checkpoint');
    expect((await verifyExport('/nowhere/log.ndjson')).stderr).toContain('cannot be read');
  });
});
