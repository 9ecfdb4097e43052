import { describe, expect, it } from 'vitest';
import { bytesArray, bytesOf } from '../../../src/store/postgres/exchange.ts';

describe('the bytes of a column', () => {
  it('are read from hexadecimal digits', () => {
    expect([...bytesOf('\\x00ff10')]).toEqual([0, 255, 16]);
    expect([...bytesOf('\\x')]).toEqual([]);
  });

  it('are not guessed at where the database writes them in its old form', () => {
    expect(() => bytesOf('\\000\\377')).toThrow('bytea_output');
    expect(() => bytesOf('')).toThrow('bytea_output');
  });

  it('are written so that they come back', () => {
    expect(bytesArray([new Uint8Array([1, 255]), null])).toBe('{"\\\\x01ff",NULL}');
  });
});
