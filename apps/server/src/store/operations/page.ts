import { Fault } from '../../domain/errors.ts';
import type { Page } from '../../domain/page.ts';

/**
 * Cursors are opaque to callers: a kind and a number, so that the cursor of one list is not taken by
 * another. They hold no account: a number of another account's list means nothing in one's own.
 */
function cursorOf(kind: string) {
  const shape = new RegExp(`^${kind}\\.([1-9][0-9]{0,15})$`);
  return {
    encode(position: number): string {
      return Buffer.from(`${kind}.${position}`).toString('base64url');
    },
    decode(cursor: string | null): number | null {
      if (cursor === null) return null;
      const match = shape.exec(Buffer.from(cursor, 'base64url').toString('latin1'));
      const position = Number(match?.[1]);
      if (!Number.isSafeInteger(position) || this.encode(position) !== cursor) {
        throw new Fault(
          'cursor_invalid',
          'This cursor is not one that this list gave. Start again without it.',
        );
      }
      return position;
    },
  };
}

/** Cursors of lists that go on after the number of the last row. */
export const pageAfter = {
  ...cursorOf('a'),
  /** A page from `limit` + 1 rows: the row too many only tells that there are more. */
  of<T>(rows: readonly T[], limit: number, position: (row: T) => number): Page<T> {
    const data = rows.slice(0, limit);
    const last = data.at(-1);
    const more = rows.length > limit && last !== undefined;
    return { data, nextCursor: more ? this.encode(position(last)) : null };
  },
};

/** Cursors of lists that go on from a number downwards, that number included. */
export const pageFrom = cursorOf('f');
