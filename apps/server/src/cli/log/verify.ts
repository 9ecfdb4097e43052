import type { VerifierKey } from '@kanda/tlog';
import type { Config } from '../../config/schema.ts';
import { originOf } from '../../domain/log/origin.ts';
import type { VerifiedLog } from '../../domain/log/verify-log.ts';
import type { Witness } from '../../domain/log/witness.ts';
import { DAY_MS } from '../../domain/time.ts';
import { formatCount, formatTime } from '../lib/format.ts';
import { Progress } from '../lib/progress.ts';
import { terminalText } from '../lib/terminal-text.ts';
import { type LogFile, openLogs, withLogFile } from './log-file.ts';
import { verifyExportedLog } from './verify-export.ts';
import { verifyStoredLog } from './verify-store.ts';
import {
  cosignaturesOf,
  cosignerKeys,
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
  readonly witness?: readonly string[];
  readonly account?: string;
  readonly export?: string;
  readonly firstProof?: string;
}

/** Whose signatures and cosignatures count. */
interface Trust {
  /** Empty: no signature is looked at. */
  readonly keys: TrustedKeys;
  /** Each of them has to have cosigned a checkpoint of each log. */
  readonly cosigners: readonly VerifierKey[];
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
  const trust = { keys: trustedKeys(options.key ?? []), cosigners: cosignerKeys(options.witness ?? []) };
  const kept = readCheckpoints(options.checkpoint ?? []);
  const remembered = options.export === undefined ? await rememberedCheckpoints(config) : [];
  const wanted = options.account === undefined ? null : `kanda/${options.account}`;
  const whole =
    options.export === undefined
      ? await withLogFile(config, (file) =>
          verifyStore(config, file, trust, { kept, remembered }, wanted, now),
        )
      : await verifyExport(options.export, options.firstProof ?? null, trust, kept, wanted);
  if (!whole) process.exitCode = 1;
}

function verifyStore(
  config: Config,
  { path, shown }: LogFile,
  trust: Trust,
  { kept, remembered }: Evidence,
  wanted: string | null,
  now: number,
): boolean {
  const reader = openLogs(path, shown, 'verified');
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
      const own = witnessesOf(kept, origin, trust);
      const here = witnessesOf(remembered, origin, trust);
      const progress = new Progress(`Verifying ${origin}`);
      const log = verifyStoredLog({
        reader,
        place,
        origin,
        kept: [...own.witnesses, ...here.witnesses.map((one) => ({ ...one, kept: false, remembered: true }))],
        ...trust,
        retentionMs,
        now,
        onProgress: (done) => progress.show(done),
      });
      progress.end();
      const unsigned = withWorthless(log, own, 'that was handed in');
      return tell(origin, withWorthless(unsigned, here, 'that this node remembers'), trust);
    });
    return missing.length === 0 && results.every((whole) => whole);
  } finally {
    reader.close();
  }
}

async function verifyExport(
  path: string,
  firstProof: string | null,
  trust: Trust,
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
  const own = witnessesOf(kept, origin, trust);
  const progress = new Progress(`Reading ${path}`);
  try {
    const log = await verifyExportedLog({
      path,
      firstProof,
      kept: own.witnesses,
      onProgress: (done) => progress.show(done),
    });
    progress.end();
    return tell(origin, withWorthless(log, own, 'that was handed in'), trust);
  } catch (error) {
    progress.end();
    if ((error as NodeJS.ErrnoException).code === undefined) throw error;
    throw new Error(`The export ${path} cannot be read (${(error as Error).message}).`, { cause: error });
  }
}

/** Checkpoints of one log, and what is wrong with some of them. */
interface Sorted {
  readonly witnesses: Witness[];
  /** What is wrong with the checkpoint, as the end of a sentence about it. */
  readonly faults: readonly { readonly size: number; readonly fault: string }[];
}

/** With a key at hand a checkpoint that it did not sign is worth nothing, wherever it was kept. */
function witnessesOf(kept: readonly HandedIn[], origin: string, { keys, cosigners }: Trust): Sorted {
  const own = kept.filter(({ checkpoint }) => checkpoint.origin === origin);
  const witnesses: Witness[] = [];
  const faults: { size: number; fault: string }[] = [];
  for (const one of own) {
    const { size } = one.checkpoint;
    if (keys.length > 0 && !isTrusted(one, keys)) {
      faults.push({ size, fault: 'is not signed by the given key' });
      continue;
    }
    const { cosigned, forged } = cosignaturesOf(one.note, cosigners);
    for (const name of forged) faults.push({ size, fault: `bears a forged cosignature of ${name}` });
    witnesses.push({ ...one.checkpoint, kept: true, cosigned });
  }
  return { witnesses, faults };
}

function withWorthless(log: VerifiedLog, { faults }: Sorted, which: string): VerifiedLog {
  const findings = faults.map(({ size, fault }) => ({
    event: null,
    message: `the checkpoint of ${size} events ${which} ${fault}`,
  }));
  return { ...log, findings: [...log.findings, ...findings] };
}

/** Prints what was found about one log. True: it is whole. */
function tell(
  origin: string,
  { findings, covered, cosigned, coveredTo, lastEvent, prunedTo }: VerifiedLog,
  { keys, cosigners }: Trust,
): boolean {
  const withKey = keys.length > 0;
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
  const strangers = cosigners.filter(({ name }) => !cosigned.has(name));
  if (strangers.length > 0) {
    tellFailure(
      origin,
      strangers.map(({ name }) => `no checkpoint that it leads to was cosigned by ${name}`),
    );
    return false;
  }
  const { size, at, kept, remembered = false } = covered;
  const beside = remembered ? ' that this node remembers' : ' in the store';
  console.log(
    `✓ ${origin}: ${formatCount(size, 'event')} lead to the checkpoint ${at === null ? '' : `of ${formatTime(at)}`}` +
      `${kept ? ' that was handed in' : beside}${withKey ? ', signed by the given key' : ''}`,
  );
  for (const [name, { size: to, cosigned: by }] of cosigned)
    console.log(`  cosigned by ${name}: ${formatCount(to, 'event')}, at ${formatTime(by?.get(name) ?? 0)}`);
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
  // Messages quote what is in the store, which someone may have written who means harm.
  console.log(terminalText(`✗ ${origin}: ${messages.join('\n  ')}`));
}
