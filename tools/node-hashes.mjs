/**
 * Whether the Node that npm has brought is the one that was looked at: the package `node` fetches the program for the
 * platform in its install script, past the hashes of package-lock.json. `tools/node-hashes.json` holds the SHA-256 of
 * each; `node tools/write-node-hashes.mjs` renews it. Plain JavaScript: `setup.mjs` runs under Node 20.
 */
import { createHash } from 'node:crypto';
import { readFileSync } from 'node:fs';
import { dirname, join } from 'node:path';
import { fileURLToPath } from 'node:url';

/** The file with the hashes. */
export const NODE_HASHES = join(dirname(fileURLToPath(import.meta.url)), 'node-hashes.json');

/**
 * @typedef {object} PinnedNode
 * @property {string} version  such as `24.21.0`
 * @property {Record<string, string>} sha256  hexadecimal, by `process.platform`-`process.arch`
 */

/**
 * Compares a program with the pinned hash of its platform.
 * @param {string} program its path
 * @param {string} platform such as `linux-x64`
 * @param {string} version the version that package.json asks for
 * @returns {'same' | 'other' | 'unpinned' | 'outdated'} `unpinned`: there is no hash for this platform; `outdated`:
 *   the hashes are those of another version
 */
export function compareNode(program, platform, version) {
  /** @type {PinnedNode} */
  const pinned = JSON.parse(readFileSync(NODE_HASHES, 'utf8'));
  if (pinned.version !== version) return 'outdated';
  const expected = pinned.sha256[platform];
  if (expected === undefined) return 'unpinned';
  return sha256OfFile(program) === expected ? 'same' : 'other';
}

/** @param {string} path */
export function sha256OfFile(path) {
  return createHash('sha256').update(readFileSync(path)).digest('hex');
}
