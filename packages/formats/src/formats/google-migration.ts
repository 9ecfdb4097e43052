import type { Format } from '../format.ts';
import { Collector, type Draft } from '../reading/collector.ts';
import { type ProtoField, readProto, writeProto } from '../reading/protobuf.ts';
import { nameOf } from '../reading/values.ts';
import type { OtpRecord } from '../record.ts';
import { bounded, decodeBase64, encodeBase64, Refusal } from '../secret-text.ts';

/**
 * Google Authenticator's "Transfer accounts": `otpauth-migration://offline?data=…`, the text of its QR codes, one a
 * line. Google has not published the message; Aegis and the tools that read it agree on it.
 */
export const googleMigration: Format = {
  name: 'google-migration',
  title: 'Google Authenticator: transfer accounts',
  matches: ({ firstLine }) => /^otpauth-migration:/i.test(firstLine),
  parse(input) {
    const collector = new Collector('google-migration');
    const exports = new Map<string, Export>();
    for (const { line, text } of input.lines()) {
      const batch = batchOf(text);
      if (typeof batch === 'string') {
        collector.fail(batch, { place: `line ${line}` });
        continue;
      }
      const known = exports.get(batch.id) ?? { size: batch.size, parts: new Map() };
      known.parts.set(batch.index, { line, accounts: batch.accounts });
      exports.set(batch.id, known);
    }
    for (const one of exports.values()) readExport(collector, one);
    return collector.done();
  },
};

interface Part {
  readonly line: number;
  readonly accounts: readonly Uint8Array[];
}

interface Export {
  readonly size: number;
  readonly parts: Map<number, Part>;
}

/** An export is taken whole: users of the QR codes that were not scanned would be missing without a word. */
function readExport(collector: Collector, { size, parts }: Export): void {
  const missing = Array.from({ length: Math.min(size, 1_000) }, (_, index) => index).filter(
    (index) => !parts.has(index),
  );
  const [first] = parts.values();
  if (missing.length > 0) {
    collector.fail(
      `The export has ${size} QR codes, and of these ${missing.map((index) => index + 1).join(', ')} ${missing.length === 1 ? 'is' : 'are'} missing.`,
      {
        place: `line ${first?.line}`,
        action: 'Scan all of its QR codes, and import their texts in one file.',
      },
    );
    return;
  }
  for (const [, part] of [...parts].sort(([one], [other]) => one - other)) {
    for (const [index, account] of part.accounts.entries()) {
      collector.add(`line ${part.line}, account ${index + 1}`, () => accountDraft(account));
    }
  }
}

