/** A store that an earlier version has filled, opened by this one, on both databases. */
import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { createHotpKey, decodeBase32, totp } from '@kanda/otp';
import { afterAll, afterEach, beforeAll, beforeEach, describe, expect, test } from 'vitest';
import { embeddedPostgres, PostgresServer } from '../../../../test/support/postgres-server.ts';
import { type Installation, openInstallation } from '../../src/compose/installation.ts';
import { DATABASE_FILE } from '../../src/compose/open-store.ts';
import { upgradeStore } from '../../src/compose/upgrade.ts';
import { loadConfig } from '../../src/config/load.ts';
import type { Account } from '../../src/domain/accounts/account.ts';
import { CLI_ORIGIN } from '../../src/domain/log/events.ts';
import { unsignedReceipt } from '../../src/domain/receipts/receipt.ts';
import { EVERYTHING } from './contract/workbench.ts';
import { type FilledClient, filled, fillPostgres, writeEarlierFile } from './earlier-store.ts';

let folder: string;
let file: string;
let postgres: PostgresServer | null = null;
beforeAll(async () => {
  if (embeddedPostgres() !== null) postgres = await PostgresServer.start();
});
afterAll(() => postgres?.stop());
beforeEach(() => {
  folder = mkdtempSync(join(tmpdir(), 'kanda-upgraded-'));
  file = join(folder, DATABASE_FILE);
  writeEarlierFile(file);
});
afterEach(() => rmSync(folder, { recursive: true, force: true }));

describe.each(['SQLite', 'PostgreSQL'] as const)('a store of the version before, on %s', (kind) => {
  const skipped = kind === 'PostgreSQL' && embeddedPostgres() === null;
  let now = filled.now;
  let installation: Installation;

  beforeEach(async () => {
    if (skipped) return;
    now = filled.now;
    const database =
      kind === 'SQLite' ? {} : { KANDA_DATABASE_URL: await fillPostgres(postgres as PostgresServer, file) };
    const config = loadConfig({ KANDA_MASTER_KEY: filled.masterKey, ...database }, { 'data-dir': folder });
    await upgradeStore(config, () => {}, { keepsBackup: false });
    installation = await openInstallation(config, () => now);
    return () => installation.close();
  });

  const accountOf = async ({ account }: FilledClient): Promise<Account> => {
    const found = await installation.store.findAccountByEmail(account);
    if (found === null) throw new Error(`there is no account ${account}`);
    return found;
  };
  const codeOf = (client: FilledClient) =>
    totp(createHotpKey(decodeBase32(client.secret), client.algorithm), now, client);
  const validate = async (client: FilledClient, code: string) =>
    installation.store.validate({
      accountId: (await accountOf(client)).id,
      clientId: client.clientId,
      code,
      origin: CLI_ORIGIN,
    });
  const change = () => ({ at: now, origin: CLI_ORIGIN });

  test.skipIf(skipped)('has a key that signs receipts, and redeems one that it signed', async () => {
    const client = filled.clients.find(({ state }) => state === 'unused') as FilledClient;
    const account = await accountOf(client);
    const { receipts } = installation;
    const terms = await receipts.terms(account, client.clientId, {
      action: { type: 'payout', reference: 'payout-1' },
    });
    const verdict = await installation.store.validate({
      accountId: account.id,
      clientId: client.clientId,
      code: codeOf(client),
      origin: CLI_ORIGIN,
      numbered: true,
    });
    if (!verdict.valid || verdict.event === undefined) throw new Error('the code was refused');
    const text = await receipts.sign(unsignedReceipt(terms, 'totp', verdict.event));
    expect(await receipts.redeem(account, text ?? '', null, change())).toMatchObject({
      sub: client.clientId,
      event: verdict.event.id,
    });
    await expect(receipts.redeem(account, text ?? '', null, change())).rejects.toThrow(/receipt_redeemed/);
  });

  test.skipIf(skipped)(
    'goes on as it was: codes, used codes, delays, locks, disabled clients, the log',
    async () => {
      for (const client of filled.clients) {
        const verdict = await validate(client, client.usedCode ?? codeOf(client));
        const expected = {
          unused: { valid: true },
          used: { valid: false, reason: 'invalid_code' },
          delayed: { valid: false, reason: 'locked', retryAfter: 30 },
          locked: { valid: false, reason: 'locked' },
          disabled: { valid: false, reason: 'disabled' },
        }[client.state];
        expect(verdict, `${client.account} ${client.clientId}`).toEqual(expected);
      }
      now += 10 * 60_000;
      for (const client of filled.clients.filter(({ state }) => state === 'used' || state === 'delayed')) {
        expect(await validate(client, codeOf(client)), client.clientId).toEqual({ valid: true });
      }
      const account = await accountOf(filled.clients[0] as FilledClient);
      const { data } = await installation.store.listEvents(account.id, EVERYTHING, {
        cursor: null,
        limit: 200,
      });
      expect(data.map(({ id }) => id)).toEqual(data.map((_, index) => data.length - index));
      expect(data.at(-1)?.event).toBe('account.registered');
    },
  );

  test.skipIf(skipped)('its clients can have recovery codes, which open a locked one', async () => {
    for (const client of filled.clients) {
      const account = await accountOf(client);
      const { store, clientRecoveryCodes } = installation;
      expect(await store.findClientRecoveryCodes(account.id, client.clientId, now)).toEqual({
        remaining: 0,
        generation: 0,
        createdAt: null,
      });
      const { codes } = await clientRecoveryCodes.create(account, client.clientId, 5, change());
      const [code] = codes as [(typeof codes)[number]];
      expect(await clientRecoveryCodes.use(account, client.clientId, code, change())).toEqual(
        client.state === 'disabled' ? { valid: false, reason: 'disabled' } : { valid: true, remaining: 4 },
      );
      if (client.state !== 'locked') continue;
      // Its last code was accepted twelve minutes after `filled.now`.
      now += 20 * 60_000;
      expect(await validate(client, codeOf(client))).toEqual({ valid: true });
    }
    const account = await accountOf(filled.clients[0] as FilledClient);
    expect(await installation.store.readUsage(account.id, 0)).toMatchObject({
      clients: 7,
      recoveryCodes: 29,
    });
  });

  test.skipIf(skipped)('its clients can trust browsers, once their policy has them', async () => {
    const { store, trustedDevices } = installation;
    const unused = filled.clients.filter(({ state }) => state === 'unused');
    expect(unused.length).toBeGreaterThan(0);
    for (const client of unused) {
      const { trustedDevices: isOn } = await store.findPolicy((await accountOf(client)).id);
      expect(isOn).toBe(false);
    }
    for (const client of unused) {
      const account = await accountOf(client);
      const { clientId } = client;
      expect(await store.listDevices(account.id, clientId, now)).toEqual([]);
      const policy = await store.findPolicy(account.id);
      await store.setPolicy(account.id, { ...policy, trustedDevices: true }, change());
      const asked = { label: 'Firefox', days: 30 };
      const trusted = await trustedDevices.trust(account, clientId, codeOf(client), asked, change());
      if (!trusted.valid) throw new Error(`refused: ${trusted.reason}`);
      expect(await trustedDevices.use(account, clientId, trusted.token, change())).toMatchObject({
        valid: true,
      });
      expect(await store.readUsage(account.id, 0)).toMatchObject({ devices: 1 });
      await store.endDevices(account.id, clientId, change());
    }
  });
});
