import { csvLine } from './csv.ts';
import { type EventJson, EventView } from './schemas.ts';

/** Pages of events as the text of an export. */

type Pages = AsyncIterable<readonly EventJson[]>;

const COLUMNS = Object.keys(EventView.properties) as (keyof EventJson)[];

/** CSV with a line of names first. */
export async function* csvLines(pages: Pages): AsyncGenerator<string> {
  yield csvLine(COLUMNS);
  for await (const events of pages) {
    yield events.map((event) => csvLine(COLUMNS.map((column) => event[column]))).join('');
  }
}

/** One JSON object a line, as the log's tree has the events. */
export async function* ndjsonLines(pages: Pages): AsyncGenerator<string> {
  for await (const events of pages) {
    yield events.map((event) => `${JSON.stringify(event)}\n`).join('');
  }
}
