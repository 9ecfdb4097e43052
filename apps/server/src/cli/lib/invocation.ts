import { basename, relative } from 'node:path';
import { SETTINGS } from '../../config/schema.ts';
import type { Environment } from './settings.ts';
import { shellWord } from './shell-word.ts';

/** How this program was called. */
export interface Invocation {
  readonly argv: readonly string[];
  readonly env: Environment;
}

/** Their values may hold a password or a token, and what is refused is often logged. */
const PRIVATE_FLAGS = ['database-url', 'checkpoint-sink'];

/** The command to serve with these flags, to be typed where this program was called. */
export function serveCommand(invocation: Invocation, flags: Readonly<Record<string, string>>): string {
  const words = Object.entries(flags).flatMap(([flag, value]) =>
    PRIVATE_FLAGS.includes(flag) ? [`--${flag}`, '…'] : [`--${flag}`, shellWord(value)],
  );
  return [...serveWords(invocation), ...words].join(' ');
}

function serveWords({ argv, env }: Invocation): string[] {
  const npm = npmCommand(env);
  if (npm !== null) return [npm, '--', ...(npm === 'npm start' ? [] : ['serve'])];
  const script = argv[1] ?? 'kanda';
  // What is installed is on the path under this name.
  if (basename(script) === 'kanda') return ['kanda', 'serve'];
  const fromHere = relative(process.cwd(), script);
  return ['node', shellWord(fromHere.startsWith('..') ? script : fromHere), 'serve'];
}

/**
 * Refuses a start whose flags npm has kept: `npm start --port 3001` sets a setting of npm's own and tells Kanda
 * nothing but "3001", `--port=3001` not even that, and it would serve on another port than asked for.
 */
export function assertFlagsArrived({ argv, env }: Invocation): void {
  const npm = npmCommand(env);
  if (npm === null) return;
  const kept = SETTINGS.flatMap(({ flag, example }) => {
    const value = flag === null ? undefined : env[`npm_config_${flag.replaceAll('-', '_')}`];
    return flag === null || value === undefined ? [] : [{ flag, example, value }];
  });
  const [first, ...others] = kept;
  if (first === undefined) return;
  const words = argv.slice(npm === 'npm start' ? 3 : 2);
  // Without `=` npm takes the flag alone and hands its value on; of several it does not tell which is whose.
  const value = first.value === 'true' && others.length === 0 ? words.pop() : first.value;
  const known = value !== undefined && value !== 'true' && !PRIVATE_FLAGS.includes(first.flag);
  const given = others.length === 0 ? words : words.slice(0, npm === 'npm start' ? 0 : 1);
  const again = [
    npm,
    '--',
    ...given.map(shellWord),
    `--${first.flag}`,
    shellWord(known ? value : first.example),
  ];
  throw new Error(
    `npm has kept ${kept.map(({ flag }) => `--${flag}`).join(' and ')} for itself: what is for Kanda comes after "--". ` +
      `Write: ${again.join(' ')}${others.length === 0 ? '' : ' …'}`,
  );
}

/** What can be said of a command line that is wrong when it came by way of npm. */
export function npmHint(env: Environment): string {
  const npm = npmCommand(env);
  if (npm === null) return '';
  const example = npm === 'npm start' ? '--port 3001' : 'account list --json';
  return `(With npm, what is for Kanda comes after "--": ${npm} -- ${example})\n`;
}

/** The script of package.json that this program runs as, if it does. */
function npmCommand({ npm_lifecycle_event: script }: Environment): 'npm start' | 'npm run kanda' | null {
  if (script === 'start') return 'npm start';
  return script === 'kanda' ? 'npm run kanda' : null;
}
