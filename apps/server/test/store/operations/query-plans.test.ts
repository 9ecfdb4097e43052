import { DatabaseSync } from 'node:sqlite';
import { describe, expect, it, vi } from 'vitest';
import type { Account } from '../../../src/domain/accounts/account.ts';
import type { Refinement } from '../../../src/domain/log/event-filter.ts';
import type { WrappedServerKey } from '../../../src/domain/master-keys/wrapped-keys.ts';
import { DEFAULT_POLICY } from '../../../src/domain/verdicts/policy.ts';
import { forgetEndedSessions } from '../../../src/store/operations/accounts/sessions.ts';
import { forgetDeletedSecrets } from '../../../src/store/operations/authenticators/deleted-secrets.ts';
import { prunePrevious } from '../../../src/store/operations/authenticators/previous-secrets.ts';
import { dropExpiredAnswers } from '../../../src/store/operations/idempotency/idempotent-answers.ts';
import { forgetEndedLimits } from '../../../src/store/operations/installation/installation.ts';
import { pageAfter } from '../../../src/store/operations/page.ts';
import { openWriter } from '../../../src/store/sqlite/connection.ts';
import { deviceBench } from '../contract/device-bench.ts';
import {
  DAY_MS,
  EVERYTHING,
  expectFault,
  ORIGIN,
  type Phone,
  START,
  Workbench,
} from '../contract/workbench.ts';
import { SqliteDatabase } from '../sqlite/sqlite-database.ts';

