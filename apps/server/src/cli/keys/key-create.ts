import { Value } from 'typebox/value';
import { openExisting } from '../../compose/existing-installation.ts';
import type { Config } from '../../config/schema.ts';
import { DEFAULT_KEY_SCOPES, SCOPES, type Scope } from '../../domain/keys/scopes.ts';
import { DAY_MS, HOUR_MS } from '../../domain/time.ts';
import { KeyName } from '../../http/routes/keys/create-key.ts';
import { keyView } from '../../http/routes/views.ts';
import { type AccountChoice, chosenAccount } from '../accounts/chosen-account.ts';
import { shellWord } from '../lib/shell-word.ts';
import { timeOf } from '../lib/time.ts';

export interface KeyCreateOptions extends AccountChoice {
  readonly name: string;
  readonly scopes?: string;
  readonly expires?: string;
  readonly json?: boolean;
}

/** Makes an API key and prints it, this once. */
export async function createKey(config: Config, options: KeyCreateOptions): Promise<void> {
  const { name } = options;
  if (!Value.Check(KeyName, name)) {
    throw new Error('--name takes a name for people, 1 to 128 characters. Example: --name "web shop"');
  }
  const scopes = options.scopes === undefined ? DEFAULT_KEY_SCOPES : scopesIn(options.scopes);
  const installation = await openExisting(config);
  try {
    const { account, email, now, change } = await chosenAccount(installation, options);
    const expiresAt = options.expires === undefined ? null : endIn(options.expires, now());
    const { key, text } = await installation.apiKeys.create(
      { accountId: account.id, name, scopes, expiresAt },
      change(),
    );
    const { lastUsedAt: _, ...view } = keyView(key, account);
    if (account.disabledAt !== undefined) {
      console.error(
        `The account ${email} is disabled, and this key is refused like all of its keys. Enable it: kanda account enable --email ${shellWord(email)}`,
      );
    }
    if (options.json === true) {
      console.log(JSON.stringify({ ...view, apiKey: text.reveal() }, null, 2));
      return;
    }
    console.log(`id      ${view.id}\nscopes  ${view.scopes.join(',')}\nends    ${view.expiresAt ?? 'never'}`);
    console.log(`apiKey  ${text.reveal()}`);
    console.error('The key is shown here and never again.');
  } finally {
    await installation.close();
  }
}

function scopesIn(text: string): readonly Scope[] {
  const names = text.split(',').map((name) => name.trim());
  const known = SCOPES.filter((scope) => names.includes(scope));
  const unknown = names.filter((name) => !(SCOPES as readonly string[]).includes(name));
  if (unknown.length === 0) return known;
  throw new Error(
    `--scopes takes some of ${SCOPES.join(', ')}, separated by commas, not ${unknown.join(', ')}.`,
  );
}

const UNITS: Readonly<Record<string, number>> = { m: 60_000, h: HOUR_MS, d: DAY_MS };

function endIn(text: string, now: number): number {
  const [, count, unit = ''] = /^(\d{1,6})([mhd])$/.exec(text) ?? [];
  const end = count === undefined ? timeOf(text) : now + Number(count) * (UNITS[unit] ?? 0);
  if (end === null) {
    throw new Error(
      `--expires is ${JSON.stringify(text)}, not a time. Examples: --expires 90d, --expires 2027-01-31, --expires 2027-01-31T09:30:00Z`,
    );
  }
  if (end <= now) throw new Error(`--expires ${text} does not lie in the future.`);
  return end;
}
