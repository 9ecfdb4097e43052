/** What the tests of the export page share. */
import { join } from 'node:path';
import { DatabaseSync } from 'node:sqlite';
import { setTimeout as sleep } from 'node:timers/promises';
import pg from 'pg';
import { databaseOf } from '../../../test/support/test-database.ts';
import { DATABASE_FILE } from '../../server/src/compose/open-store.ts';
import { codeAt } from './codes.ts';
import type { Site } from './server.ts';
import { enrol, PASSWORD, type SignedIn, signedIn } from './signed-in.ts';

/** For how long a second factor has to have been on, and more. */
export const LONG_ENOUGH_MS = 73 * 3_600_000;

export interface Exporter extends SignedIn {
  /** Those of its clients, sorted. */
  readonly secrets: readonly string[];
  /** The secret of the account's own authenticator. */
  readonly factor: string;
}

/**
 * The page of an export, in an account of its own with some clients. Its second factor has been on for a while: no test
 * can wait for that, so the time is set back in the store.
 */
export async function exporter(site: Site, { factorAgeMs = LONG_ENOUGH_MS } = {}): Promise<Exporter> {
  const account = await signedIn(site);
  const { call, email, page } = account;
  const secrets: string[] = [];
  for (const clientId of ['alice', "o'brien|7", '山田']) secrets.push(await enrol(account, clientId));
  const { secret } = await call('POST', '/api/auth/two-factor', { password: PASSWORD });
  const factor = secret as string;
  const totp = codeAt(factor, Date.now());
  const { recoveryCodes } = await call('POST', '/api/auth/two-factor/confirm', { totp });
  const [recoveryCode] = recoveryCodes as string[];
  const { userId } = await call('GET', '/api/auth/me');
  await inStore(
    site,
    'update account_authenticator set confirmed_at = confirmed_at - $1 where account_id = (select id from account where public_id = $2)',
    [factorAgeMs, userId as string],
  );
  await call('POST', '/api/auth/login', { email, password: PASSWORD, recoveryCode, session: 'cookie' });
  await page.goto('/dashboard/export');
  await page.getByRole('heading', { name: 'Export users' }).waitFor();
  return { ...account, secrets: secrets.sort(), factor };
}

/** Makes all log-ins older. The server confirms those that it knows once a second. */
export async function ageLogIns(site: Site, byMs: number): Promise<void> {
  await inStore(site, 'update account_session set created_at = created_at - $1', [byMs]);
  await sleep(1_500);
}

async function inStore({ kanda }: Site, sql: string, values: (number | string)[]): Promise<void> {
  if (process.env.KANDA_TEST_STORE !== 'postgres') {
    const database = new DatabaseSync(join(kanda.dataDir, DATABASE_FILE));
    database.exec('pragma busy_timeout = 5000');
    database.prepare(sql.replaceAll(/\$\d/g, '?')).run(...values);
    database.close();
    return;
  }
  const client = new pg.Client(await databaseOf(kanda.dataDir));
  await client.connect();
  await client.query(sql, values);
  await client.end();
}
