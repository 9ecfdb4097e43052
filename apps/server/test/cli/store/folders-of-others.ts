/** Folders of users that no one is, for tests of what Kanda does in them. Only root can make them. */
import { chownSync, lstatSync, readdirSync, readlinkSync, statSync } from 'node:fs';
import { join } from 'node:path';
import { temporaryFolder } from '../../../../../test/support/kanda-process.ts';
import { storeWithClient } from './stores.ts';

/** No account of the machine has these numbers. */
export const SERVICE = { uid: 64_990, gid: 64_991 };
export const STRANGER = { uid: 64_992, gid: 64_993 };
export const IS_ROOT = process.geteuid?.() === 0;
if (!IS_ROOT) console.warn('SKIPPED: only root can give a folder to another user and be refused there');

type User = Pick<typeof SERVICE, 'uid' | 'gid'>;

/** An empty folder of this user. */
export function folderOf(user: User): string {
  const folder = temporaryFolder();
  chownSync(folder, user.uid, user.gid);
  return folder;
}

/** A store with a client, in a folder of this user. */
export async function storeOf(user: User): Promise<string> {
  const { dataDir } = await storeWithClient();
  for (const name of readdirSync(dataDir)) chownSync(join(dataDir, name), user.uid, user.gid);
  chownSync(dataDir, user.uid, user.gid);
  return dataDir;
}

/** All that a change of the folder or of a file in it would change, without following links. */
export function stateOf(folder: string): Record<string, string> {
  const entries = ['.', ...readdirSync(folder)].map((name) => {
    const path = join(folder, name);
    const file = lstatSync(path, { bigint: true });
    const { uid, gid, mode, size, ino, mtimeNs, ctimeNs } = file;
    const content = file.isSymbolicLink() ? readlinkSync(path) : '';
    return [name, [uid, gid, mode, size, ino, mtimeNs, ctimeNs, content].join(' ')];
  });
  return Object.fromEntries(entries);
}

/** Of each file in the folder. */
export function ownersIn(folder: string): Record<string, string> {
  return Object.fromEntries(
    readdirSync(folder).map((name) => {
      const { uid, gid, mode } = statSync(join(folder, name));
      return [name, `${uid}:${gid} ${(mode & 0o777).toString(8)}`];
    }),
  );
}
