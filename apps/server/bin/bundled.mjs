import { existsSync, readdirSync, statSync } from 'node:fs';

const PROGRAM = new URL('../dist/main.js', import.meta.url);
/** In the npm package there are no sources. */
const SOURCE = new URL('../src/main.ts', import.meta.url);
/** What it is made of: sources, and what npm notes when it changes packages. */
const MADE_OF = [
  'apps/server/src',
  'packages/formats/src',
  'packages/otp/src',
  'packages/tlog/src',
  'node_modules/.package-lock.json',
].map((path) => new URL(`../../../${path}`, import.meta.url));

/**
 * The program in a few files, as `tools/bundle.mjs` makes it: a command begins three times as fast as from its 800 sources.
 *
 * @returns {string | null} its URL; null: there is none, or something that it is made of has changed since
 */
export function bundledProgram() {
  const made = statSync(PROGRAM, { throwIfNoEntry: false });
  if (made === undefined) return null;
  if (!existsSync(SOURCE)) return PROGRAM.href;
  return MADE_OF.some((place) => existsSync(place) && hasNewer(place, made.mtimeMs)) ? null : PROGRAM.href;
}

/**
 * A folder that lost or got a file is newer, too. What counts is when the file system noted a change, which no program can
 * set: `tar` and `rsync` give files the times that they had elsewhere, before this was built.
 * @param {URL} place
 * @param {number} since
 * @returns {boolean}
 */
function hasNewer(place, since) {
  const found = statSync(place);
  if (found.ctimeMs >= since) return true;
  if (!found.isDirectory()) return false;
  return readdirSync(place).some((name) =>
    hasNewer(new URL(`${place.href}/${encodeURIComponent(name)}`), since),
  );
}
