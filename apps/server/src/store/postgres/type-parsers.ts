import pg from 'pg';
import { bytesOf } from './exchange.ts';

const INT8 = 20;
const NUMERIC = 1700;
const BYTEA = 17;

/**
 * Numbers as numbers, as SQLite gives them; bytes as `Uint8Array`. Nothing that Kanda writes reaches 2^53. Of what was altered
 * to more, the nearest number: an error here would take the rows beside it along, of other accounts too.
 */
export function getTypeParser(oid: number, format?: 'text' | 'binary'): (text: string) => unknown {
  if (oid === INT8 || oid === NUMERIC) return toNumber;
  if (oid === BYTEA) return bytesOf;
  return pg.types.getTypeParser(oid, format as 'text');
}

function toNumber(text: string): number {
  return Math.max(Number.MIN_SAFE_INTEGER, Math.min(Number.MAX_SAFE_INTEGER, Number(text)));
}
