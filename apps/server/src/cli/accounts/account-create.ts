import { Value } from 'typebox/value';
import { assertNotForeign } from '../../compose/data-folder.ts';
import { type Installation, openInstallation } from '../../compose/installation.ts';
import { assertNotLost } from '../../compose/lost-store.ts';
import type { Operator } from '../../compose/operator.ts';
import { storeExists, storePlace } from '../../compose/store-place.ts';
import { assertUpgraded } from '../../compose/upgrade.ts';
import { type Config, SCHEMA } from '../../config/schema.ts';
import type { Account } from '../../domain/accounts/account.ts';
import { changeIn } from '../../domain/change.ts';
import { Fault } from '../../domain/errors.ts';
import { DEFAULT_KEY_SCOPES } from '../../domain/keys/scopes.ts';
import { KeyName } from '../../http/routes/keys/create-key.ts';
import { shownAddress } from '../../store/postgres/database-url.ts';
import { localUrl } from '../lib/local-url.ts';
import { accountEmail, byOperator, newPasswordFor } from './account.ts';

export interface AccountCreateOptions {
  readonly email: string;
  readonly passwordStdin?: boolean;
  readonly withKey?: string;
  readonly withTestKey?: string;
  readonly json?: boolean;
}

const OPERATOR: Operator = {
  onNotice: (message) => console.error(message),
  newMasterKey(file) {
    console.error(
      `A new store is made, with a new master key in ${file}. Back that file up now, apart from the database: without it no secret can be read.`,
    );
  },
};

/** Makes an account, also where `KANDA_REGISTRATION` is closed, and with `withKey` its first API key. */
export async function createAccount(config: Config, options: AccountCreateOptions): Promise<void> {
  assertOfServer(config);
  if (config.databaseUrl === null) assertNotForeign(storePlace(config).dataDir);
  const email = accountEmail(options.email);
  const { withKey, withTestKey } = options;
  assertKeyName('--with-key', withKey);
  assertKeyName('--with-test-key', withTestKey);
  const password = await newPasswordFor(email, options.passwordStdin === true);

  const found = await assertUpgraded(config);
  if (!found.isChanging) await assertNotLost(config, found);
  const installation = await openInstallation(config, undefined, OPERATOR);
  const { accounts, clock, close } = installation;
  try {
    const account = await accounts.create({ email, password }, byOperator(clock)).catch((error: unknown) => {
      throw isTaken(error)
        ? new Error(
            `There is already an account with the address ${email}. To give it a new password: kanda account reset-password --email ${email}`,
          )
        : error;
    });
    const made: Made = {
      userId: account.publicId,
      email: account.email,
      ...(withKey === undefined ? {} : { apiKey: await keyOf(installation, account, withKey) }),
      ...(withTestKey === undefined
        ? {}
        : { testApiKey: await keyOf(installation, await testHalfOf(installation, account), withTestKey) }),
    };
    // On standard error, since programs read the other: the server may have another one.
    console.error(`Created in the store ${shownStore(config)}.`);
    if (options.json === true) {
      console.log(JSON.stringify(made));
      return;
    }
    console.log(`userId  ${made.userId}\nemail   ${made.email}`);
    if (made.testApiKey !== undefined) console.log(`testApiKey  ${made.testApiKey}`);
    if (made.apiKey !== undefined) console.log(keyText(made.apiKey, callerUrl(config)));
  } finally {
    await close();
  }
}

/** What is printed, once. */
interface Made {
  readonly userId: string;
  readonly email: string;
  readonly apiKey?: string;
  readonly testApiKey?: string;
}

function assertKeyName(flag: string, name: string | undefined): void {
  if (name === undefined || Value.Check(KeyName, name)) return;
  throw new Error(`${flag} takes a name for people, 1 to 128 characters. Example: ${flag} "web shop"`);
}

function testHalfOf({ testHalves, clock }: Installation, account: Account): Promise<Account> {
  return testHalves.of(account, byOperator(clock));
}

async function keyOf({ apiKeys, clock }: Installation, account: Account, name: string): Promise<string> {
  const { text } = await apiKeys.create(
    { accountId: account.id, name, scopes: DEFAULT_KEY_SCOPES, expiresAt: null },
    changeIn(account, byOperator(clock)),
  );
  return text.reveal();
}

/**
 * Throws when no one has named a folder and the default one has no store: a server with a KANDA_DATA_DIR that this
 * command does not have would never see the account.
 */
function assertOfServer(config: Config): void {
  if (config.databaseUrl !== null || config.dataDir !== SCHEMA.dataDir.default) return;
  const place = storePlace(config);
  if (storeExists(place)) return;
  throw new Error(
    `There is no store in ${place.dataDir}, the default folder. If the server has KANDA_DATA_DIR (--data-dir), give it to this command, too. For a first store in the default folder, start the server: kanda serve`,
  );
}

function shownStore(config: Config): string {
  return config.databaseUrl === null
    ? storePlace(config).database
    : shownAddress(config.databaseUrl.reveal());
}

function isTaken(error: unknown): boolean {
  return error instanceof Fault && error.code === 'email_taken';
}

function keyText(apiKey: string, url: string): string {
  return `apiKey  ${apiKey}

The key is shown here and never again. Try it while \`kanda serve\` runs:

curl -X POST ${url}/api/totp/register \\
  -H "Authorization: Bearer ${apiKey}" \\
  -H "Content-Type: application/json" \\
  -d '{ "clientId": "user-123", "label": "alice@example.com", "issuer": "MyApp" }'`;
}

/** Where an application on this machine reaches a server with these settings. */
function callerUrl(config: Config): string {
  return config.publicUrl ?? localUrl(config);
}
