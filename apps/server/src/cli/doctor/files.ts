import { accessSync, constants, type Stats, statSync } from 'node:fs';
import { basename, dirname } from 'node:path';
import type { StorePlace } from '../../compose/store-place.ts';
import { SIDE_FILES } from '../lib/draft-file.ts';
import { type Finding, fine, look, problem } from './finding.ts';

const GROUP_OR_OTHERS = 0o077;
const OTHERS = 0o007;
const WRITE_BY_GROUP_OR_OTHERS = 0o022;

/** Whether the data directory and its files belong to this user alone. */
export function checkFiles(place: StorePlace): Finding[] {
  const folder = statSync(place.dataDir, { throwIfNoEntry: false });
  if (folder === undefined) {
    return [
      look(
        'Data directory',
        `${place.dataDir} is not there`,
        'The first `kanda serve` makes it. If there should be a store, name its folder: --data-dir or KANDA_DATA_DIR.',
      ),
    ];
  }
  if (!folder.isDirectory()) {
    return [
      problem('Data directory', `${place.dataDir} is not a folder`, 'Name another one with --data-dir.'),
    ];
  }
  if (!canBeUsed(place.dataDir)) {
    const remedy = 'Run this as the user that the server runs as: sudo -u kanda kanda doctor';
    return [
      problem('Data directory', `${place.dataDir} is closed to this user (${folder.uid} owns it)`, remedy),
    ];
  }
  const database = [place.database, ...SIDE_FILES.map((suffix) => `${place.database}${suffix}`)];
  const key = place.masterKey.includes('/') ? [place.masterKey] : [];
  return [
    folderFinding(place.dataDir, folder),
    ...[...database, ...key].flatMap((path) => fileFinding(path, place.dataDir, folder)),
  ];
}

/** Whether this user can see the files in the folder. */
export function canBeUsed(folder: string): boolean {
  try {
    accessSync(folder, constants.R_OK | constants.X_OK);
    return true;
  } catch {
    return false;
  }
}

function folderFinding(path: string, folder: Stats): Finding {
  const user = process.getuid?.();
  if (user !== undefined && user !== 0 && folder.uid !== user) {
    return problem(
      'Data directory',
      `${path} belongs to user ${folder.uid}, and this is user ${user}`,
      `Run Kanda as that user, or give the folder to this one: chown -R ${user} '${path}'`,
    );
  }
  const found = `${path}, mode ${octal(folder)}`;
  if (process.platform === 'win32' || (folder.mode & GROUP_OR_OTHERS) === 0)
    return fine('Data directory', found);
  const remedy = `Close it to others: chmod 700 '${path}'`;
  return (folder.mode & WRITE_BY_GROUP_OR_OTHERS) === 0
    ? look('Data directory', found, remedy)
    : problem('Data directory', found, remedy);
}

function fileFinding(path: string, dataDir: string, folder: Stats): Finding[] {
  const file = statsOf(path);
  // Of one that is closed to this user the check that reads it tells.
  if (file === null) return [];
  const name = basename(path);
  // The owner of a key that is mounted elsewhere can be anyone; files in the folder belong to the folder's owner.
  if (dirname(path) === dataDir && file.uid !== folder.uid) {
    const remedy = `Give it to the folder's owner: chown ${folder.uid}:${folder.gid} '${path}'`;
    return [problem(name, `belongs to user ${file.uid}, and its folder to user ${folder.uid}`, remedy)];
  }
  if (process.platform === 'win32' || (file.mode & GROUP_OR_OTHERS) === 0) {
    return [fine(name, `mode ${octal(file)}`)];
  }
  const remedy = `Close it to others: chmod 600 '${path}'`;
  const found = `${path} has mode ${octal(file)}`;
  return [(file.mode & OTHERS) === 0 ? look(name, found, remedy) : problem(name, found, remedy)];
}

function statsOf(path: string): Stats | null {
  try {
    return statSync(path);
  } catch {
    return null;
  }
}

function octal({ mode }: Stats): string {
  return (mode & 0o777).toString(8).padStart(4, '0');
}
