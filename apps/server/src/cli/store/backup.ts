import {
  createReadStream,
  existsSync,
  mkdirSync,
  mkdtempSync,
  readdirSync,
  rmSync,
  type Stats,
  statSync,
} from 'node:fs';
import { tmpdir } from 'node:os';
import { basename, dirname, join, resolve } from 'node:path';
import { pipeline } from 'node:stream/promises';
import { refuseRoot } from '../../compose/foreign-folder.ts';
import { assertNotLost, rememberedStore } from '../../compose/lost-store.ts';
import { assertEmbedded, existingStore, type StorePlace } from '../../compose/store-place.ts';
import { pendingUpgrade } from '../../compose/upgrade.ts';
import type { Config } from '../../config/schema.ts';
import { DAY_MS } from '../../domain/time.ts';
import { backupDatabase } from '../../store/sqlite/backup.ts';
import { type StoreFacts, StoreFileError } from '../../store/sqlite/examine.ts';
import { type DraftFile, draftFor, SIDE_FILES } from '../lib/draft-file.ts';
import { formatBytes, formatCount } from '../lib/format.ts';
import { Progress } from '../lib/progress.ts';
import { wordsAgain } from '../lib/settings.ts';
import { shellWord } from '../lib/shell-word.ts';
import { checkLogs, shownDamage } from '../log/damaged-logs.ts';
import { noteBackup } from './note-backup.ts';

export interface BackupCommandOptions {
  readonly force?: boolean;
  /** Also of a store whose logs are not what their trees say. */
  readonly acceptDamage?: boolean;
  /** How many to keep, as it was given. */
  readonly keep?: string;
  /** The flag as it was given. */
  readonly dataDir?: string;
}

/**
 * Copies the store into `file` while a server may be working on it; `-`: onto standard output. Needs no master key, and
 * holds none. With `keep` the file is a folder, where each backup has the time in its name and only the newest stay.
 */
export async function backUp(config: Config, file: string, options: BackupCommandOptions): Promise<void> {
  assertEmbedded(config, 'pg_dump');
  const place = existingStore(config);
  if (file === '-') {
    await streamBackup(config, place, file, options);
    return;
  }
  const keep = options.keep === undefined ? null : keepOf(options.keep);
  const target = resolve(keep === null ? file : join(file, nameAt(new Date())));
  assertTarget(target, place, file, options);
  const draft = makeDraft(target);
  const facts = await copyInto(draft, config, file, options);
  draft.place();
  noteBackup(place.dataDir);
  console.log(`${target}  ${shownFacts(statSync(target).size, facts)}`);
  if (keep !== null) forgetOlder(target, keep);
  console.error(keyIsNotInIt(place));
}

/** No backup of a store that went back takes the place of those from before, which no server would serve either. */
async function assertWorthIt(config: Config): Promise<void> {
  const remembered = rememberedStore(config);
  const found = await pendingUpgrade(config);
  if (!found.isChanging) await assertNotLost(config, found, remembered);
}

/** Made and checked beside, since what went down a pipe cannot be taken back. */
async function streamBackup(
  config: Config,
  place: StorePlace,
  file: string,
  options: BackupCommandOptions,
): Promise<void> {
  if (options.keep !== undefined)
    throw new Error('--keep is for a folder of backups, not for standard output.');
  if (process.stdout.isTTY) {
    throw new Error(
      'Refusing to write a backup to the terminal. Pipe it: kanda backup - | age -r age1… > kanda.db.age',
    );
  }
  const folder = mkdtempSync(join(tmpdir(), 'kanda-backup-'));
  try {
    const draft = draftFor(join(folder, 'kanda.db'));
    const facts = await copyInto(draft, config, file, options);
    const { size } = statSync(draft.path);
    await pipeline(createReadStream(draft.path), process.stdout, { end: false });
    draft.discard();
    noteBackup(place.dataDir);
    console.error(shownFacts(size, facts));
    console.error(keyIsNotInIt(place));
  } finally {
    rmSync(folder, { recursive: true, force: true });
  }
}

async function copyInto(
  draft: DraftFile,
  config: Config,
  file: string,
  options: BackupCommandOptions,
): Promise<CopiedFacts> {
  const { acceptDamage = false } = options;
  const again = commandAgain({ ...options, acceptDamage: true }, file);
  const place = existingStore(config);
  const progress = new Progress(`Copying ${place.database}`);
  try {
    const facts = await backupDatabase({
      from: place.database,
      to: draft.path,
      onProgress: (done) => progress.show(done),
    });
    progress.end();
    if (!acceptDamage) await assertWorthIt(config);
    return { ...facts, events: await eventsChecked(facts, draft.path, acceptDamage, again) };
  } catch (error) {
    draft.discard();
    const advice =
      error instanceof StoreFileError ? ' Keep your older backups, and look closer with: kanda doctor' : '';
    throw new Error(
      `${place.database} cannot be backed up: ${(error as Error).message}. No backup was made.${advice}`,
      { cause: error },
    );
  } finally {
    progress.end();
  }
}

interface CopiedFacts extends StoreFacts {
  /** How many events were compared with their trees; null: the tables are of another version. */
  readonly events: number | null;
}

