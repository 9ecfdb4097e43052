import { ALGORITHMS, type Algorithm, type Digits } from '@kanda/otp';
import { Refusal } from '../secret-text.ts';

/** Reads single values as files have them, of whatever type; a {@link Refusal} names the field. */

export type Row = Readonly<Record<string, unknown>>;

export function isRow(value: unknown): value is Row {
  return typeof value === 'object' && value !== null && !Array.isArray(value);
}

export function rowOf(value: unknown, field: string): Row {
  if (isRow(value)) return value;
  throw new Refusal(`${field} is missing.`, { field });
}

/** What a JSON text in a field holds, as some exports nest it. */
export function nestedJson(value: unknown, field: string): unknown {
  if (typeof value !== 'string') return value;
  try {
    return JSON.parse(value);
  } catch {
    throw new Refusal(`${field} is not JSON.`, { field });
  }
}

export function isAbsent(value: unknown): boolean {
  return value === undefined || value === null || value === '';
}

/** Text, or a number as text; empty when it is absent. */
export function textOf(value: unknown): string {
  if (typeof value === 'string') return value.trim();
  return typeof value === 'number' || typeof value === 'bigint' ? String(value) : '';
}

/** The first of these that is some text. */
export function firstText(...values: readonly unknown[]): string {
  return values.map(textOf).find((text) => text !== '') ?? '';
}

/** Names as a record has them: what would break a line or a list of accounts is left out. */
export function nameOf(value: unknown): string {
  return textOf(value)
    .replace(/\p{Cc}+/gu, ' ')
    .trim()
    .slice(0, 512)
    .toWellFormed()
    .trimEnd();
}

/** @throws {Refusal} unless it is a whole number from `min` to `max` */
export function wholeNumber(
  value: unknown,
  field: string,
  { min, max, absent }: { readonly min: number; readonly max: number; readonly absent?: number },
): number {
  if (isAbsent(value) && absent !== undefined) return absent;
  const text = textOf(value);
  const number = /^-?\d{1,16}$/.test(text) ? Number(text) : Number.NaN;
  if (Number.isSafeInteger(number) && number >= min && number <= max) return number;
  throw new Refusal(
    isAbsent(value) ? `${field} is missing.` : `${field} must be a whole number from ${min} to ${max}.`,
    { field },
  );
}

/** True, false, or null when it says neither. */
export function truth(value: unknown): boolean | null {
  if (typeof value === 'boolean') return value;
  const text = textOf(value).toLowerCase();
  if (['true', 't', '1', 'yes', 'on'].includes(text)) return true;
  return ['false', 'f', '0', 'no', 'off'].includes(text) ? false : null;
}

/** `SHA1`, `sha-256`, `HmacSHA512`; SHA1 when it is absent. */
export function algorithmOf(value: unknown): Algorithm {
  if (isAbsent(value)) return 'SHA1';
  const plain = textOf(value)
    .toUpperCase()
    .replace(/^HMAC[-_]?/, '')
    .replace(/[-_]/, '');
  const known = ALGORITHMS.find((algorithm) => algorithm === plain);
  if (known !== undefined) return known;
  throw new Refusal(`The algorithm is none of ${ALGORITHMS.join(', ')}.`, {
    field: 'algorithm',
    action: 'Enrol this user anew.',
  });
}

/** 6 when it is absent. */
export function digitsOf(value: unknown): Digits {
  if (isAbsent(value)) return 6;
  const text = textOf(value);
  if (text === '6') return 6;
  if (text === '8') return 8;
  throw new Refusal(
    /^\d{1,3}$/.test(text)
      ? `Its codes have ${text} digits; codes of 6 and of 8 digits are taken.`
      : 'The number of digits is not a number.',
    { field: 'digits', action: 'Enrol this user anew.' },
  );
}

/** Seconds; 30 when it is absent. */
export function periodOf(value: unknown): number {
  return wholeNumber(value, 'period', { min: 1, max: 86_400, absent: 30 });
}

export function counterOf(value: unknown): number {
  return wholeNumber(value, 'counter', { min: 0, max: Number.MAX_SAFE_INTEGER, absent: 0 });
}

/** `totp` or `hotp`; `absent` when it is absent. */
export function typeOf(value: unknown, absent: 'totp' | 'hotp' = 'totp'): 'totp' | 'hotp' {
  if (isAbsent(value)) return absent;
  const text = textOf(value).toLowerCase();
  if (text === 'totp' || text === 'hotp') return text;
  throw new Refusal('It is neither TOTP nor HOTP.', { field: 'type', action: 'Enrol this user anew.' });
}

/** RFC 3339, of a date in any form that JavaScript reads, or of ms or seconds since 1970; undefined when it is none. */
export function dateOf(value: unknown): string | undefined {
  if (isAbsent(value)) return undefined;
  const text = textOf(value);
  const number = /^\d{9,14}$/.test(text) ? Number(text) : null;
  const ms = number === null ? Date.parse(text) : number < 1e11 ? number * 1_000 : number;
  return Number.isFinite(ms) && Math.abs(ms) < 8.64e15 ? new Date(ms).toISOString() : undefined;
}
