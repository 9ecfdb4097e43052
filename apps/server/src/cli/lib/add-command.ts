import type { Command } from 'commander';

/** A command whose mistakes name its own help. */
export function addCommand(parent: Command, name: string, description: string): Command {
  const command = parent.command(name).description(description).helpOption('-h, --help', 'Print this.');
  const path = [parent.name() === 'kanda' ? [] : [parent.name()], name].flat().join(' ');
  return command.showHelpAfterError(`(kanda ${path} --help tells more)`);
}
