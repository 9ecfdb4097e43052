import { randomBytes } from 'node:crypto';
import { existsSync, readFileSync } from 'node:fs';
import { createPasswords } from '../../crypto/password.ts';
import { isGuessable } from '../../crypto/password-guesses.ts';
import type { AccountWithPassword } from '../../domain/accounts/account.ts';
import { normalizeEmail } from '../../domain/accounts/accounts.ts';
import { assertPassword } from '../../domain/accounts/password-rules.ts';
import { Secret } from '../../domain/secret.ts';
import type { Environment } from '../lib/settings.ts';
import { messageOf } from '../lib/tell-error.ts';
import type { DesiredAccount } from './desired.ts';

/** The password of an account that is to be made, from the file or the variable that is named. @throws for people */
export async function passwordOf(account: DesiredAccount, env: Environment): Promise<Secret<string>> {
  const { passwordFile, passwordVariable } = account;
  const email = normalizeEmail(account.email);
  const password = textOf(account, env);
  try {
    await assertPassword(isGuessable, password, email);
  } catch (cause) {
    throw new Error(`the password of ${email} (${passwordFile ?? passwordVariable}): ${messageOf(cause)}`, {
      cause,
    });
  }
  return password;
}

/** Whether the account has the password that the file names, if it names one that can still be read. */
export async function hasPasswordOf(
  desired: DesiredAccount,
  { passwordHash }: AccountWithPassword,
  env: Environment,
): Promise<boolean> {
  const { passwordFile, passwordVariable } = desired;
  if (passwordFile !== undefined && !existsSync(passwordFile)) return true;
  if (passwordFile === undefined && (env[passwordVariable ?? ''] ?? '') === '') return true;
  return createPasswords(randomBytes).verify(passwordHash, textOf(desired, env), '');
}

function textOf(account: DesiredAccount, env: Environment): Secret<string> {
  return new Secret(readPassword(account, env).replace(/\r?\n$/, ''));
}

function readPassword({ email, passwordFile, passwordVariable }: DesiredAccount, env: Environment): string {
  if ((passwordFile === undefined) === (passwordVariable === undefined)) {
    throw new Error(
      `${email} is to be made: name its password with one of passwordFile (a file that has it) and passwordVariable (a variable of the environment).`,
    );
  }
  if (passwordFile === undefined) {
    const value = env[passwordVariable ?? ''];
    if (value === undefined || value === '')
      throw new Error(
        `${email} is to be made, and the variable ${passwordVariable} with its password is not set.`,
      );
    return value;
  }
  try {
    return readFileSync(passwordFile, 'utf8');
  } catch (cause) {
    throw new Error(
      `${email} is to be made, and the file of its password cannot be read: ${(cause as Error).message}`,
      { cause },
    );
  }
}
