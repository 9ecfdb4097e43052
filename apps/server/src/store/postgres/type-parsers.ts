import pg from 'pg';
import { bytesOf } from './exchange.ts';

const INT8 = 20;
const NUMERIC = 1700;
const BYTEA = 17;

/** Numbers as numbers, as SQLite gives them: nothing in the store reaches 2^53. Bytes as `Uint8Array`. */
export function getTypeParser(oid: number, format?: 'text' | 'binary'): (text: string) => unknown {
  if (oid === INT8 || oid === NUMERIC) return toNumber;
  if (oid === BYTEA) return bytesOf;
  return pg.types.getTypeParser(oid, format as 'text');
}

function toNumber(text: string): number {
  const value = Number(text);
  if (Number.isInteger(value) && !Number.isSafeInteger(value)) {
    throw new RangeError(`the database holds ${text}, which is too large for what Kanda counts`);
  }
  return value;
}
