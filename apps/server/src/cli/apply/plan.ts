import { resolve } from 'node:path';
import type { Installation } from '../../compose/installation.ts';
import type { Account, AccountWithPassword } from '../../domain/accounts/account.ts';
import { normalizeEmail } from '../../domain/accounts/accounts.ts';
import { byOperator } from '../accounts/account.ts';
import type { Environment } from '../lib/settings.ts';
import { messageOf } from '../lib/tell-error.ts';
import type { DesiredAccount, DesiredFile } from './desired.ts';
import { hasPasswordOf, passwordOf } from './password.ts';
import { planKeys } from './plan-keys.ts';
import { planPolicy } from './plan-policy.ts';
import { planWebhooks } from './plan-webhooks.ts';

/** Something that is not as the file says, and how it gets so. */
export interface Step {
  readonly action: 'create' | 'change';
  readonly what: 'account' | 'policy' | 'key' | 'webhook';
  /** The address of the account. */
  readonly account: string;
  /** For people: what becomes of it. Nothing secret. */
  readonly text: string;
  /** Makes it so. */
  run(installation: Installation): Promise<void>;
}

/** What a part of the file comes to. */
export interface Findings {
  readonly steps: readonly Step[];
  readonly unchanged: number;
  /** What cannot be made as the file says, and what to do. */
  readonly faults: readonly string[];
}

/** What there is now; null: there is no store, or no such account. */
export interface Present {
  readonly installation: Installation | null;
  readonly env: Environment;
  /** The URL as a webhook has it. Faults: webhook_url_refused. */
  readonly acceptUrl: (url: string) => string;
}

/** Compares the file with the store. Nothing is changed. */
export async function planOf(file: DesiredFile, present: Present): Promise<Findings> {
  const { accounts } = file;
  const all: Findings[] = [{ steps: [], unchanged: 0, faults: [...twice(accounts), ...sameFiles(file)] }];
  for (const account of accounts) all.push(...(await planAccount(account, present)));
  return {
    steps: all.flatMap(({ steps }) => steps),
    unchanged: all.reduce((sum, { unchanged }) => sum + unchanged, 0),
    faults: all.flatMap(({ faults }) => faults),
  };
}

function twice(accounts: readonly DesiredAccount[]): string[] {
  const emails = accounts.map(({ email }) => normalizeEmail(email));
  return [...new Set(emails.filter((email, index) => emails.indexOf(email) !== index))].map(
    (email) => `${email} is in the file twice. Give it one entry.`,
  );
}

/** Two secrets in one file: the second would take the place of the first, which is shown once. */
function sameFiles({ path, accounts }: DesiredFile): string[] {
  const read = [
    resolve(path),
    ...accounts.flatMap(({ passwordFile }) => (passwordFile === undefined ? [] : [passwordFile])),
  ];
  const written = accounts.flatMap(({ keys = [], webhooks = [] }) => [
    ...keys.map(({ file }) => file),
    ...webhooks.map(({ secretFile }) => secretFile),
  ]);
  const twice = written.filter((one, index) => written.indexOf(one) !== index || read.includes(one));
  return [...new Set(twice)].map((one) => `${one} is named for two things. Give each a file of its own.`);
}

async function planAccount(desired: DesiredAccount, present: Present): Promise<Findings[]> {
  const email = normalizeEmail(desired.email);
  const account = (await present.installation?.store.findAccountByEmail(email)) ?? null;
  const halves = {
    email,
    live: account,
    test: account === null ? null : ((await present.installation?.store.findTestHalf(account.id)) ?? null),
  };
  return [
    account === null
      ? await planNew(desired, email, present.env)
      : await planPresent(desired, account, present.env),
    ...(await Promise.all([
      planPolicy(desired, halves, present.installation),
      planKeys(desired, halves, present.installation),
      planWebhooks(desired, halves, present),
    ])),
  ];
}

async function planNew(desired: DesiredAccount, email: string, env: Environment): Promise<Findings> {
  try {
    const password = await passwordOf(desired, env);
    const disabled = desired.disabled === true;
    const step: Step = {
      action: 'create',
      what: 'account',
      account: email,
      text: `account ${email}${disabled ? ', disabled' : ''}`,
      async run({ accounts, store, clock }) {
        const made = await accounts.create({ email, password }, byOperator(clock));
        if (disabled) await store.setAccountDisabled(made.id, true, byOperator(clock));
      },
    };
    return { steps: [step], unchanged: 0, faults: [] };
  } catch (error) {
    return { steps: [], unchanged: 0, faults: [messageOf(error)] };
  }
}

/**
 * An account that is there must have the password that the file names: anyone could have made it where registration is
 * open, and the keys of an application do not belong into it.
 */
async function planPresent(
  desired: DesiredAccount,
  account: AccountWithPassword,
  env: Environment,
): Promise<Findings> {
  if (await hasPasswordOf(desired, account, env)) return planStatus(desired, account);
  const fault =
    `${account.email} has another password than the file names. If its owner has changed it, take the password out of the file. ` +
    'If you do not know who made this account, put no keys into it: kanda account list';
  return { steps: [], unchanged: 0, faults: [fault] };
}

function planStatus({ disabled }: DesiredAccount, account: Account): Findings {
  const isDisabled = account.disabledAt !== undefined;
  if (disabled === undefined || disabled === isDisabled) return { steps: [], unchanged: 1, faults: [] };
  const step: Step = {
    action: 'change',
    what: 'account',
    account: account.email,
    text: `account ${account.email} is ${disabled ? 'disabled: its log-ins and keys are refused' : 'enabled again'}`,
    async run({ store, clock }) {
      await store.setAccountDisabled(account.id, disabled, byOperator(clock));
    },
  };
  return { steps: [step], unchanged: 0, faults: [] };
}
