/** The texts of settings as numbers, sizes, durations, choices and lists. Each function throws `BadValue`. */
import { Secret } from '../domain/secret.ts';
import { BadValue } from './setting.ts';

export const DAY_SECONDS = 86_400;
const UNIT_SECONDS: Record<string, number> = { s: 1, m: 60, h: 3_600, d: DAY_SECONDS };
const SIZE_UNITS: Record<string, number> = { MB: 1e6, GB: 1e9, TB: 1e12 };

/** A text as a message shows it: quoted, and cut after 80 characters. */
export function quote(text: string): string {
  return JSON.stringify(text.length > 80 ? `${text.slice(0, 80)}…` : text);
}

/** A whole number from `least` to `most`, of at most nine digits. */
export function wholeNumber(text: string, least: number, most: number): number {
  const value = /^\d{1,9}$/.test(text) ? Number(text) : Number.NaN;
  if (!(value >= least && value <= most)) {
    throw new BadValue(`is ${quote(text)}, not a whole number from ${least} to ${most}`);
  }
  return value;
}

/** A whole number from 1 to `most`; null: off. */
export function numberOrOff(text: string, most: number): number | null {
  return text === 'off' ? null : wholeNumber(text, 1, most);
}

/** Bytes of a text such as `10GB`; null: off. */
export function parseSize(text: string): number | null {
  if (text === 'off') return null;
  const [, count, unit = ''] = /^([1-9]\d{0,2})(MB|GB|TB)$/.exec(text) ?? [];
  if (count === undefined) {
    throw new BadValue(`is ${quote(text)}, not off or a whole number up to 999 followed by MB, GB or TB`);
  }
  return Number(count) * (SIZE_UNITS[unit] ?? Number.NaN);
}

/** Of how many calls without an error one is logged; null: none is. */
export function parseLoggedRequests(text: string): number | null {
  if (text === 'all') return 1;
  if (text === 'refused') return null;
  if (!/^\d+$/.test(text)) throw new BadValue(`is ${quote(text)}, not all, refused or a whole number`);
  return wholeNumber(text, 1, 1_000_000);
}

/** The choice that `text` is, letter for letter. */
export function oneOf<const T extends string>(text: string, choices: readonly T[]): T {
  const choice = choices.find((candidate) => candidate === text);
  if (choice === undefined) throw new BadValue(`is ${quote(text)}, not one of ${choices.join(', ')}`);
  return choice;
}

/** Seconds of a text such as `15m`. `units` holds the letters that are allowed. */
export function duration(text: string, units: string): number {
  const [, count, unit] = /^(\d{1,6})([smhd])$/.exec(text) ?? [];
  if (count === undefined || unit === undefined || !units.includes(unit)) {
    throw new BadValue(`is ${quote(text)}, not a whole number followed by ${[...units].join(', ')}`);
  }
  return Number(count) * (UNIT_SECONDS[unit] ?? Number.NaN);
}

/** Like `duration`, from `least` to `most` seconds; `shown` is that range for people. */
export function secondsWithin(
  text: string,
  units: string,
  least: number,
  most: number,
  shown: string,
): number {
  const seconds = duration(text, units);
  if (seconds < least || seconds > most) throw new BadValue(`is ${quote(text)}, not from ${shown}`);
  return seconds;
}

/** One key of 32 bytes as base64, or several with commas or white space between. The value is never echoed. */
export function parseMasterKey(text: string): Secret {
  const isKey = (part: string) =>
    /^[A-Za-z0-9+/]+={0,2}$/.test(part) && Buffer.from(part, 'base64').length === 32;
  if (!text.split(/[\s,]+/).every(isKey)) {
    throw new BadValue(
      'is not 32 bytes as base64, nor several of these with commas between them (its value is not shown here)',
    );
  }
  return new Secret(text);
}

/** `name=value,…` with percent-encoded values, as OpenTelemetry writes lists. `shown` ends the message of a fault. */
export function nameValues(text: string, shown: string): Readonly<Record<string, string>> {
  const pairs: Record<string, string> = {};
  for (const pair of text.split(',').filter((part) => part.trim() !== '')) {
    const [, name, value] = /^\s*([\w.-]+)\s*=\s*(.*?)\s*$/.exec(pair) ?? [];
    const decoded = value === undefined ? null : decode(value);
    if (name === undefined || decoded === null) {
      throw new BadValue(`is not a list of name=value with percent-encoded values (${shown})`);
    }
    pairs[name] = decoded;
  }
  return pairs;
}

/** As `nameValues`, which can be headers of HTTP. The value is never echoed. Gives the text again. */
export function parseHeaders(text: string): string {
  const pairs = nameValues(text, 'its values are not shown here');
  try {
    new Headers(pairs);
  } catch {
    throw new BadValue('holds what cannot be a header of HTTP (its values are not shown here)');
  }
  return text;
}

function decode(text: string): string | null {
  try {
    return decodeURIComponent(text);
  } catch {
    return null;
  }
}
