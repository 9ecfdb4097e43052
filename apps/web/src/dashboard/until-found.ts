interface Page<Row> {
  data: Row[];
  nextCursor: string | null;
}

/** This number of empty pages in a row is asked for; after that the reader decides whether to look further. */
const MAX_PAGES = 20;

/**
 * Like `untilFound`, but goes on until the page is full: "Next" then leads to something, and is not there after the
 * last match. A search stops part of the way with few matches or none.
 */
export async function untilFull<Row>(
  readPage: (cursor: string | null) => Promise<Page<Row>>,
  from: string | null,
  full: number,
  signal: AbortSignal,
): Promise<Page<Row>> {
  const data: Row[] = [];
  let cursor = from;
  for (let pages = 0; pages < MAX_PAGES && !signal.aborted; pages++) {
    const page = await readPage(cursor);
    data.push(...page.data);
    cursor = page.nextCursor;
    if (cursor === null || data.length >= full) break;
  }
  return { data, nextCursor: cursor };
}

/**
 * A page with something on it. A filter makes the server hand back an empty page when it has looked for long enough,
 * so that no other request waits; the search then goes on from there.
 */
export async function untilFound<Found extends Page<unknown>>(
  readPage: (cursor: string | null) => Promise<Found>,
  from: string | null,
  signal: AbortSignal,
): Promise<Found> {
  let page = await readPage(from);
  for (let pages = 1; pages < MAX_PAGES && !signal.aborted; pages++) {
    if (page.data.length > 0 || page.nextCursor === null) break;
    page = await readPage(page.nextCursor);
  }
  return page;
}
