/** The help of the command line as docs/reference/cli.md shows it: `write-docs.ts` puts it there. */
import { spawnSync } from 'node:child_process';
import { fileURLToPath } from 'node:url';
import { bareEnvironment } from './child-environment.mjs';

const KANDA = fileURLToPath(new URL('../apps/server/bin/kanda.mjs', import.meta.url));
const BLOCK = /^```text\n\$ kanda( [a-z -]*?)? --help\n[\s\S]*?^```$/gm;

/** The text with each block that begins with `$ kanda … --help` as that command prints it now. */
export function withPresentHelp(markdown: string): string {
  return markdown.replaceAll(BLOCK, (_block, command: string | undefined) => {
    const words = (command ?? '').split(' ').filter((word) => word !== '');
    return `\`\`\`text\n$ ${['kanda', ...words, '--help'].join(' ')}\n${helpOf(words)}\`\`\``;
  });
}

/** What a terminal of 80 columns shows for `kanda <words> --help`. */
export function helpOf(words: readonly string[]): string {
  const { status, stdout, stderr } = spawnSync(process.execPath, [KANDA, ...words, '--help'], {
    encoding: 'utf8',
    env: bareEnvironment(),
  });
  if (status !== 0) throw new Error(`kanda ${words.join(' ')} --help ended with ${status}: ${stderr}`);
  return stdout;
}
