import { Fault } from '../errors.ts';

/** The room on the disk that holds the store. */
export interface DiskSpace {
  /** Bytes that are free; null where the store is on no disk of this machine, or where nothing could be read. */
  readonly freeBytes: number | null;
  /** Bytes that are kept for validations; null as above. */
  readonly reserveBytes: number | null;
  /** The store on that disk; null as above. */
  readonly storeBytes: number | null;
  /** When it was last backed up, ms since the epoch; 0: never, as far as is known; null as above. */
  readonly lastBackupAt: number | null;
  /** How long that was after the one before, ms; null: not known. */
  readonly backupEveryMs: number | null;
  /** Whether less is free than is kept. */
  readonly isLow: boolean;
}

/** For what makes something new. Faults: disk_almost_full. */
export function assertDiskRoom({ isLow }: DiskSpace): void {
  if (!isLow) return;
  throw new Fault(
    'disk_almost_full',
    'The disk of this server is almost full, so nothing new is made: what is left is kept for checking codes. ' +
      'Try again when its operator has made room.',
    { retryAfterSeconds: 60 },
  );
}

const SHARE_OF_DISK = 0.05;
const MAX_DEFAULT_BYTES = 1e9;

/** What is kept free where the operator has not said it, of a disk of `totalBytes`. */
export function defaultReserve(totalBytes: number): number {
  return Math.min(MAX_DEFAULT_BYTES, totalBytes * SHARE_OF_DISK);
}
