/** The commands of docs/operating/high-availability.md, run as they stand but for hosts, ports and folders. */
import { mkdtempSync, readFileSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { callerEnvironment } from '../../tools/child-environment.mjs';
import { type Block, fencedBlocks } from '../../tools/markdown.ts';
import { ShellSession } from '../support/document-session.ts';

const ROOT = fileURLToPath(new URL('../../', import.meta.url));

export function pageBlocks(): Block[] {
  return fencedBlocks(readFileSync(join(ROOT, 'docs/operating/high-availability.md'), 'utf8'));
}

/** What takes the place of what, in the order given. */
export type Places = Readonly<Record<string, string>>;

/**
 * Runs the one shell block of the page that holds this text.
 * @returns what it printed
 * @throws when there is no such block, when one of `places` is not in it, or when a command of it fails
 */
export async function runFromPage(
  containing: string,
  places: Places,
  env: Readonly<Record<string, string>> = {},
): Promise<string> {
  const found = pageBlocks().filter(({ language, text }) => language === 'sh' && text.includes(containing));
  const [block] = found;
  if (block === undefined || found.length > 1) {
    throw new Error(`high-availability.md has ${found.length} shell blocks with: ${containing}`);
  }
  let command = block.text;
  for (const [from, to] of Object.entries(places)) {
    if (!command.includes(from)) throw new Error(`there is no ${from} in: ${command}`);
    command = command.replaceAll(from, to);
  }
  const folder = mkdtempSync(join(tmpdir(), 'kanda-page-'));
  const session = new ShellSession(folder, callerEnvironment({ LC_ALL: 'C.UTF-8', ...env }), ROOT);
  try {
    return await session.run(command);
  } finally {
    await session.end();
    rmSync(folder, { recursive: true, force: true });
  }
}
