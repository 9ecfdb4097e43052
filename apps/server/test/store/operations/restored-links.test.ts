/**
 * Links that were made before a backup, when the backup is put back: the store does not know which were used since.
 *
 * Seen to fail without `isOfBeforeRestore` in store/operations/links/link-rows.ts: the link was used once more.
 */
import { randomBytes } from 'node:crypto';
import { expect, test } from 'vitest';
import { prepareRestore } from '../../../src/store/sqlite/restore.ts';
import { expectFault } from '../contract/workbench.ts';
import { onSqlite } from '../sqlite/on-sqlite.ts';

const MINUTE_MS = 60_000;

test('links and results of before a restore have ended, and later ones work', () =>
  onSqlite(async (bench, database) => {
    const account = await bench.createAccount();
    const phone = await bench.enrol(account, 'ada');
    const make = () =>
      bench.store.createLink(
        {
          accountId: account.id,
          tokenMac: randomBytes(32),
          clientId: 'ada',
          purpose: 'challenge',
          livesMs: 60 * MINUTE_MS,
          returnUrl: null,
          locale: null,
          label: null,
          issuer: null,
        },
        bench.change(),
      );
    const begun = { clientId: 'ada', secret: randomBytes(20), mostClients: null };
    const open = (number: number) =>
      bench.store.openLink({ accountId: account.id, number }, begun, bench.change());
    const used = await make();
    await open(used.number);
    const resultMac = randomBytes(32);
    const code = phone.codeAt(bench.now);
    await bench.store.completeLink(
      {
        accountId: account.id,
        number: used.number,
        clientId: 'ada',
        typed: { kind: 'code', code },
        recoveryMacs: [],
        resultMac,
      },
      bench.change(),
    );
    const waiting = await bench.store.createLink(
      { ...enrolling(account.id), clientId: 'bob' },
      bench.change(),
    );
    bench.now += MINUTE_MS;
    await bench.closeStores();
    await prepareRestore({ path: database.path, accept: () => {}, clock: () => bench.now });
    await bench.reopen();
    const redeem = bench.store.redeemLinkResult(account.id, resultMac, bench.change());
    await expectFault(redeem, 'link_result_unknown');
    expect(await open(waiting.number)).toEqual({ kind: 'ended', reason: 'cancelled' });
    bench.now += MINUTE_MS;
    expect(await open((await make()).number)).toMatchObject({ kind: 'challenge' });
  }));

function enrolling(accountId: number) {
  return {
    accountId,
    tokenMac: randomBytes(32),
    purpose: 'enrol' as const,
    livesMs: 60 * MINUTE_MS,
    returnUrl: null,
    locale: null,
    label: 'Bob',
    issuer: 'MyApp',
  };
}
