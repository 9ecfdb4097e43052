import { existsSync, renameSync, rmSync } from 'node:fs';
import { dirname, join, resolve } from 'node:path';
import { SEEN_FILE } from '../../background/seen-file.ts';
import { DRAFT, SIGNED_FILE } from '../../background/signed-file.ts';
import type { Config } from '../../config/schema.ts';
import { syncFolder } from '../lib/draft-file.ts';

/**
 * Sets aside what this node remembers of signed checkpoints, as the store was brought back from a backup and has less.
 * @returns where it is kept; null when the node remembered nothing
 */
export function setSignedAside(config: Config): string | null {
  const path = join(resolve(config.dataDir), SIGNED_FILE);
  if (!existsSync(path)) return null;
  const kept = `${path}.before-restore-${new Date().toISOString().replace(/[-:]|\.\d+/g, '')}`;
  renameSync(path, kept);
  syncFolder(dirname(path));
  return kept;
}

/** Has this node forget which store it had open, so that it takes the one that is there. */
export function forgetSeen(config: Config): boolean {
  const path = join(resolve(config.dataDir), SEEN_FILE);
  // A server that was killed leaves one.
  rmSync(`${path}${DRAFT}`, { force: true });
  if (!existsSync(path)) return false;
  rmSync(path);
  syncFolder(dirname(path));
  return true;
}

export function signedAsideText(kept: string): string {
  return `What this node has signed is kept as ${kept}. Keep it with a note of the restore: its checkpoints contradict those that are signed from now on.`;
}
