import { Value } from 'typebox/value';
import type { Installation } from '../../compose/installation.ts';
import type { Config } from '../../config/schema.ts';
import type { Account } from '../../domain/accounts/account.ts';
import { changeIn } from '../../domain/change.ts';
import { Fault } from '../../domain/errors.ts';
import { DEFAULT_KEY_SCOPES } from '../../domain/keys/scopes.ts';
import { KeyName } from '../../http/routes/keys/create-key.ts';
import { localUrl } from '../lib/local-url.ts';
import { assertOfServer, isStoreThere, openOrMake, shownStore } from '../store/new-store.ts';
import { accountEmail, byOperator, newPasswordFor } from './account.ts';

export interface AccountCreateOptions {
  readonly email: string;
  readonly passwordStdin?: boolean;
  readonly withKey?: string;
  readonly withTestKey?: string;
  /** An account that is there is no error. */
  readonly ifAbsent?: boolean;
  readonly json?: boolean;
}

/** Makes an account, also where `KANDA_REGISTRATION` is closed, and with `withKey` its first API key. */
export async function createAccount(config: Config, options: AccountCreateOptions): Promise<void> {
  assertOfServer(config);
  const email = accountEmail(options.email);
  const { withKey, withTestKey } = options;
  assertKeyName('--with-key', withKey);
  assertKeyName('--with-test-key', withTestKey);
  if (options.ifAbsent === true && (await isThere(config, email, options))) return;
  const password = await newPasswordFor(email, options.passwordStdin === true);

  const installation = await openOrMake(config);
  const { accounts, clock, close } = installation;
  try {
    const account = await accounts.create({ email, password }, byOperator(clock)).catch((error: unknown) => {
      if (isTaken(error)) return null;
      throw error;
    });
    if (account === null) {
      // Another made it meanwhile.
      if (options.ifAbsent === true && (await tellPresent(installation, email, options))) return;
      throw new Error(
        `There is already an account with the address ${email}. To give it a new password: kanda account reset-password --email ${email}`,
      );
    }
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

/** Whether the account is there; it is printed then, and no password is asked for. */
async function isThere(config: Config, email: string, options: AccountCreateOptions): Promise<boolean> {
  if (!(await isStoreThere(config))) return false;
  const installation = await openOrMake(config);
  try {
    return await tellPresent(installation, email, options);
  } finally {
    await installation.close();
  }
}

async function tellPresent(
  { store }: Installation,
  email: string,
  { withKey, withTestKey, json }: AccountCreateOptions,
): Promise<boolean> {
  const account = await store.findAccountByEmail(email);
  if (account === null) return false;
  const made: Made = { userId: account.publicId, email: account.email };
  console.error(
    `The account is there already, and stays as it is${withKey === undefined && withTestKey === undefined ? '' : ': no key was made'}.`,
  );
  console.log(json === true ? JSON.stringify(made) : `userId  ${made.userId}\nemail   ${made.email}`);
  return true;
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
