import { existsSync } from 'node:fs';
import { join, resolve } from 'node:path';
import { refuseRoot } from '../../compose/foreign-folder.ts';
import { DATABASE_FILE, databaseLimits, unusableDatabase } from '../../compose/open-store.ts';
import type { Config } from '../../config/schema.ts';
import { type CopyProgress, type CopyReport, cancelCopy, copyStore } from '../../store/copy/copy-store.ts';
import type { CopySide } from '../../store/copy/side.ts';
import { openPostgresSide } from '../../store/postgres/copy-side.ts';
import { shownAddress } from '../../store/postgres/database-url.ts';
import { hasTables } from '../../store/postgres/examine.ts';
import { openSqliteSide } from '../../store/sqlite/copy-side.ts';
import { formatCount } from '../lib/format.ts';
import { Progress } from '../lib/progress.ts';
import { formatTable } from '../lib/table.ts';

export interface StoreCopyOptions {
  readonly from: string;
  readonly to: string;
  readonly cancel?: boolean;
}

/** Moving a large store takes minutes in which no server runs: a log tells how far it is, too. */
const LOG_EVERY_MS = 10_000;

/** In place of a URL, which others on the machine could read on the command line. */
const FROM_SETTINGS = 'KANDA_DATABASE_URL';

/** Copies a store into another, empty one and leaves the first; or ends a copy that has not ended. */
export async function copy(config: Config, { from, to, cancel = false }: StoreCopyOptions): Promise<void> {
  const source = await openSide(config, from, '--from');
  try {
    const target = await openSide(config, to, '--to');
    try {
      if (source.shown === target.shown)
        throw new Error(`--from and --to are the same store: ${source.shown}.`);
      if (cancel) {
        await cancelCopy(source, target);
        console.log(`${source.shown} takes changes again; ${target.shown} is empty.`);
        return;
      }
      tell(await copyStore(source, target, progressOf()), source, target);
    } finally {
      await target.close();
    }
  } finally {
    await source.close();
  }
}

async function openSide(config: Config, place: string, flag: '--from' | '--to'): Promise<CopySide> {
  if (place === FROM_SETTINGS && config.databaseUrl === null) {
    throw new Error(`${flag} is ${FROM_SETTINGS}, and that is not set.`);
  }
  const url = place === FROM_SETTINGS ? config.databaseUrl?.reveal() : place;
  if (url !== undefined && /^postgres(ql)?:/.test(url)) {
    if (!URL.canParse(url)) throw new Error(`${flag} is not a URL (its value is not shown here).`);
    try {
      if (flag === '--to' || (await hasTables(url, databaseLimits(config))))
        return await openPostgresSide(url, databaseLimits(config));
    } catch (error) {
      throw unusableDatabase(error, url, place === FROM_SETTINGS ? FROM_SETTINGS : flag);
    }
    throw new Error(
      `There is no store in ${shownAddress(url)}: the database is empty. Is ${flag} the one that the servers have?`,
    );
  }
  const folder = resolve(place);
  if (!existsSync(folder)) {
    throw new Error(
      `${flag} is ${folder}, and there is no such folder. Name a data directory or a postgres:// URL.`,
    );
  }
  refuseRoot(folder);
  const path = join(folder, DATABASE_FILE);
  if (flag === '--from' && !existsSync(path))
    throw new Error(`There is no store in ${folder} (no ${DATABASE_FILE}).`);
  return openSqliteSide(path);
}

function progressOf(): CopyProgress {
  const copying = new Progress('Copying', LOG_EVERY_MS);
  const comparing = new Progress('Comparing', LOG_EVERY_MS);
  return {
    copying: (_, done) => copying.show(done),
    comparing: (_, done) => {
      copying.end();
      if (done < 1) comparing.show(done);
      else comparing.end();
    },
  };
}

function tell({ tables, kept }: CopyReport, source: CopySide, target: CopySide): void {
  const rows = tables.map(({ table, rows: count, digest }) => [table, String(count), digest]);
  console.log(formatTable([['TABLE', 'ROWS', 'SHA-256, IN BOTH'], ...rows]));
  const total = tables.reduce((sum, { rows: count }) => sum + count, 0);
  console.log(
    `\n${formatCount(total, 'row')} of ${source.shown} are in ${target.shown}${kept === null ? '' : `, with ${kept} that an earlier run had copied`}.`,
  );
  console.error(`${source.shown} takes no changes any more. What is left to do:
  - Give the servers the new place (KANDA_DATABASE_URL or KANDA_DATA_DIR) with the same master key, and start them.
  - Keep the old store until you have a backup of the new one; then delete it.`);
}
