import { createWriteStream, existsSync } from 'node:fs';
import { Readable } from 'node:stream';
import { pipeline } from 'node:stream/promises';
import { openExisting } from '../../compose/existing-installation.ts';
import type { Config } from '../../config/schema.ts';
import type { Store } from '../../domain/store.ts';
import { csvLines, ndjsonLines } from '../../http/routes/log/export-lines.ts';
import type { EventJson } from '../../http/routes/log/schemas.ts';
import { eventView } from '../../http/routes/views.ts';
import { draftFor } from '../lib/draft-file.ts';
import { formatCount } from '../lib/format.ts';
import { timeOf } from '../lib/time.ts';
import { type ChosenLog, chosenLog, type LogChoice } from './chosen-log.ts';

const READ_AT_ONCE = 250;

export interface ExportLogOptions extends LogChoice {
  readonly format: string;
  readonly from?: string;
  readonly to?: string;
  readonly force?: boolean;
  readonly json?: boolean;
}

/** Writes a log as `GET /api/logs` exports it, newest first: into a file, or `-`, standard output. */
export async function exportLog(config: Config, file: string, options: ExportLogOptions): Promise<void> {
  const linesOf = { csv: csvLines, ndjson: ndjsonLines }[options.format];
  if (linesOf === undefined) throw new Error('--format takes csv or ndjson.');
  const times = { from: timeIn('--from', options.from), to: timeIn('--to', options.to) };
  if (file !== '-' && existsSync(file) && options.force !== true) {
    throw new Error(`${file} is there already. Replace it with --force.`);
  }
  const installation = await openExisting(config);
  try {
    const log = await chosenLog(installation, options);
    const counted = { events: 0 };
    const lines = Readable.from(linesOf(pagesOf(installation.store, log, times, counted)));
    if (file === '-') {
      await pipeline(lines, process.stdout, { end: false });
      return;
    }
    const draft = draftFor(file);
    try {
      await pipeline(lines, createWriteStream(draft.path, { flags: 'r+' }));
      draft.place();
    } catch (error) {
      draft.discard();
      throw error;
    }
    if (options.json === true) console.log(JSON.stringify({ log: log.origin, file, ...counted }));
    else
      console.log(
        `${formatCount(counted.events, 'event')} of ${log.origin} are in ${file}, as ${options.format}.`,
      );
  } finally {
    await installation.close();
  }
}

async function* pagesOf(
  store: Store,
  { accountId, filter }: ChosenLog,
  times: { readonly from: number | null; readonly to: number | null },
  counted: { events: number },
): AsyncGenerator<readonly EventJson[]> {
  let cursor: string | null = null;
  do {
    const page: Awaited<ReturnType<Store['listEvents']>> = await store.listEvents(
      accountId,
      { ...filter, ...times },
      { cursor, limit: READ_AT_ONCE },
    );
    counted.events += page.data.length;
    yield page.data.map(eventView);
    cursor = page.nextCursor;
  } while (cursor !== null);
}

function timeIn(flag: string, text: string | undefined): number | null {
  if (text === undefined) return null;
  const time = timeOf(text);
  if (time !== null) return time;
  throw new Error(
    `${flag} takes a day or a time with its zone. Examples: ${flag} 2027-01-31, ${flag} 2027-01-31T09:30:00Z`,
  );
}
