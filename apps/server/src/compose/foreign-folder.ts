/** Root in a folder that belongs to another user: refused, before anything in it is opened. */
import { lstatSync, realpathSync, type Stats, statSync } from 'node:fs';
import { dirname, resolve } from 'node:path';
import type { Config } from '../config/schema.ts';

/** Where systemd keeps the folders of users that it makes (DynamicUser). Only root may enter it from outside. */
const DYNAMIC = '/var/lib/private/';

/** A command as the user of deploy/systemd/kanda.service; docs/operating/deploying.md has it with the reasons. */
export const AS_THE_SERVICE =
  'systemd-run --quiet --pty --pipe --wait --collect -p DynamicUser=yes -p User=kanda -p StateDirectory=kanda ' +
  '-p StateDirectoryMode=0700 -p EnvironmentFile=-/etc/kanda/kanda.env -p Environment=KANDA_DATA_DIR=/var/lib/kanda /opt/kanda/node_modules/.bin/kanda';

const PAGE = 'docs/operating/deploying.md#commands-as-the-services-user';

/**
 * Refuses root where the data directory or the folder of the master key file is another user's.
 *
 * @param mayMake whether a data directory that is missing may be made in a folder of another user: `serve` makes one that is
 *   root's own, in a container that has a checkout mounted for instance
 */
export function refuseRootIn({ dataDir, masterKeyFile }: Config, mayMake = false): void {
  refuseRoot(dataDir, mayMake);
  if (masterKeyFile === null) return;
  refuseRoot(dirname(resolve(masterKeyFile)));
  // A rotation replaces the file that a link leads to.
  const target = targetOf(masterKeyFile);
  if (target !== null) refuseRoot(dirname(target));
}

/**
 * Refuses root in a folder that is another user's, or that would be made in one: at every name there, its owner could put
 * a link to a file that only root may read or write, before root opens it or in the middle.
 *
 * @throws for the operator, before anything is opened
 */
export function refuseRoot(folder: string, mayMake = false): void {
  if (process.geteuid?.() !== 0) return;
  const path = resolve(folder);
  const foreign = foreignAt(path);
  if (foreign === null || (mayMake && foreign.path !== path)) return;
  const whose =
    foreign.path === path
      ? `${path} belongs to user ${foreign.uid}`
      : `${path} is not there yet, and ${foreign.path} belongs to user ${foreign.uid}`;
  throw new Error(
    `${whose}, and this is root. Root opens no files in a folder of another user, who could have a link there that leads root elsewhere. ` +
      `Nothing was opened or changed. Run the command as that user: ${commandAs(foreign.uid, targetOf(foreign.path) ?? path)}`,
  );
}

/** How to run a command as the owner of this folder. */
export function commandAs(uid: number, folder: string): string {
  return folder.startsWith(DYNAMIC)
    ? `${AS_THE_SERVICE} … (${PAGE})`
    : `sudo -u '#${uid}' kanda … (under systemd: ${PAGE})`;
}

/** The folder, or where it is missing the nearest one above it, if another user than root owns it or the link to it. */
function foreignAt(path: string): { readonly path: string; readonly uid: number } | null {
  const found = statsOr(lstatSync, path);
  if (found === null) return dirname(path) === path ? null : foreignAt(dirname(path));
  if (found.uid !== 0) return { path, uid: found.uid };
  const target = found.isSymbolicLink() ? statsOr(statSync, path) : null;
  return target === null || target.uid === 0 ? null : { path, uid: target.uid };
}

function statsOr(look: (path: string) => Stats, path: string): Stats | null {
  try {
    return look(path);
  } catch (error) {
    const { code } = error as NodeJS.ErrnoException;
    if (code === 'ENOENT' || code === 'ENOTDIR') return null;
    throw error;
  }
}

function targetOf(path: string): string | null {
  try {
    return realpathSync(path);
  } catch {
    return null;
  }
}
