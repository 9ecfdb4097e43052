import type { Config } from '../../config/config.ts';
import { originOf } from '../../domain/log/checkpoint.ts';
import type { VerifiedLog, Witness } from '../../domain/log/verify-log.ts';
import { DAY_MS } from '../../domain/time.ts';
import { LogReader } from '../../store/sqlite/log-reader.ts';
import { formatCount, formatTime } from '../lib/format.ts';
import { Progress } from '../lib/progress.ts';
import { type LogFile, withLogFile } from './log-file.ts';
import { verifyExportedLog } from './verify-export.ts';
import { verifyStoredLog } from './verify-store.ts';
import {
  type Evidence,
  type HandedIn,
  isTrusted,
  readCheckpoints,
  rememberedCheckpoints,
  type TrustedKeys,
  trustedKeys,
} from './witnesses.ts';

export interface VerifyCommandOptions {
  readonly checkpoint?: readonly string[];
  readonly key?: readonly string[];
  readonly account?: string;
  readonly export?: string;
  readonly firstProof?: string;
}

/**
 * Verifies every log of the store, or one that was exported, and prints what it found. Needs no server and no
 * master key. The exit status is 1 unless every log is whole and led to a checkpoint.
 */
export async function verifyLogs(
  config: Config,
  options: VerifyCommandOptions,
  now: number = Date.now(),
): Promise<void> {
  const keys = trustedKeys(options.key ?? []);
  const kept = readCheckpoints(options.checkpoint ?? []);
  const remembered = options.export === undefined ? await rememberedCheckpoints(config) : [];
  const wanted = options.account === undefined ? null : `kanda/${options.account}`;
  const whole =
    options.export === undefined
      ? await withLogFile(config, (file) =>
          verifyStore(config, file, keys, { kept, remembered }, wanted, now),
        )
      : await verifyExport(options.export, options.firstProof ?? null, keys, kept, wanted);
  if (!whole) process.exitCode = 1;
}

function verifyStore(
  config: Config,
  { path, shown }: LogFile,
  keys: TrustedKeys,
  { kept, remembered }: Evidence,
  wanted: string | null,
  now: number,
): boolean {
  const reader = openLogs(path, shown);
  try {
    const logs = reader
      .logs()
      .map((place) => ({ place, origin: originOf(place.accountPublicId) }))
      .filter(({ origin }) => wanted === null || origin === wanted);
    const missing = [...new Set([...kept, ...remembered].map(({ checkpoint }) => checkpoint.origin))].filter(
      (origin) => (wanted === null || origin === wanted) && !logs.some((log) => log.origin === origin),
    );
    for (const origin of missing) {
      const handedIn = kept.some(({ checkpoint }) => checkpoint.origin === origin);
      const how = handedIn ? 'a checkpoint of it was handed in' : 'this node remembers a checkpoint of it';
      tellFailure(origin, [`${how}, and ${shown} has no such log`]);
    }
    if (logs.length === 0 && missing.length === 0) {
      throw new Error(
        `${shown} has ${wanted === null ? 'no log' : `no log ${wanted}`}. Names: kanda account list`,
      );
    }
    const retentionMs = config.logRetentionDays === null ? null : config.logRetentionDays * DAY_MS;
    const results = logs.map(({ place, origin }) => {
      const own = witnessesOf(kept, origin, keys);
      const here = witnessesOf(remembered, origin, keys);
      const progress = new Progress(`Verifying ${origin}`);
      const log = verifyStoredLog({
        reader,
        place,
        origin,
        kept: [...own.witnesses, ...here.witnesses.map((one) => ({ ...one, kept: false, remembered: true }))],
        keys,
        retentionMs,
        now,
        onProgress: (done) => progress.show(done),
      });
      progress.end();
      const unsigned = withUnsigned(log, own.unsigned, 'that was handed in');
      return tell(origin, withUnsigned(unsigned, here.unsigned, 'that this node remembers'), keys.length > 0);
    });
    return missing.length === 0 && results.every((whole) => whole);
  } finally {
    reader.close();
  }
}

function openLogs(path: string, shown: string): LogReader {
  try {
    return new LogReader(path);
  } catch (cause) {
    throw new Error(`${shown} cannot be verified: ${(cause as Error).message}.`, { cause });
  }
}

