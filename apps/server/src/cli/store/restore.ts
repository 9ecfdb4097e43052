import { existsSync, linkSync, renameSync, rmSync } from 'node:fs';
import { dirname } from 'node:path';
import { assertNotForeign, makeDataDir } from '../../compose/data-folder.ts';
import { assertOpens, type FoundMasterKeys, findMasterKeys } from '../../compose/master-keys.ts';
import {
  assertEmbedded,
  existingStore,
  type StorePlace,
  storeExists,
  storePlace,
} from '../../compose/store-place.ts';
import type { Config } from '../../config/schema.ts';
import { type StoreFacts, StoreFileError } from '../../store/sqlite/examine.ts';
import { DatabaseInUseError, type Hold, takeExclusively } from '../../store/sqlite/exclusive.ts';
import { prepareRestore } from '../../store/sqlite/restore.ts';
import { draftFor, SIDE_FILES, syncFolder } from '../lib/draft-file.ts';
import { formatCount, formatSpan, formatTime } from '../lib/format.ts';
import { wordsAgain } from '../lib/settings.ts';
import { checkLogs, shownDamage } from '../log/damaged-logs.ts';
import { forgetSeen, setSignedAside, signedAsideText } from '../log/signed-aside.ts';
import { wherePut } from '../master-keys/at-hand.ts';
import { idsOf, keyState } from '../master-keys/key-state.ts';
import { type BackupSource, backupSource, storeItself } from './backup-source.ts';
import { clockFault, type Restored, whatToLookAfter } from './restored-store.ts';

export interface RestoreCommandOptions {
  readonly force?: boolean;
  readonly ignoreClock?: boolean;
  /** Also a backup whose logs are not what their trees say. */
  readonly acceptDamage?: boolean;
  /** The flags as they were given. */
  readonly dataDir?: string;
  readonly masterKeyFile?: string;
}

/**
 * Puts a backup, `-` for one on standard input, in the store's place. Refuses while a server has the store open, and when
 * the backup is damaged, newer than this version, or not to be opened with the master key at hand: until all that is
 * known to be well, nothing in the data directory changes.
 */
export async function restore(config: Config, file: string, options: RestoreCommandOptions): Promise<void> {
  assertEmbedded(config, 'pg_restore and then `kanda store restored`');
  const place = storePlace(config);
  const occupied = storeExists(place);
  const source = backupSource(file, place);
  if (occupied && options.force !== true) {
    throw new Error(
      `There is already a store in ${place.dataDir}. Replace it with: ${commandAgain({ ...options, force: true }, file)} (the present one is kept beside it)`,
    );
  }
  await putInPlace(config, place, source, {
    occupied,
    ignoreClock: options.ignoreClock === true,
    acceptDamage: options.acceptDamage === true,
    again: (more) => commandAgain({ ...options, ...more }, file),
  });
}

/** Does with the store itself what a restore does with a backup: it was put there by other means. */
export async function restoreInPlace(
  config: Config,
  { ignoreClock = false }: Pick<RestoreCommandOptions, 'ignoreClock'>,
): Promise<void> {
  const place = existingStore(config);
  await putInPlace(config, place, storeItself(place), {
    occupied: true,
    ignoreClock,
    // There is no better one.
    acceptDamage: true,
    again: () => 'kanda store restored --ignore-clock',
  });
}

type SpiteFlags = Pick<RestoreCommandOptions, 'ignoreClock' | 'acceptDamage'>;

interface Placing {
  /** Whether a store is there already. */
  readonly occupied: boolean;
  readonly ignoreClock: boolean;
  readonly acceptDamage: boolean;
  /** What to type to have it done in spite of something. */
  readonly again: (more: SpiteFlags) => string;
}

async function putInPlace(
  config: Config,
  place: StorePlace,
  source: BackupSource,
  { occupied, ignoreClock, acceptDamage, again }: Placing,
): Promise<void> {
  assertNotForeign(place.dataDir);
  const found = masterKeysFor(config, place);
  makeDataDir(place.dataDir);

  const hold = occupied ? holdStore(place) : null;
  try {
    const draft = draftFor(place.database);
    try {
      await source.copyInto(draft.path, hold);
      const facts = await prepareRestore({
        path: draft.path,
        clock: Date.now,
        accept(candidate) {
          assertOurs(candidate, found, place);
          if (!ignoreClock) assertClock(candidate, Date.now(), again({ ignoreClock: true }));
        },
      });
      await assertLogs(draft.path, acceptDamage, again({ acceptDamage: true }));
      const kept = setAside(place, hold);
      draft.place();
      // What was signed after the backup: the store that is there now has not got it.
      const signed = setSignedAside(config);
      forgetSeen(config);
      report(facts, place, kept, signed);
    } catch (error) {
      draft.discard();
      throw explained(error, source.shown);
    }
  } finally {
    hold?.release();
  }
}