/** One QR code; a sentence when it is none. */
function batchOf(uri: string) {
  const data = /^otpauth-migration:\/\/offline\/?\?(?:[^#]*&)?data=([^&#]*)/i.exec(uri)?.[1];
  if (data === undefined) return 'This is not an otpauth-migration:// URI.';
  // Some readers have decoded the percent-encoding already, and "+" is then not a space.
  const text = /%/.test(data) ? safelyDecoded(data) : data;
  const bytes = text === null ? null : decodeBase64(text.replaceAll(' ', '+'));
  const fields = bytes === null ? null : readProto(bytes);
  if (fields === null) return 'Its data is damaged: copy the whole of it.';
  const size = Number(numberOf(fields, 3) ?? 1n);
  const index = Number(numberOf(fields, 4) ?? 0n);
  if (size < 0 || size > 1_000 || index < 0 || index >= Math.max(size, 1))
    return 'Its data is damaged: copy the whole of it.';
  const accounts = fields.flatMap((one) => (one.field === 1 && one.kind === 'bytes' ? [one.value] : []));
  return { id: String(numberOf(fields, 5) ?? 0n), size: Math.max(size, 1), index, accounts };
}

function safelyDecoded(text: string): string | null {
  try {
    return decodeURIComponent(text);
  } catch {
    return null;
  }
}

function accountDraft(bytes: Uint8Array): Draft {
  const fields = readProto(bytes);
  if (fields === null) throw new Refusal('The account is damaged.');
  const name = nameOf(textField(fields, 2));
  const issuer = nameOf(textField(fields, 3));
  const [prefix, label] = splitName(name, issuer);
  const type = numberOf(fields, 6) ?? 0n;
  if (type > 2n) throw new Refusal('It is neither TOTP nor HOTP.', { field: 'type' });
  const shared = { label, issuer: issuer || prefix, algorithm: algorithm(fields), digits: digits(fields) };
  const secret = bounded(bytesOf(fields, 1).slice());
  if (type === 1n) return { ...shared, type: 'hotp', counter: counter(fields), secret };
  return { ...shared, type: 'totp', period: 30, secret };
}

/** `Example:alice` and `alice`, both of which apps have written. */
function splitName(name: string, issuer: string): readonly [string, string] {
  const colon = name.indexOf(':');
  if (colon < 0 || (issuer !== '' && name.slice(0, colon) !== issuer)) return ['', name];
  return [name.slice(0, colon), name.slice(colon + 1).trim()];
}

function algorithm(fields: readonly ProtoField[]): 'SHA1' | 'SHA256' | 'SHA512' {
  const value = numberOf(fields, 4) ?? 0n;
  const known = (['SHA1', 'SHA1', 'SHA256', 'SHA512'] as const)[Number(value)];
  if (known !== undefined) return known;
  throw new Refusal(
    value === 4n ? 'Its codes are made with MD5, which is not taken.' : 'Its algorithm is unknown.',
    {
      field: 'algorithm',
      action: 'Enrol this user anew.',
    },
  );
}

function digits(fields: readonly ProtoField[]): 6 | 8 {
  const known = ([6, 6, 8] as const)[Number(numberOf(fields, 5) ?? 0n)];
  if (known !== undefined) return known;
  throw new Refusal('Its number of digits is unknown.', { field: 'digits' });
}

function counter(fields: readonly ProtoField[]): number {
  const value = Number(BigInt.asIntN(64, numberOf(fields, 7) ?? 0n));
  if (Number.isSafeInteger(value) && value >= 0) return value;
  throw new Refusal('Its counter is out of range.', { field: 'counter' });
}

function numberOf(fields: readonly ProtoField[], field: number): bigint | undefined {
  const found = fields.findLast((one) => one.field === field && one.kind === 'varint');
  return found?.kind === 'varint' ? found.value : undefined;
}

function bytesOf(fields: readonly ProtoField[], field: number): Uint8Array {
  const found = fields.findLast((one) => one.field === field && one.kind === 'bytes');
  return found?.kind === 'bytes' ? found.value : new Uint8Array();
}

function textField(fields: readonly ProtoField[], field: number): string {
  return new TextDecoder().decode(bytesOf(fields, field));
}

/**
 * Writes accounts as the text of one QR code each `perCode` of them. Periods other than 30 have no place in the format.
 *
 * @param id of the export, the same in each of its QR codes
 */
export function writeGoogleMigration(
  records: readonly OtpRecord[],
  id: number,
  perCode = 10,
): readonly string[] {
  const size = Math.ceil(records.length / perCode);
  return Array.from({ length: size }, (_, index) => {
    const accounts = records.slice(index * perCode, (index + 1) * perCode);
    const message = writeProto([
      ...accounts.map((one) => ({ field: 1, kind: 'bytes' as const, value: writeProto(accountFields(one)) })),
      { field: 2, kind: 'varint', value: 1n },
      { field: 3, kind: 'varint', value: BigInt(size) },
      { field: 4, kind: 'varint', value: BigInt(index) },
      { field: 5, kind: 'varint', value: BigInt(id) },
    ]);
    return `otpauth-migration://offline?data=${encodeURIComponent(encodeBase64(message))}`;
  });
}

function accountFields(record: OtpRecord): readonly ProtoField[] {
  const text = (value: string) => new TextEncoder().encode(value);
  return [
    { field: 1, kind: 'bytes', value: record.secret },
    { field: 2, kind: 'bytes', value: text(record.label) },
    { field: 3, kind: 'bytes', value: text(record.issuer) },
    { field: 4, kind: 'varint', value: { SHA1: 1n, SHA256: 2n, SHA512: 3n }[record.algorithm] },
    { field: 5, kind: 'varint', value: record.digits === 8 ? 2n : 1n },
    { field: 6, kind: 'varint', value: record.type === 'hotp' ? 1n : 2n },
    ...(record.counter === undefined
      ? []
      : [{ field: 7, kind: 'varint' as const, value: BigInt(record.counter) }]),
  ];
}
