import { mkdtempSync, rmSync, statfsSync, statSync } from 'node:fs';
import { join } from 'node:path';
import { DISK_FAULTS, diskFault } from '../../compose/data-folder.ts';
import type { StorePlace } from '../../compose/store-place.ts';
import { defaultReserve } from '../../domain/limits/disk-space.ts';
import { measureCommits } from '../../store/sqlite/measure-commits.ts';
import { formatBytes } from '../lib/format.ts';
import { type Finding, fine, look, problem } from './finding.ts';

const MIB = 1024 * 1024;
const MIN_FREE_BYTES = 100 * MIB;
const COMFORTABLY_FREE = 1024 * MIB;
const BATCHES = 30;
const SLOW_COMMIT_MS = 20;

/** `f_type` of statfs(2) on Linux, for those on which SQLite cannot be trusted or data does not last. */
const UNFIT: readonly { type: number; name: string; kind: 'network' | 'shared' | 'fleeting' }[] = [
  { type: 0x6969, name: 'NFS', kind: 'network' },
  { type: 0xff534d42, name: 'CIFS (SMB)', kind: 'network' },
  { type: 0xfe534d42, name: 'SMB', kind: 'network' },
  { type: 0x5346414f, name: 'AFS', kind: 'network' },
  { type: 0x00c36400, name: 'Ceph', kind: 'network' },
  { type: 0x65735546, name: 'FUSE', kind: 'shared' },
  { type: 0x01021997, name: '9p (a folder shared with a virtual machine)', kind: 'shared' },
  { type: 0x786f4256, name: 'vboxsf (a folder shared with a virtual machine)', kind: 'shared' },
  { type: 0x01021994, name: 'tmpfs: it is gone when the machine restarts', kind: 'fleeting' },
  { type: 0x858458f6, name: 'ramfs: it is gone when the machine restarts', kind: 'fleeting' },
  { type: 0x794c7630, name: 'overlayfs: it is gone with the container', kind: 'fleeting' },
];

const REMEDIES = {
  network: "SQLite's locks and shared memory do not work across a network: move it to a local disk.",
  shared: 'Prefer a local disk: not all of these sync and lock as SQLite needs.',
  fleeting: 'Mount a volume there, unless this is a try.',
};

/**
 * Whether the disk under the data directory has room, can be trusted, and is quick enough.
 *
 * @param reserve `KANDA_DISK_RESERVE` in bytes; null: not set
 */
export function checkDisk(place: StorePlace, reserve: number | null): Finding[] {
  if (statSync(place.dataDir, { throwIfNoEntry: false })?.isDirectory() !== true) return [];
  return [spaceFinding(place, reserve), ...fileSystemFinding(place), writeFinding(place)];
}

function spaceFinding({ dataDir, database }: StorePlace, reserve: number | null): Finding {
  const { bavail, blocks, bsize } = statfsSync(dataDir);
  const free = bavail * bsize;
  const used = statSync(database, { throwIfNoEntry: false })?.size ?? 0;
  const found = `${formatBytes(free)} free, the store has ${formatBytes(used)}`;
  const kept = reserve ?? defaultReserve(blocks * bsize);
  if (free < kept) {
    return problem(
      'Disk space',
      `${found}, less than the ${formatBytes(kept)} that are kept (KANDA_DISK_RESERVE)`,
      'Make room. Until then sign-ups, enrolments and new API keys are refused; codes are checked until the disk is full.',
    );
  }
  if (free < MIN_FREE_BYTES) {
    return problem(
      'Disk space',
      found,
      'Make room. On a full disk Kanda accepts no code, as it can record none.',
    );
  }
  return free < COMFORTABLY_FREE || free < used
    ? look(
        'Disk space',
        found,
        'Make room: the store grows with every validation. KANDA_LOG_RETENTION bounds the log.',
      )
    : fine('Disk space', found);
}

function fileSystemFinding({ dataDir }: StorePlace): Finding[] {
  if (process.platform !== 'linux') return [];
  const type = statfsSync(dataDir).type >>> 0;
  const unfit = UNFIT.find((candidate) => candidate.type === type);
  if (unfit === undefined) return [fine('File system', `local (type 0x${type.toString(16)})`)];
  const found = `the data directory is on ${unfit.name}`;
  return [(unfit.kind === 'network' ? problem : look)('File system', found, REMEDIES[unfit.kind])];
}

function writeFinding({ dataDir }: StorePlace): Finding {
  let folder: string | null = null;
  try {
    folder = mkdtempSync(join(dataDir, '.doctor-'));
    const times = measureCommits(folder, BATCHES);
    const median = times[Math.floor(times.length / 2)] ?? 0;
    const found = `a durable commit takes ${median.toFixed(1)} ms, ${(times.at(-1) ?? 0).toFixed(1)} ms at worst (of ${BATCHES})`;
    return median > SLOW_COMMIT_MS
      ? look('Disk writes', found, 'Every validation waits for one. A local SSD takes about 1 ms.')
      : fine('Disk writes', found);
  } catch (error) {
    const fault = diskFault(error, dataDir);
    const { found, remedy } =
      fault === null
        ? { found: (error as Error).message, remedy: 'Run this as the user that the server runs as.' }
        : DISK_FAULTS[fault];
    return problem('Disk writes', `nothing can be written to ${dataDir}: ${found}`, remedy);
  } finally {
    if (folder !== null) rmSync(folder, { recursive: true, force: true });
  }
}
