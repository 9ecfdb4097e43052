import { diskFault } from '../../compose/data-folder.ts';

/** Whether an error, or what lies beneath it, is that the disk of this folder is full. */
export function isOfFullDisk(error: unknown, folder: string): boolean {
  for (let cause = error; cause instanceof Error; cause = cause.cause) {
    if (diskFault(cause, folder) === 'full') return true;
  }
  return false;
}
