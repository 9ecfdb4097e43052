import type { RegistrationMode } from '../../domain/accounts/registration.ts';

/** What `kanda serve` shows to a person at a terminal; a log collector gets lines of JSON. */

export interface Welcome {
  readonly version: string;
  /** Where it listens. */
  readonly url: string;
  readonly hasSite: boolean;
  readonly registration: RegistrationMode;
  readonly hasAccounts: boolean;
}

/** The first lines: where to go. */
export function welcomeText(welcome: Welcome): string {
  const { version, url, hasSite } = welcome;
  const rows = hasSite
    ? [['Dashboard', `${url}/dashboard`], firstAccount(welcome), ['Documentation', `${url}/docs`]]
    : [firstAccount(welcome), ['API', `${url}/openapi.json`]];
  const lines = [`Kanda ${version} listens on ${url}`, ''];
  for (const [name = '', text = ''] of rows) if (text !== '') lines.push(`  ${name.padEnd(15)}${text}`);
  const notice = registrationNotice(welcome);
  if (notice !== null) lines.push('', notice);
  lines.push('', 'Ctrl+C stops it.', '');
  return `${lines.join('\n')}\n`;
}

/** What becomes of registration, where the operator did not decide it; null where it is as one would think. */
export function registrationNotice({ registration, hasAccounts }: Welcome): string | null {
  if (registration !== 'until the first account') return null;
  return hasAccounts
    ? 'Registration is closed, as there is an account and others than this machine may reach this server. Make further accounts with "kanda account create", or set KANDA_REGISTRATION=open.'
    : 'Others than this machine may reach this server, so registration closes after the first account. KANDA_REGISTRATION=open keeps it open, KANDA_REGISTRATION=closed closes it now.';
}

function firstAccount({ url, hasSite, hasAccounts, registration }: Welcome): string[] {
  if (hasAccounts) return [];
  if (registration === 'closed') return ['First account', 'kanda account create'];
  return ['First account', hasSite ? `${url}/signup` : 'POST /api/auth/register, or: kanda account create'];
}

const LEVELS: Readonly<Record<number, string>> = { 40: 'warning: ', 50: 'error: ', 60: 'fatal: ' };

/** A line of the log for a person: the time, what happened, and its fields. What is no such line stays as it is. */
export function readableLine(json: string): string {
  let fields: Record<string, unknown> | null;
  try {
    fields = JSON.parse(json);
  } catch {
    return json;
  }
  if (fields === null) return json;
  const { time, level, msg, err, ...rest } = fields;
  const at = typeof time === 'string' ? (/T(\d\d:\d\d:\d\d)/.exec(time)?.[1] ?? '') : '';
  const told = Object.entries(rest).map(([name, value]) => `${name}=${shown(value)}`);
  const stack = (err as { stack?: unknown } | undefined)?.stack;
  const words = [at, `${LEVELS[Number(level)] ?? ''}${String(msg ?? '')}`, ...told];
  return `${words.join('  ')}\n${typeof stack === 'string' ? `${stack}\n` : ''}`;
}

function shown(value: unknown): string {
  return typeof value === 'string' && /^[^\s"=]+$/.test(value) ? value : JSON.stringify(value);
}