function masterKeysFor(config: Config, place: StorePlace): FoundMasterKeys {
  const found = findMasterKeys(config, place.dataDir);
  if (found === null) {
    throw new Error(
      `A backup holds no master key, and there is none at ${place.masterKey}. Put the key that the store was made with there (chmod 600), or name it with --master-key-file or KANDA_MASTER_KEY, and restore again.`,
    );
  }
  return found;
}

function holdStore({ database }: StorePlace): Hold {
  try {
    return takeExclusively(database);
  } catch (error) {
    if (!(error instanceof DatabaseInUseError)) throw error;
    throw new Error(
      `${database} is in use. Stop the Kanda server first (systemctl stop kanda, docker compose stop kanda), and any other program that has the file open. Nothing was changed.`,
      { cause: error },
    );
  }
}

function assertOurs(facts: StoreFacts, found: FoundMasterKeys, place: StorePlace): void {
  if (facts.newer.length > 0) {
    throw new StoreFileError(
      `a newer version of Kanda wrote it (it has ${facts.newer.join(', ')}). Restore it with that version or a later one`,
    );
  }
  const state = keyState(found.masterKeys, facts.wrapped);
  const missing = idsOf(state, 'missing');
  if (missing.length > 0) {
    const needed = missing.join(', ');
    const given = found.masterKeys.map(({ id }) => id).join(', ');
    throw new StoreFileError(
      facts.serverKeys.some(({ masterKeyId }) => missing.includes(masterKeyId))
        ? `${place.masterKey} has the wrong master key for it: it needs ${needed}, and there is ${given}. If the key was rotated after this backup, put the older key ${wherePut(found)}, and restore again`
        : `the master key of ${place.masterKey} (${given}) opens only a part of it; the rest needs ${needed}. Put that key ${wherePut(found)}, and restore again`,
    );
  }
  assertOpens(found.masterKeys, facts.serverKeys);
}

/** By the trees of the logs; the tables are of this version by now. */
async function assertLogs(path: string, acceptDamage: boolean, again: string): Promise<void> {
  const checked = await checkLogs(path);
  if (checked.findings.length === 0) return;
  const found = `its log ${shownDamage(checked)}`;
  if (!acceptDamage)
    throw new StoreFileError(`${found}. Restore an older backup; if this is the best one: ${again}`);
  console.error(`It is restored as you asked, and ${found}.`);
}

/** The command, to be typed again with these options. */
function commandAgain(options: RestoreCommandOptions, file: string): string {
  const flags = [
    ...(options.force === true ? ['--force'] : []),
    ...(options.ignoreClock === true ? ['--ignore-clock'] : []),
    ...(options.acceptDamage === true ? ['--accept-damage'] : []),
  ];
  return ['kanda restore', ...flags, wordsAgain(options, file)].join(' ');
}

function assertClock({ newestEventAt }: StoreFacts, now: number, again: string): void {
  const fault = clockFault(newestEventAt, now);
  if (fault === null) return;
  throw new StoreFileError(`${fault}. Set the clock and restore again; if this clock is right: ${again}`);
}

/**
 * Keeps the present store under another name, and takes away what SQLite would read as part of the new one.
 * `kanda.db` itself stays until the new file takes its place, so that at no time there is none.
 */
function setAside({ database }: StorePlace, hold: Hold | null): string | null {
  const stamp = new Date().toISOString().replace(/[-:]|\.\d+/g, '');
  const kept = `${database}.before-restore-${stamp}`;
  for (const suffix of SIDE_FILES) {
    if (!existsSync(`${database}${suffix}`)) continue;
    if (suffix === '-shm') rmSync(`${database}${suffix}`);
    else renameSync(`${database}${suffix}`, `${kept}${suffix}`);
  }
  if (hold === null) return null;
  try {
    linkSync(database, kept);
  } catch {
    // A file system without hard links: for a moment there is no kanda.db.
    renameSync(database, kept);
  }
  syncFolder(dirname(database));
  return kept;
}

function report(
  facts: StoreFacts & Restored,
  place: StorePlace,
  kept: string | null,
  signed: string | null,
): void {
  const age =
    facts.newestEventAt === null
      ? ''
      : ` as of ${formatTime(facts.newestEventAt)} (${formatSpan(Date.now() - facts.newestEventAt)} ago)`;
  console.log(
    `${place.database}  ${formatCount(facts.accounts, 'account')}, ${formatCount(facts.clients, 'user')}${age}`,
  );
  if (kept !== null)
    console.error(`The store that was there is kept as ${kept}. Delete it when you no longer need it.`);
  if (signed !== null) console.error(signedAsideText(signed));
  console.error(whatToLookAfter(facts, Date.now()));
}

function explained(error: unknown, source: string): unknown {
  if (!(error instanceof Error)) return error;
  const reason = error.message.replace(/\.$/, '');
  return new Error(`${source} cannot be restored: ${reason}. The store was not changed.`, { cause: error });
}