async function verifyExport(
  path: string,
  firstProof: string | null,
  keys: TrustedKeys,
  kept: readonly HandedIn[],
  wanted: string | null,
): Promise<boolean> {
  const origins = [...new Set(kept.map(({ checkpoint }) => checkpoint.origin))].filter(
    (origin) => wanted === null || origin === wanted,
  );
  const [origin] = origins;
  if (origin === undefined) {
    throw new Error('An export says nothing by itself: hand in a checkpoint of its log, --checkpoint FILE.');
  }
  if (origins.length > 1) {
    throw new Error(`The checkpoints are of ${origins.length} logs. Say whose export it is: --account acc_…`);
  }
  const own = witnessesOf(kept, origin, keys);
  const progress = new Progress(`Reading ${path}`);
  try {
    const log = await verifyExportedLog({
      path,
      firstProof,
      kept: own.witnesses,
      onProgress: (done) => progress.show(done),
    });
    progress.end();
    return tell(origin, withUnsigned(log, own.unsigned, 'that was handed in'), keys.length > 0);
  } catch (error) {
    progress.end();
    if ((error as NodeJS.ErrnoException).code === undefined) throw error;
    throw new Error(`The export ${path} cannot be read (${(error as Error).message}).`, { cause: error });
  }
}

/** With a key at hand a checkpoint that it did not sign is worth nothing, wherever it was kept. */
function witnessesOf(
  kept: readonly HandedIn[],
  origin: string,
  keys: TrustedKeys,
): { readonly witnesses: Witness[]; readonly unsigned: readonly HandedIn[] } {
  const own = kept.filter(({ checkpoint }) => checkpoint.origin === origin);
  const trusted = keys.length === 0 ? own : own.filter((one) => isTrusted(one, keys));
  return {
    witnesses: trusted.map(({ checkpoint }) => ({ ...checkpoint, kept: true })),
    unsigned: own.filter((one) => !trusted.includes(one)),
  };
}

function withUnsigned(log: VerifiedLog, unsigned: readonly HandedIn[], which: string): VerifiedLog {
  const findings = unsigned.map(({ checkpoint }) => ({
    event: null,
    message: `the checkpoint of ${checkpoint.size} events ${which} is not signed by the given key`,
  }));
  return { ...log, findings: [...log.findings, ...findings] };
}

/** Prints what was found about one log. True: it is whole. */
function tell(
  origin: string,
  { findings, covered, coveredTo, lastEvent, prunedTo }: VerifiedLog,
  withKey: boolean,
): boolean {
  if (findings.length > 0) {
    tellFailure(
      origin,
      findings.map(({ message }) => message),
    );
    return false;
  }
  if (covered === null) {
    tellFailure(origin, ['no checkpoint covers any of its events: there is nothing to hold it against']);
    return false;
  }
  const { size, at, kept, remembered = false } = covered;
  const beside = remembered ? ' that this node remembers' : ' in the store';
  console.log(
    `✓ ${origin}: ${formatCount(size, 'event')} lead to the checkpoint ${at === null ? '' : `of ${formatTime(at)}`}` +
      `${kept ? ' that was handed in' : beside}${withKey ? ', signed by the given key' : ''}`,
  );
  if (prunedTo > 0)
    console.log(`  the bodies of events 1 to ${prunedTo} were pruned; their hashes are in the tree`);
  if (coveredTo > size) {
    console.log(
      `  ${formatCount(coveredTo - size, 'newer event')}: only a checkpoint in the store covers them`,
    );
  }
  if (lastEvent > coveredTo) {
    console.log(`  ${formatCount(lastEvent - coveredTo, 'newer event')}: no checkpoint covers them yet`);
  }
  if (!kept) {
    console.log(
      `  ! this checkpoint was stored beside the log: anyone who can write there ${withKey ? 'and has the signing key ' : ''}could have made both. Provide one that was kept elsewhere: --checkpoint FILE`,
    );
  }
  if (!withKey) console.log('  ! signatures were not looked at: --key, from `kanda audit key`');
  return true;
}

function tellFailure(origin: string, messages: readonly string[]): void {
  console.log(`✗ ${origin}: ${messages.join('\n  ')}`);
}
