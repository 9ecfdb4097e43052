/**
 * Whether the built site is that of the sources at hand. A hash of these, not their times: a fresh clone, a checkout
 * of another branch and an edit that was taken back are all told apart rightly.
 */
import { createHash } from 'node:crypto';
import * as fs from 'node:fs';
import { dirname, join } from 'node:path';
import { fileURLToPath } from 'node:url';

const ROOT = dirname(dirname(fileURLToPath(import.meta.url)));
const SITE = join(ROOT, 'apps', 'web', 'dist', 'dashboard.html');
const STAMP = join(ROOT, '.runtime', 'site-stamp');
/** What the build reads, and what it is made of. */
const SOURCES = [
  'apps/web/build',
  'apps/web/pages',
  'apps/web/public',
  'apps/web/src',
  'apps/web/dashboard.html',
  'apps/web/package.json',
  'apps/web/vite.config.ts',
  'packages/otp/src',
  'apps/server/package.json',
  'docs',
  'openapi.json',
  'package-lock.json',
  'CHANGELOG.md',
  'LICENSE',
  'README.md',
  'SECURITY.md',
];

/** @returns {boolean} */
export function isSiteBuilt() {
  return fs.existsSync(SITE) && fs.existsSync(STAMP) && fs.readFileSync(STAMP, 'utf8') === stampOf();
}

/** @returns {boolean} whether there is an earlier one, at least */
export function isThereAnySite() {
  return fs.existsSync(SITE);
}

/**
 * The stamp of the sources as they are now. Taken before a build, and kept after it: what changes meanwhile is
 * built the next time.
 * @returns {string}
 */
export function stampOf() {
  const hash = createHash('sha256');
  for (const path of SOURCES.flatMap(filesIn)) {
    hash.update(`${path}\0`).update(
      createHash('sha256')
        .update(fs.readFileSync(join(ROOT, path)))
        .digest(),
    );
  }
  return hash.digest('hex');
}

/** @param {string} stamp */
export function keepSiteStamp(stamp) {
  fs.mkdirSync(dirname(STAMP), { recursive: true });
  fs.writeFileSync(STAMP, stamp);
}

/**
 * @param {string} path from the repository's root
 * @returns {string[]} its files, or itself, in one order on every system
 */
function filesIn(path) {
  const found = fs.statSync(join(ROOT, path), { throwIfNoEntry: false });
  if (found === undefined) return [];
  if (found.isFile()) return [path];
  return fs
    .readdirSync(join(ROOT, path))
    .sort()
    .flatMap((name) => filesIn(`${path}/${name}`));
}