/** @throws {StoreFileError} when an event is not what its tree says */
async function eventsChecked(
  { pending, newer }: StoreFacts,
  path: string,
  acceptDamage: boolean,
  again: string,
): Promise<number | null> {
  if (pending.length + newer.length > 0) return null;
  const checked = await checkLogs(path);
  if (checked.findings.length === 0) return checked.events;
  const found = `its log ${shownDamage(checked)}`;
  if (!acceptDamage) throw new StoreFileError(`${found}. To copy it all the same: ${again}`);
  console.error(`The backup is made as you asked, and ${found}.`);
  return checked.events;
}

function shownFacts(size: number, { accounts, clients, schema, events }: CopiedFacts): string {
  const checked =
    events === null
      ? 'every page and index checked; no event, as the tables are of another version'
      : `every page and index checked, and ${formatCount(events, 'event')} by the trees of the logs`;
  return `${formatBytes(size)}, ${formatCount(accounts, 'account')}, ${formatCount(clients, 'user')}, schema ${schema.at(-1)}; ${checked}`;
}

/** The command, to be typed again with these options. */
function commandAgain(options: BackupCommandOptions, file: string): string {
  const flags = [
    ...(options.force === true ? ['--force'] : []),
    ...(options.acceptDamage === true ? ['--accept-damage'] : []),
    ...(options.keep === undefined ? [] : [`--keep ${shellWord(options.keep)}`]),
  ];
  return ['kanda backup', ...flags, wordsAgain(options, file)].join(' ');
}

function keyIsNotInIt({ masterKey }: StorePlace): string {
  return `The master key is NOT in it (${masterKey}). Keep a copy of the key in another place than the backup: without it no secret in the backup can be read, and with both anyone can read all.`;
}

const NAME = /^kanda-\d{4}-\d\d-\d\dT\d{6}Z\.db$/;
/** As `draftFor` names them, with SQLite's files beside. */
const DRAFT_NAME = /^\.kanda-\d{4}-\d\d-\d\dT\d{6}Z\.db\.[0-9a-f]+\.partial(-wal|-shm|-journal|-compact)?$/;

function nameAt(time: Date): string {
  return `kanda-${time.toISOString().replace(/:|\.\d+/g, '')}.db`;
}

function keepOf(text: string): number {
  if (/^[1-9]\d{0,4}$/.test(text)) return Number(text);
  throw new Error(
    '--keep takes how many backups to keep, from 1 to 99999. Example: kanda backup --keep 14 /backups',
  );
}

/**
 * By their names, which sort by time; what has another name is not touched. `made` is the newest that is counted: one of a
 * time to come was named by a clock that was wrong, and must not push the others out.
 */
function forgetOlder(made: string, keep: number): void {
  const folder = dirname(made);
  const files = readdirSync(folder, { withFileTypes: true }).filter((entry) => entry.isFile());
  const names = files.map(({ name }) => name).sort();
  const backups = names.filter((name) => NAME.test(name));
  const older = backups.filter((name) => name < basename(made));
  for (const name of older.slice(0, Math.max(0, older.length - (keep - 1)))) {
    rmSync(join(folder, name));
    console.error(`Deleted ${join(folder, name)}: ${keep} newer ones are kept.`);
  }
  const ahead = backups.filter((name) => name > basename(made));
  if (ahead.length > 0) {
    console.error(
      `Neither counted nor deleted in ${folder}, since the time in the name lies ahead: ${ahead.join(', ')}. Check the clock (kanda doctor), then rename or delete them.`,
    );
  }
  for (const name of names.filter((one) => DRAFT_NAME.test(one))) forgetDraft(join(folder, name));
}

/** A run that was killed leaves its draft; that of a run that goes on was written to lately. */
function forgetDraft(path: string): void {
  const stats = statSync(path, { throwIfNoEntry: false });
  if (stats === undefined || stats.mtimeMs > Date.now() - DAY_MS) return;
  rmSync(path, { force: true });
  console.error(`Deleted ${path}, which a backup that was interrupted had left.`);
}

function assertTarget(target: string, place: StorePlace, file: string, options: BackupCommandOptions): void {
  const existing = statSync(target, { throwIfNoEntry: false });
  if (existing === undefined) return;
  if (existing.isDirectory()) {
    const inside = join(file, 'kanda-backup.db');
    throw new Error(`${target} is a folder. Name a file: ${commandAgain(options, inside)}`);
  }
  const own = [place.database, ...SIDE_FILES.map((suffix) => `${place.database}${suffix}`), place.masterKey];
  if (own.some((path) => isSameFile(existing, path))) {
    throw new Error(`${target} belongs to the store itself. Name another file, best on another disk.`);
  }
  if (options.force !== true) {
    throw new Error(
      `${target} exists. Name another file, or replace it: ${commandAgain({ ...options, force: true }, file)}`,
    );
  }
}

/** Whatever the two are called: links and other spellings are the same file. */
function isSameFile(file: Stats, path: string): boolean {
  const other = existsSync(path) ? statSync(path) : undefined;
  return other !== undefined && other.dev === file.dev && other.ino === file.ino;
}

function makeDraft(target: string): DraftFile {
  refuseRoot(dirname(target));
  try {
    mkdirSync(dirname(target), { recursive: true, mode: 0o700 });
    return draftFor(target);
  } catch (cause) {
    throw new Error(`${dirname(target)} cannot be written to (${(cause as Error).message}).`, { cause });
  }
}
