interface Page<Row> {
  data: Row[];
  nextCursor: string | null;
}

/** This number of empty pages in a row is asked for; after that the reader decides whether to look further. */
const MAX_PAGES = 20;

/**
 * A page with something on it. A filter makes the server hand back an empty page when it has looked for long enough,
 * so that no other request waits; the search then goes on from there.
 */
export async function untilFound<Row>(
  readPage: (cursor: string | null) => Promise<Page<Row>>,
  from: string | null,
  signal: AbortSignal,
): Promise<Page<Row>> {
  let page = await readPage(from);
  for (let pages = 1; pages < MAX_PAGES && !signal.aborted; pages++) {
    if (page.data.length > 0 || page.nextCursor === null) break;
    page = await readPage(page.nextCursor);
  }
  return page;
}
