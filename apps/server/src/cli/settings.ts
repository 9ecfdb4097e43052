import { type Command, Option } from 'commander';
import { type Config, loadConfig, SETTINGS, type Setting } from '../config.ts';

export type Environment = Readonly<Record<string, string | undefined>>;

/** What commands that work on the store beside a server need to find it and to open it. */
export const STORE_FLAGS = ['data-dir', 'database-url', 'master-key-file'] as const;

/** Gives `command` the flags of these settings; of all that have one, unless told which. */
export function withSettings(command: Command, flags?: readonly string[]): Command {
  for (const setting of SETTINGS) {
    if (setting.flag === null || (flags !== undefined && !flags.includes(setting.flag))) continue;
    command.addOption(flagOf(setting, setting.flag));
  }
  return command;
}

/** The settings from the environment and from those of the command's options that are settings. */
export function settingsOf(options: Readonly<Record<string, unknown>>, env: Environment): Config {
  return loadConfig(env, flagsIn(options));
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
