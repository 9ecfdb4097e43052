import type { Format } from '../format.ts';
import { Collector, type Draft, type Entry } from '../reading/collector.ts';
import { counterOf, digitsOf, periodOf, textOf } from '../reading/values.ts';
import type { OtpRecord } from '../record.ts';
import { Refusal, readSecret } from '../secret-text.ts';

/**
 * OATH CSV, which privacyIDEA and LinOTP import: `serial, key in hex, type, digits, period or counter`. Source:
 * privacyIDEA's `importotp.py` and its token classes. With `# version: 2` as its first line, user, resolver and realm
 * come before the serial. What privacyIDEA exports has `owner@realm` before the serial.
 */
export const oathCsv: Format = {
  name: 'oath-csv',
  title: 'OATH CSV of privacyIDEA and LinOTP',
  entries: 'cells',
  matches: ({ text, firstLine }) =>
    /^#\s*version:\s*[12]\b/.test(text?.slice(0, 64) ?? '') || layoutOf(firstLine.split(',')) !== null,
  parse(input) {
    const collector = new Collector('oath-csv');
    const isVersion2 = /^#\s*version:\s*2\b/.test(input.beginning);
    for (const { line, cells } of input.csv()) {
      if (cells[0]?.trimStart().startsWith('#')) continue;
      const layout = isVersion2 ? 'user, resolver, realm, serial' : (layoutOf(cells) ?? 'serial');
      if (cells.length < 2) collector.refuse(`line ${line}`, 'The line has no key.');
      else collector.add(`line ${line}`, (entry) => draftOf(cells, layout, entry));
    }
    return collector.done();
  },
};

type Layout = 'serial' | 'owner, serial' | 'user, resolver, realm, serial';

/** Where the key is, and after it the type, shows what comes before. */
function layoutOf(cells: readonly string[]): Layout | null {
  const isKey = (cell: string | undefined) => /^\s*[0-9a-fA-F]{20,256}\s*$/.test(cell ?? '');
  const isType = (cell: string | undefined) => cell === undefined || /^\s*(?:hotp|totp)?\s*$/i.test(cell);
  if (isKey(cells[1]) && isType(cells[2])) return 'serial';
  return isKey(cells[2]) && cells[3] !== undefined && isType(cells[3]) ? 'owner, serial' : null;
}

const OFFSETS: Record<Layout, number> = { serial: 0, 'owner, serial': 1, 'user, resolver, realm, serial': 3 };

/** privacyIDEA writes `n/a` for a token without an owner. */
function userOf(cells: readonly string[], layout: Layout): string {
  if (layout === 'serial') return '';
  const owner = textOf(cells[0]);
  if (layout === 'user, resolver, realm, serial') return owner;
  return owner === 'n/a' ? '' : owner.replace(/@[^@]*$/, '');
}

function draftOf(cells: readonly string[], layout: Layout, entry: Entry): Draft {
  const user = userOf(cells, layout);
  const [serial, key, type, digits, moving, hash] = cells.slice(OFFSETS[layout]).map((cell) => cell.trim());
  const clientId = user || textOf(serial);
  if (clientId === '') throw new Refusal('The line has no serial.', { field: 'serial' });
  const kind = (type || 'hotp').toLowerCase();
  if (kind !== 'hotp' && kind !== 'totp') {
    throw new Refusal('It is neither TOTP nor HOTP.', { field: 'type' });
  }
  if (!type) entry.note('The line names no type, so it is HOTP, as in privacyIDEA.');
  const secret = readSecret(key ?? '', 'hex');
  const algorithm = algorithmFor(hash, secret.bytes.length, entry);
  const shared = {
    clientId,
    label: clientId,
    ...(serial && user ? { name: serial } : {}),
    algorithm,
    digits: digitsOf(digits),
    secret,
  };
  return kind === 'totp'
    ? { ...shared, type: kind, period: periodOf(moving) }
    : { ...shared, type: kind, counter: counterOf(moving) };
}

/** privacyIDEA takes the hash from the length of the key, so what was guessed is said. */
function algorithmFor(hash: string | undefined, bytes: number, entry: Entry): 'SHA1' | 'SHA256' | 'SHA512' {
  const named = hash?.toUpperCase().replace('-', '');
  if (named === 'SHA1' || named === 'SHA256' || named === 'SHA512') return named;
  if (named)
    throw new Refusal('Its hash function is none of SHA1, SHA256 and SHA512.', { field: 'algorithm' });
  const guessed = bytes === 32 ? 'SHA256' : bytes === 64 ? 'SHA512' : 'SHA1';
  if (guessed !== 'SHA1') {
    entry.note(
      `The line names no hash function; ${guessed} was taken, from the key's ${bytes} bytes.`,
      'Check one code before you rely on it.',
    );
  }
  return guessed;
}

/**
 * Percent-encoded where the line would be read as something else: at commas and quotes, as privacyIDEA splits a line at
 * each comma; and at a beginning that makes the line a comment, or the cell a formula where it is opened as a sheet.
 */
function serialOf(name: string): string {
  return name.replace(/^[#=+\-@＝＋－＠]|[%,;"\p{Cc}\p{Zl}\p{Zp}]/gu, (character) =>
    encodeURIComponent(character).replace(
      /^[^%]/,
      (sign) => `%${sign.charCodeAt(0).toString(16).toUpperCase()}`,
    ),
  );
}

/** Writes lines that privacyIDEA imports. It has no place for what was used, nor for recovery codes. */
export function* writeOathCsv(records: Iterable<OtpRecord>): Generator<string> {
  for (const { clientId, label, type, digits, period, counter, secret, algorithm } of records) {
    const key = Array.from(secret, (byte) => byte.toString(16).padStart(2, '0')).join('');
    yield `${[serialOf(clientId ?? label), key, type, digits, type === 'totp' ? period : (counter ?? 0), algorithm.toLowerCase()].join(', ')}\n`;
  }
}
