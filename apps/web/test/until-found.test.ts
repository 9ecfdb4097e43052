import { describe, expect, it } from 'vitest';
import { untilFull } from '../src/dashboard/until-found.ts';

/** Pages as the server gives them; each page's cursor is the index of the next. */
function server(pages: readonly number[][]) {
  const asked: (string | null)[] = [];
  const read = async (cursor: string | null) => {
    asked.push(cursor);
    const at = Number(cursor ?? 0);
    return { data: pages[at] ?? [], nextCursor: at + 1 < pages.length ? String(at + 1) : null };
  };
  return { asked, read };
}

const { signal } = new AbortController();

describe('a page of a search', () => {
  it('goes on after one match, so that no Next leads to nothing', async () => {
    const { read } = server([[1], [], []]);
    expect(await untilFull(read, null, 50, signal)).toEqual({ data: [1], nextCursor: null });
  });

  it('stops when it is full, and leaves the rest for Next', async () => {
    const { asked, read } = server([[1, 2], [3], [4], [5]]);
    expect(await untilFull(read, null, 3, signal)).toEqual({ data: [1, 2, 3], nextCursor: '2' });
    expect(asked).toEqual([null, '1']);
  });

  it('stops at some time where there is no match, and can be gone on with', async () => {
    const { asked, read } = server(Array.from({ length: 100 }, () => []));
    expect(await untilFull(read, null, 50, signal)).toEqual({ data: [], nextCursor: '20' });
    expect(asked).toHaveLength(20);
  });
});
