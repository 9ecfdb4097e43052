import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { Fault } from '../../../src/domain/errors.ts';
import { pageAfter, pageFrom } from '../../../src/store/operations/page.ts';

function refusalOf(decode: () => unknown): string | null {
  try {
    decode();
    return null;
  } catch (error) {
    return error instanceof Fault ? error.code : 'another error';
  }
}

describe('a cursor', () => {
  const position = fc.integer({ min: 1, max: Number.MAX_SAFE_INTEGER });

  it('gives back the position that it was made of', () => {
    fc.assert(
      fc.property(position, (number) => {
        expect(pageAfter.decode(pageAfter.encode(number))).toBe(number);
        expect(pageFrom.decode(pageFrom.encode(number))).toBe(number);
      }),
    );
  });

  it('is not taken by a list of the other kind', () => {
    fc.assert(
      fc.property(position, (number) => {
        expect(refusalOf(() => pageAfter.decode(pageFrom.encode(number)))).toBe('cursor_invalid');
        expect(refusalOf(() => pageFrom.decode(pageAfter.encode(number)))).toBe('cursor_invalid');
      }),
    );
  });

  it('is safe in a URL, and its absence is the beginning', () => {
    fc.assert(fc.property(position, (number) => /^[A-Za-z0-9_-]+$/.test(pageFrom.encode(number))));
    expect(pageAfter.decode(null)).toBeNull();
  });

  it('is refused in every spelling but the one that was given', () => {
    const given = pageAfter.encode(42);
    for (const other of ['', ' ', `${given}=`, ` ${given}`, `${given}A`, given.slice(0, -1), '42', 'a.42']) {
      expect(
        refusalOf(() => pageAfter.decode(other)),
        other,
      ).toBe('cursor_invalid');
    }
    for (const text of [
      'a.0',
      'a.-1',
      'a.007',
      'a.1e3',
      'a.9007199254740993',
      'a.1.5',
      'a. 1',
      'a.1\n',
      'b.1',
    ]) {
      const cursor = Buffer.from(text).toString('base64url');
      expect(
        refusalOf(() => pageAfter.decode(cursor)),
        text,
      ).toBe('cursor_invalid');
    }
  });

  it('made up by anybody is refused, or is a position', () => {
    fc.assert(
      fc.property(fc.oneof(fc.string(), fc.string({ unit: 'binary' }), fc.base64String()), (made) => {
        let position: number | null = null;
        const refusal = refusalOf(() => {
          position = pageFrom.decode(made);
        });
        return refusal === 'cursor_invalid' || (refusal === null && position !== null && position > 0);
      }),
    );
  });
});

describe('a page', () => {
  const rows = [9, 8, 7, 6];
  const page = (limit: number) => pageAfter.of(rows, limit, (row) => row);

  it('has a next one only when there was a row too many', () => {
    expect(page(5)).toEqual({ data: rows, nextCursor: null });
    expect(page(4)).toEqual({ data: rows, nextCursor: null });
    expect(page(3)).toEqual({ data: [9, 8, 7], nextCursor: pageAfter.encode(7) });
    expect(pageAfter.of([], 3, (row: number) => row)).toEqual({ data: [], nextCursor: null });
  });
});
