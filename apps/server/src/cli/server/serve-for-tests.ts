import { randomBytes } from 'node:crypto';
import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { refuseRootIn } from '../../compose/foreign-folder.ts';
import { openToServe, pendingUpgrade } from '../../compose/upgrade.ts';
import type { Config } from '../../config/schema.ts';
import { changeIn } from '../../domain/change.ts';
import { SCOPES } from '../../domain/keys/scopes.ts';
import { Secret } from '../../domain/secret.ts';
import { byOperator } from '../accounts/account.ts';
import { readSettings } from '../lib/settings.ts';
import type { StartedWith } from './port.ts';
import { serve } from './serve.ts';

export interface TestServerOptions {
  /** Print one line of JSON in place of words. */
  readonly json?: boolean;
}

/** What a test suite needs to know of its server. */
interface Announced {
  readonly url: string;
  /** A key of the account's test half, with every scope. */
  readonly apiKey: string;
  /** For the dashboard. */
  readonly email: string;
  readonly password: string;
}

const EMAIL = 'test@example.com';
/** Warnings and errors, and on standard error: the other holds what a test suite reads. */
const LOG_LEVEL = 'warn';
const STANDARD_ERROR = 2;

/**
 * Serves a Kanda that is thrown away: with a store in a new folder that is removed at the end, an account, and a test key.
 * Settings come from flags alone, so that no variable of the machine leads it to a real store. Resolves when it was stopped.
 *
 * @param flags as `readSettings` takes them
 * @throws when a folder or database is named that is not empty
 */
export async function serveForTests(
  flags: Readonly<Record<string, string>>,
  version: string,
  startedWith: StartedWith,
  options: TestServerOptions,
): Promise<void> {
  const made = flags['data-dir'] === undefined ? mkdtempSync(join(tmpdir(), 'kanda-test-')) : null;
  try {
    const folder = made === null ? {} : { 'data-dir': made };
    const config = readSettings({}, { port: '0', 'log-level': LOG_LEVEL, ...flags, ...folder });
    refuseRootIn(config);
    await assertUnused(config);
    const announced = await prepare(config);
    await serve(config, version, startedWith, {
      logTo: STANDARD_ERROR,
      announce: ({ url }) => announce({ url, ...announced }, options.json === true),
    });
  } finally {
    if (made !== null) rmSync(made, { recursive: true, force: true });
  }
}

/** What serves tests must not be the store of real users. */
async function assertUnused(config: Config): Promise<void> {
  const { store, applied, isChanging } = await pendingUpgrade(config);
  if (applied.length === 0 && !isChanging) return;
  throw new Error(
    `${store} is a store already, and kanda serve --test makes one of its own. Leave --data-dir out, or name a folder without a store.`,
  );
}

/** Makes the account and its test key, before anyone can call. */
async function prepare(config: Config): Promise<Omit<Announced, 'url'>> {
  const silent = { onNotice: () => {}, newMasterKey: () => {} };
  const { accounts, apiKeys, clock, testHalves, close } = await openToServe(config, silent);
  try {
    const password = randomBytes(18).toString('base64url');
    const live = await accounts.create({ email: EMAIL, password: new Secret(password) }, byOperator(clock));
    const half = await testHalves.of(live, byOperator(clock));
    const { text } = await apiKeys.create(
      { accountId: half.id, name: 'kanda serve --test', scopes: SCOPES, expiresAt: null },
      changeIn(half, byOperator(clock)),
    );
    return { apiKey: text.reveal(), email: EMAIL, password };
  } finally {
    await close();
  }
}

function announce(announced: Announced, asJson: boolean): void {
  const { url, apiKey, email, password } = announced;
  const words = `A Kanda for tests listens on ${url}. It is thrown away when it stops.

  apiKey     ${apiKey}
  dashboard  ${url}/dashboard  ${email}  ${password}

Its clock: POST /api/test/clock. Codes: GET /api/test/clients/<clientId>/code. Ctrl+C stops it.
`;
  process.stdout.write(asJson ? `${JSON.stringify(announced)}\n` : words);
}
