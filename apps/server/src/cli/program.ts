import { Command, Option } from 'commander';
import { type Config, loadConfig, SETTINGS } from '../config.ts';
import { serve } from './serve.ts';

export interface ProgramInput {
  readonly env: Readonly<Record<string, string | undefined>>;
  readonly version: string;
}

/** The command line: parses, loads the settings, and hands over to one file for each command. */
export function createProgram({ env, version }: ProgramInput): Command {
  const program = new Command('kanda')
    .description('TOTP two-factor authentication as a self-hosted service.')
    .version(version)
    .showHelpAfterError('(kanda --help tells what there is)')
    .configureHelp({ sortSubcommands: false });

  withSettings(program.command('serve'))
    .description('Serve the HTTP API until SIGTERM.')
    .action((options: Record<string, string>) => serve(settingsOf(options, env)));
  return program;
}

/** Adds every setting that has a flag. */
export function withSettings(command: Command): Command {
  for (const setting of SETTINGS) {
    if (setting.flag === null) continue;
    const fallback =
      setting.default === null || setting.default === '' ? '' : ` (default: ${setting.default})`;
    command.addOption(
      new Option(`--${setting.flag} <value>`, `${setting.description}${fallback} [${setting.name}]`),
    );
  }
  return command;
}

/** Commander names options in camel case; the settings know them by their flag. */
export function settingsOf(
  options: Readonly<Record<string, string | undefined>>,
  env: Readonly<Record<string, string | undefined>>,
): Config {
  const flags = Object.entries(options).map(([name, value]) => [
    name.replace(/[A-Z]/g, (letter) => `-${letter.toLowerCase()}`),
    value,
  ]);
  return loadConfig(env, Object.fromEntries(flags) as Record<string, string | undefined>);
}
