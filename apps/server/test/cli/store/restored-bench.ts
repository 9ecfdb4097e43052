/** An installation whose store tests put back as a restore does, at moments that they choose. */
import { join } from 'node:path';
import { DatabaseSync } from 'node:sqlite';
import { createHotpKey, formatCode, hotp } from '@kanda/otp';
import { afterAll, beforeAll } from 'vitest';
import { endAll, temporaryFolder } from '../../../../../test/support/kanda-process.ts';
import { type Installation, openInstallation } from '../../../src/compose/installation.ts';
import { loadConfig } from '../../../src/config/load.ts';
import type { Change } from '../../../src/domain/change.ts';
import { Secret } from '../../../src/domain/secret.ts';
import { raiseWatermarks } from '../../../src/store/sqlite/raise-watermarks.ts';
import { PASSWORD } from '../lib/run-kanda.ts';

/** The moment of the restore, in the middle of a step of every period. */
export const RESTORED_AT = Date.UTC(2026, 5, 1, 12, 0, 0) + 7_000;

/** What the tests of a file share. */
export const bench = {
  now: RESTORED_AT,
  installation: null as unknown as Installation,
  accountId: -1,
  path: '',
};

export const change = (): Change => ({
  at: bench.now,
  origin: { actor: 'test', ip: null, userAgent: null, requestId: null },
});

/** Opens the installation before the tests of a file, and ends it after them. */
export function useInstallation(): void {
  beforeAll(async () => {
    const dataDir = temporaryFolder();
    bench.path = join(dataDir, 'kanda.db');
    bench.installation = await openInstallation(loadConfig({}, { 'data-dir': dataDir }), () => bench.now);
    const credentials = { email: 'owner@example.com', password: new Secret(PASSWORD) };
    bench.accountId = (await bench.installation.accounts.register(credentials, change())).id;
  });
  afterAll(async () => {
    await bench.installation.close();
    await endAll();
  });
}

/** Enrols a client; gives the code of a step and asks whether it is accepted. */
export function enrol(clientId: string, period: number) {
  // The restores of other tests are none of this one's.
  behindTheStore('delete from deleted_secret');
  return bring(clientId, period);
}

/** Enrols a client whose secret may have been in use before a restore. */
export async function bring(
  clientId: string,
  period: number,
  { of = bench.accountId, isImported = true } = {},
) {
  const secret = Buffer.from(clientId.padEnd(20, '.'));
  await bench.installation.store.registerClient(
    {
      accountId: of,
      clientId,
      label: 'l',
      issuer: 'i',
      parameters: { algorithm: 'SHA1', digits: 6, period },
      secret,
      isImported,
    },
    change(),
  );
  const key = createHotpKey(secret, 'SHA1');
  return async (step: number): Promise<boolean> => {
    const code = formatCode(hotp(key, step, 6), 6);
    const { valid } = await bench.installation.store.validate({
      accountId: of,
      clientId,
      code,
      origin: change().origin,
    });
    return valid;
  };
}

export function behindTheStore(sql: string): unknown[] {
  const sqlite = new DatabaseSync(bench.path);
  try {
    return sqlite.prepare(sql).all();
  } finally {
    sqlite.close();
  }
}

/** Raises the watermarks as a restore does, through a connection of its own. */
export function raise(at: number): number {
  const sqlite = new DatabaseSync(bench.path);
  try {
    return raiseWatermarks(sqlite, at);
  } finally {
    sqlite.close();
  }
}
