import { readFileSync, statSync } from 'node:fs';
import { type Command, Option } from 'commander';
import { refuseRootIn } from '../../compose/foreign-folder.ts';
import { loadConfig } from '../../config/load.ts';
import { type Config, SETTINGS } from '../../config/schema.ts';
import type { Setting } from '../../config/setting.ts';
import { shellWord } from './shell-word.ts';

export type Environment = Readonly<Record<string, string | undefined>>;

/** What commands that work on the store beside a server need to find it and to open it. */
export const STORE_FLAGS = [
  'data-dir',
  'database-url',
  'database-url-file',
  'master-key-file',
  'master-key-command',
] as const;

/** Gives `command` the flags of these settings; of all that have one, unless told which. */
export function withSettings(command: Command, flags?: readonly string[]): Command {
  for (const setting of SETTINGS) {
    if (setting.flag === null || (flags !== undefined && !flags.includes(setting.flag))) continue;
    command.addOption(flagOf(setting, setting.flag));
  }
  return command;
}

/**
 * The settings from the environment and from those of the command's options that are settings. Every command that works
 * on a data directory has them from here, so none of them runs as root in that of another user.
 *
 * @param mayMake see `refuseRootIn`
 */
export function settingsOf(
  options: Readonly<Record<string, unknown>>,
  env: Environment,
  mayMake = false,
): Config {
  const config = readSettings(env, flagsIn(options));
  refuseRootIn(config, mayMake);
  return config;
}

/**
 * The settings, with the database's URL from its file when that is where it is.
 *
 * @throws {ConfigError} with all faults, and an error for people when the file cannot be read
 */
export function readSettings(env: Environment, flags: Environment): Config {
  const config = loadConfig(env, flags);
  if (config.databaseUrlFile === null) return config;
  const { 'database-url-file': _, ...others } = flags;
  const url = readPrivateFile(config.databaseUrlFile);
  return loadConfig({ ...env, KANDA_DATABASE_URL_FILE: undefined, KANDA_DATABASE_URL: url }, others);
}

const OTHERS_MAY_READ_OR_WRITE = 0o006;

/** The URL holds a password: like the master key, it is not taken from a file that every user can read. */
function readPrivateFile(path: string): string {
  let mode: number;
  let text: string;
  try {
    mode = statSync(path).mode;
    text = readFileSync(path, 'utf8').trim();
  } catch (cause) {
    throw new Error(
      `KANDA_DATABASE_URL_FILE (--database-url-file) is ${path}, which cannot be read: ${(cause as Error).message}. Put the database's URL there.`,
      { cause },
    );
  }
  if (process.platform !== 'win32' && (mode & OTHERS_MAY_READ_OR_WRITE) !== 0) {
    throw new Error(
      `Every user of this machine can read or change the file of the database's URL, ${path}. Close it with: chmod 600 '${path}'`,
    );
  }
  if (text === '') throw new Error(`The file of the database's URL, ${path}, is empty.`);
  return text;
}

/** The texts of the settings' flags among a command's options, by the flag's own name. */
export function flagsIn(options: Readonly<Record<string, unknown>>): Record<string, string> {
  const flags: Record<string, string> = {};
  for (const { flag } of SETTINGS) {
    const text = flag === null ? undefined : options[camelCase(flag)];
    if (flag !== null && typeof text === 'string') flags[flag] = text;
  }
  return flags;
}

/** The end of a command that is shown to be typed again: the settings that came as flags, and the file, as they were given. */
export function wordsAgain(options: object, file: string): string {
  const flags = Object.entries(flagsIn({ ...options })).map(([flag, text]) => `--${flag} ${shellWord(text)}`);
  return [...flags, shellWord(file)].join(' ');
}

function flagOf(setting: Setting<unknown>, flag: string): Option {
  const fallback = setting.default === null || setting.default === '' ? '' : ` (default: ${setting.default})`;
  return new Option(`--${flag} <value>`, `${setting.description}${fallback} [${setting.name}]`).helpGroup(
    'Settings (each also a variable; the flag wins):',
  );
}

/** Commander names options in camel case; the settings know them by their flag. */
function camelCase(flag: string): string {
  return flag.replace(/-([a-z])/g, (_, letter: string) => letter.toUpperCase());
}
