import type { Format } from '../format.ts';
import { Collector, type Draft } from '../reading/collector.ts';
import {
  algorithmOf,
  counterOf,
  dateOf,
  digitsOf,
  isAbsent,
  isRow,
  periodOf,
  type Row,
  textOf,
  typeOf,
  wholeNumber,
} from '../reading/values.ts';
import type { OtpRecord } from '../record.ts';
import { Refusal, readSecret, writeSecret } from '../secret-text.ts';
import { codesOf } from './better-auth.ts';

/** The version that is written. A reader takes this one and refuses others, so that nothing is read in part. */
export const KANDA_VERSION = 1;

/**
 * Kanda's own: NDJSON, one record a line, `{"kanda":1,"clientId":…,"secret":…}`. It has all of a record, so what is
 * written is read again as it was.
 */
export const kanda: Format = {
  name: 'kanda',
  title: 'Kanda (NDJSON)',
  entries: 'rows',
  matches: ({ text }) => text !== null && /^\s*\{\s*"kanda"\s*:/.test(text),
  parse(input) {
    const collector = new Collector('kanda');
    for (const { place, row } of input.rows()) collector.add(place, () => kandaDraft(row));
    return collector.done();
  },
};

/** @throws {Refusal} */
function kandaDraft(row: Row): Draft {
  if (row.kanda !== KANDA_VERSION) {
    throw new Refusal(`The line is not of version ${KANDA_VERSION} of the format.`, {
      field: 'kanda',
      action: 'Import it with a newer version of Kanda.',
    });
  }
  const type = typeOf(row.type);
  const used = row.lastUsedStep;
  return {
    clientId: textOf(row.clientId),
    label: textOf(row.label),
    issuer: textOf(row.issuer),
    type,
    algorithm: algorithmOf(row.algorithm),
    digits: digitsOf(row.digits),
    ...(type === 'totp' ? { period: periodOf(row.period) } : { counter: counterOf(row.counter) }),
    secret: readSecret(textOf(row.secret)),
    lastUsedStep: isAbsent(used)
      ? undefined
      : wholeNumber(used, 'lastUsedStep', { min: 0, max: Number.MAX_SAFE_INTEGER }),
    driftSteps: wholeNumber(row.driftSteps, 'driftSteps', { min: -1_000_000, max: 1_000_000, absent: 0 }),
    recoveryCodes: codesOf(row.recoveryCodes, 'recoveryCodes'),
    createdAt: dateOf(row.createdAt),
    confirmed: row.confirmed !== false,
    name: textOf(row.name),
    additional: row.additional === true,
    disabled: row.disabled === true,
    source: textOf(row.source) || 'kanda',
  };
}

/** One line, with its line break. */
export function writeKanda(record: OtpRecord): string {
  const { secret, ...rest } = record;
  return `${JSON.stringify({ kanda: KANDA_VERSION, ...rest, secret: writeSecret(secret) })}\n`;
}

export type KandaRecord =
  | { readonly record: OtpRecord }
  | { readonly refusal: string; readonly field?: string };

/** The record of one line, or why there is none: for streams, which are not read whole. */
export function readKandaLine(line: string): KandaRecord {
  let row: unknown;
  try {
    row = JSON.parse(line);
  } catch {
    return { refusal: 'The line is not JSON.' };
  }
  return isRow(row) ? readKandaRecord(row) : { refusal: 'The line is not a JSON object.' };
}

/** The record that an object holds, as a line would. */
export function readKandaRecord(row: object): KandaRecord {
  const collector = new Collector('kanda');
  collector.add('', () => kandaDraft(row as Row));
  const { records, problems } = collector.done();
  const [placed] = records;
  if (placed !== undefined) return { record: placed.record };
  const [problem] = problems;
  return {
    refusal: [problem?.message, problem?.action].filter(Boolean).join(' '),
    ...(problem?.field === undefined ? {} : { field: problem.field }),
  };
}