/** Statements that look at a whole table on purpose: they are rare, and the table is small or is counted. */
const WHOLE_TABLE = [
  /^select [^ ]+( as "id")? from "server_key"$/,
  /^select .* from "(server_key|account)" group by "(master_key_id|data_key_master)"$/,
  /^update "server_key" set "master_key_id" = "master_key_id"( returning \*)?$/,
  /^select count\(\*\)/,
  /kysely_migration|sqlite_(master|schema)|pragma/,
  // Migrations, which run once.
  /^insert into account_head values \(0, 0, 0\)$/,
  /^insert into refusal [\s\S]* join log_tree /,
  /^update client set mix = counted\.mix from/,
  /^update account_head set\s+clients = \(select/,
  /^update account_authenticator set confirmed_at = \? where active = 1$/,
];

/** Every method of a store, each with the parameters that reach another statement. */
async function useEverything(bench: Workbench): Promise<void> {
  const { store } = bench;
  const account = await bench.createAccount();
  const phone = await bench.enrol(account, 'ada');
  const page = { cursor: null, limit: 10 };
  await bench.validate(phone, phone.codeAt(START));
  await expectFault(bench.validate({ ...phone, clientId: 'unknown' }, '123456'), 'client_not_found');
  await useDevices(bench, account, phone);
  await bench.rotate(phone, 'second');
  await store.unlockClient(account.id, 'ada', bench.change());
  await store.setClientDisabled(account.id, 'ada', true, bench.change());
  for (const status of [null, 'active', 'locked', 'disabled'] as const) {
    const q = status === null ? 'a' : null;
    for (const weak of [undefined, true, false])
      await store.listClients(account.id, { q, status, weak, now: START }, page);
  }
  for (const clientId of [null, 'ada', 'unknown']) {
    await store.listEvents(account.id, { ...EVERYTHING, clientId }, page);
    await store.listEvents(
      account.id,
      { ...EVERYTHING, clientId, event: 'totp.validated', from: 1, to: START },
      page,
    );
    for (const q of ['a', null]) {
      const refined: Refinement = {
        events: ['totp.validated'],
        clientIdPrefix: 'a',
        reasons: [{ text: 'a', begins: true }],
        actors: [{ text: 'a', begins: false }],
        addresses: [],
        text: q,
      };
      await store.listEvents(account.id, { ...EVERYTHING, clientId, refined }, page);
      await store.countEvents(account.id, { ...EVERYTHING, clientId, refined });
    }
    const event = { event: 'account.login', outcome: 'success', reason: null, clientId } as const;
    await store.recordEvent(account.id, { ...event, at: START, origin: ORIGIN });
  }
  const key = {
    id: 'k',
    accountId: account.id,
    name: 'k',
    scopes: [],
    mac: new Uint8Array(1),
    expiresAt: null,
  };
  await store.createApiKey(key, bench.change());
  await store.findApiKey('k');
  await store.touchApiKey(account.id, 'k', START);
  await store.listApiKeys(account.id, page);
  await store.readApiKey(account.id, 'k');
  await store.readKeyUse(account.id, 'k', START);
  await store.revokeApiKey(account.id, 'k', bench.change());
  await store.findAccountByEmail(account.email);
  await store.findAccountByPublicId(account.publicId);
  await store.listAccounts(page);
  await store.setPassword(account.id, 'hash', bench.change());
  await useAccountSecurity(bench, account);
  await store.takeLimits([{ name: 'x', limit: 1, windowMs: 1 }], START);
  await store.returnLimits([{ name: 'x', limit: 1, windowMs: 1 }], START);
  await store.findEvent(account.id, 1);
  for (const clientId of [null, 'ada']) {
    await store.followLog(account.id, 1, { clientId, event: 'totp.validated', outcome: 'failure' }, 10);
  }
  await store.readActivity(account.id, { first: 0, last: 1_000, bucketHours: 24 });
  await store.countClients(account.id, START);
  await store.setPolicy(account.id, { ...DEFAULT_POLICY, skew: 2 }, bench.change());
  await store.deleteClient(account.id, 'ada', bench.change());
  await store.masterKeyIds();
  await store.countWrapped();
  await store.holdMasterKeys(() => ({ result: null, event: null }));
  const rewrapper = {
    masterKeyId: 'next',
    dataKey: () => ({ masterKeyId: 'next', wrapped: new Uint8Array(1) }),
    serverKey: (serverKey: WrappedServerKey) => ({ ...serverKey, masterKeyId: 'next' }),
  };
  await store.serverKeys([{ name: 'k', masterKeyId: 'old', wrapped: new Uint8Array(1) }]);
  await store.rewrapKeys(rewrapper, [0, 1_000_000], 10, bench.change());
  await store.rewrapKeys(rewrapper, [], 10, bench.change());
  await useLogTrees(bench, account);
  await store.ping();
}

async function useDevices(bench: Workbench, account: Account, phone: Phone): Promise<void> {
  const { store } = bench;
  const devices = deviceBench(() => bench);
  await devices.switchOn(account);
  const { token, device } = await devices.trusted(phone);
  await devices.use(phone, token);
  await devices.devices(phone);
  await store.endDevice(account.id, phone.clientId, device.id, bench.change());
  await store.endDevices(account.id, phone.clientId, bench.change());
  await devices.trusted(phone, 'for a day', 1);
  await store.expireDevices(bench.now + DAY_MS);
}

async function useLogTrees({ store }: Workbench, { id }: Account): Promise<void> {
  for (const need of ['sequencing', 'sending', 'pruning'] as const) await store.logsInNeed(need, 0, 10);
  await store.logHead(id);
  await store.readLog(id, 0, 10);
  const tile = { level: 0, index: 0, hashes: new Uint8Array(32) };
  await store.extendLogTree(id, 0, 1, [tile]);
  await store.readTiles(id, [tile, { level: 1, index: 0 }]);
  await store.addCheckpoint(id, 0, { size: 1, root: new Uint8Array(32), at: START, note: 'note' });
  await store.newestCheckpoint(id);
  await store.listCheckpoints(id, 0, 10);
  await store.markCheckpointsSent(id, 1);
  await store.pruneEvents(id, 1, 10);
}

async function useAccountSecurity({ store }: Workbench, account: Account): Promise<void> {
  const session = { id: 'ses', accountId: account.id, expiresAt: START + 1 };
  const made = { at: START, origin: ORIGIN };
  const own = { ...made, accountId: account.id, sessionId: session.id };
  await store.createSession(session, { passwordHash: 'hash', authenticator: null }, made);
  await store.findSession(account.publicId, session.id, START);
  await store.touchSession(account.publicId, session.id, START);
  for (const cursor of [null, pageAfter.encode(9)]) {
    await store.listSessions(account.id, START, { cursor, limit: 10 });
  }
  await store.endOtherSessions(own);
  await store.findGettingStarted(account.id, START);
  await store.setOperator(account.id, true, made);
  await store.changeGettingStarted({ dismissed: true, masterKeySaved: 'a key' }, own);
  await store.changePassword('hash', own);
  const authenticator = { label: 'l', issuer: 'i', secret: new Uint8Array(20) };
  for (let start = 0; start < 2; start++) {
    await store.startTwoFactor({ ...authenticator, accountPublicId: account.publicId }, own);
  }
  const { number = 0 } = (await store.findOwnAuthenticator(account.id)) ?? {};
  await store.activateTwoFactor(number, [new Uint8Array(1)], own);
  await store.useRecoveryCode(account.id, new Uint8Array(1), own);
  await store.replaceRecoveryCodes([new Uint8Array(2)], own);
  await store.disableTwoFactor(account, own);
  await store.endSession(session.id, own);
}

describe('the statements of the SQLite store', () => {
  it('find their rows by an index, in the order asked for: none looks at a whole table or sorts', async () => {
    const prepared = vi.spyOn(DatabaseSync.prototype, 'prepare');
    const database = new SqliteDatabase();
    const bench = await Workbench.open(async () => database);
    try {
      await useEverything(bench);
      const writer = await openWriter(database.path, 1_000);
      await forgetEndedLimits(writer.db, START);
      await forgetEndedSessions(writer.db, START);
      for (const prune of [forgetDeletedSecrets, prunePrevious, dropExpiredAnswers])
        await prune(writer.db, START);
      writer.sqlite.close();
      const statements = new Set(
        prepared.mock.calls
          .map(([text]) => text)
          .filter((text) => /^\s*(select|insert|update|delete|with)\b/i.test(text))
          .filter((text) => !WHOLE_TABLE.some((allowed) => allowed.test(text))),
      );
      prepared.mockRestore();
      expect(statements.size).toBeGreaterThan(40);
      const scanning = [...statements].filter((text) => plan(database, text).some(looksAtAWholeTable));
      expect(scanning).toEqual([]);
      const sorting = [...statements].filter((text) =>
        plan(database, text).some((detail) => detail.includes('TEMP B-TREE')),
      );
      // The keys of one account are few, and so are the newest events of a log, of which refusals and what
      // keys did are counted, the events of one stretch of a client's history, and the hours of a month.
      const few =
        /from "api_key"|^insert into key_use|group by (account_id, )?at \/|group by hour \/|order by "depth"$/;
      expect(sorting.filter((text) => !few.test(text))).toEqual([]);
    } finally {
      prepared.mockRestore();
      await bench.close();
    }
  });
});

function plan(database: SqliteDatabase, statement: string): string[] {
  return database.behindTheStore((sqlite) => {
    // The store's connections bring it (connection.ts); a plan never calls it.
    sqlite.function('unicode_lower', String);
    return sqlite
      .prepare(`explain query plan ${statement}`)
      .all()
      .map((row) => String(row.detail));
  });
}

/**
 * `SCAN chain` and `SCAN found` go through the rows that a recursive query has just found, not through a table,
 * `SCAN oldest` and `SCAN newest` through the few that a subquery with a limit has found by an index, and that
 * of `account_head_ahead` through an index of the few accounts whose clock is ahead.
 */
function looksAtAWholeTable(detail: string): boolean {
  const few =
    /^SCAN (CONSTANT ROW|chain|found|oldest|newest|ahead USING INDEX account_head_ahead|\(subquery-\d+\))/;
  return detail.startsWith('SCAN') && !few.test(detail);
}
