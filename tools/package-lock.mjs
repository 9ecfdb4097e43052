/** What package-lock.json says about the packages below one of this workspace. */
import { readFileSync } from 'node:fs';
import { join } from 'node:path';

/**
 * Of an entry of package-lock.json, what is read here.
 * @typedef {{ version?: string, resolved?: string, integrity?: string, link?: boolean, dev?: boolean,
 *   optional?: boolean, dependencies?: Record<string, string>, optionalDependencies?: Record<string, string> }} LockEntry
 */

/**
 * The packages of this workspace that one of it needs, directly or through another.
 * @param {string} root the repository
 * @param {string} workspace its folder, such as `apps/server`
 * @returns {{ name: string, folder: string }[]}
 */
export function workspacePackages(root, workspace) {
  const { own } = packagesBelow(root, workspace);
  return [...own].map(([name, folder]) => ({ name, folder }));
}

/**
 * The entries of package-lock.json for what a registry has, by the place that each has below a folder of its own in
 * which nothing else is installed.
 * @param {string} root the repository
 * @param {string} workspace its folder, such as `apps/server`
 * @returns {Record<string, LockEntry>}
 * @throws when the lock lacks a package, or has two for one place
 */
export function externalPackages(root, workspace) {
  const { external } = packagesBelow(root, workspace);
  return Object.fromEntries([...external].sort(([a], [b]) => (a < b ? -1 : 1)));
}

/**
 * @param {string} root
 * @param {string} workspace
 */
function packagesBelow(root, workspace) {
  /** @type {Record<string, LockEntry>} */
  const lock = JSON.parse(readFileSync(join(root, 'package-lock.json'), 'utf8')).packages;
  /** @type {Map<string, string>} */
  const own = new Map();
  /** @type {Map<string, LockEntry>} */
  const external = new Map();
  const seen = new Set();

  /** @param {string} from @param {string} name @param {boolean} optional */
  const keep = (from, name, optional) => {
    const place = placeOf(lock, from, name);
    if (place === null) {
      if (optional) return;
      throw new Error(`package-lock.json has no ${name}, which ${from} needs: run npm install`);
    }
    if (seen.has(place)) return;
    seen.add(place);
    const { dev: _, ...entry } = /** @type {LockEntry} */ (lock[place]);
    const folder = entry.link === true ? entry.resolved : undefined;
    if (folder !== undefined) own.set(name, folder);
    else add(place, entry);
    visit(folder ?? place);
  };
  /** @param {string} place @param {LockEntry} entry */
  const add = (place, entry) => {
    const below = place.slice(place.indexOf('node_modules/'));
    if (external.has(below))
      throw new Error(`package-lock.json has two packages for ${below} in the tarball`);
    external.set(below, entry);
  };
  /** @param {string} place */
  const visit = (place) => {
    const { dependencies = {}, optionalDependencies = {} } = /** @type {LockEntry} */ (lock[place]);
    for (const name of Object.keys(dependencies)) keep(place, name, name in optionalDependencies);
    for (const name of Object.keys(optionalDependencies)) keep(place, name, true);
  };
  visit(workspace);
  return { own, external };
}

/**
 * Where Node finds a package that is imported from a place: the nearest `node_modules` upwards.
 * @param {Record<string, LockEntry>} lock
 * @param {string} from such as `apps/server` or `node_modules/pg`
 * @param {string} name
 */
function placeOf(lock, from, name) {
  for (let folder = from; folder !== '.'; folder = parentOf(folder)) {
    const place = `${folder}/node_modules/${name}`;
    if (place in lock) return place;
  }
  const place = `node_modules/${name}`;
  return place in lock ? place : null;
}

/** @param {string} folder */
function parentOf(folder) {
  const end = folder.lastIndexOf('/');
  return end < 0 ? '.' : folder.slice(0, end);
}
