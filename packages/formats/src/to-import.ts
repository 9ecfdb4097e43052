import { readClientId } from './client-id.ts';
import { writeKanda } from './formats/kanda.ts';
import type { OtpRecord, Parsed, Problem } from './record.ts';

/** A record of a file as `POST /api/totp/import` takes it. */
export interface ToImport {
  readonly place: string;
  readonly clientId: string;
  readonly label: string;
  readonly issuer: string;
  /** A line of Kanda's own format as an object. Has the secret. */
  readonly fields: object;
}

export interface NamingRules {
  /** `column`: what the file names; `label`; `issuer:label`; else a template with `{clientId}`, `{label}`, `{issuer}`, `{name}`. */
  readonly clientId: string;
  /** Of records that name none; null: those are refused. */
  readonly issuer: string | null;
}

/** What no label and no issuer may have: the separator of an otpauth URI, and what hides or reorders text. */
const UNFIT = /[:\p{Cc}\p{Cs}\p{Zl}\p{Zp}\u061c\u200e\u200f\u202a-\u202e\u2066-\u2069]+/gu;
const MAX_NAME = 128;
/** More of these, or longer ones, would have the server refuse the whole call, and not this record alone. */
const MAX_CODES = 50;
const MAX_CODE = 128;
const MAX_DETAIL = 64;
/** What a call takes: `POST /api/totp/import` has 50 records and 512 KiB, and a character may be three bytes. */
const BATCH_RECORDS = 50;
const BATCH_CHARACTERS = 160 * 1024;

const RULES = ['column', 'label', 'issuer:label'];
const TEMPLATE_FIELDS = ['clientId', 'label', 'issuer', 'name'];

/**
 * The records of a file with the names that they get. What is changed of a name is a note, and two records for one user
 * with different secrets are refused, since the order of a file should not decide.
 *
 * @param taken the clientIds of earlier parts of the same file with their places; those of this part are added
 */
export function recordsToImport(
  { records }: Pick<Parsed, 'records'>,
  rules: NamingRules,
  taken: Map<string, string> = new Map(),
): { readonly records: readonly ToImport[]; readonly problems: readonly Problem[] } {
  const problems: Problem[] = [];
  const toImport = records.flatMap(({ place, record }): ToImport[] => {
    const named = clientIdOf(record, rules.clientId);
    const note = (message: string) => problems.push({ kind: 'note', code: 'invalid', place, message });
    const refuse = (message: string, action: string) =>
      problems.push({ kind: 'refused', code: 'invalid', place, field: 'clientId', message, action });
    const read = readClientId(named);
    if ('problem' in read) {
      refuse(`The clientId ${read.problem}.`, 'Make it of something else.');
      return [];
    }
    const { clientId } = read;
    const label = shownName(record.label || clientId, 'label', note);
    const issuer = shownName(record.issuer || (rules.issuer ?? ''), 'issuer', note);
    const earlier = taken.get(clientId);
    if (earlier !== undefined && record.additional !== true) {
      refuse(`${clientId} comes twice: it is at ${earlier}, too.`, 'Give each user a clientId of its own.');
      return [];
    }
    if (earlier === undefined) taken.set(ownText(clientId), place);
    const sent = { ...withinLimits(record, note), clientId, label, issuer };
    const { kanda: _, ...fields } = JSON.parse(writeKanda(sent));
    return [{ place, clientId, label, issuer, fields }];
  });
  return { records: toImport, problems };
}

/** The text by itself: as a part of a larger text it would keep all of that in memory. */
function ownText(text: string): string {
  return JSON.parse(JSON.stringify(text));
}

/** In the calls that they are sent in, each as large as a call may be. */
export function batchesOf(records: readonly ToImport[]): readonly (readonly ToImport[])[] {
  const batches: ToImport[][] = [];
  let room = 0;
  for (const record of records) {
    const size = JSON.stringify(record.fields).length;
    const last = batches.at(-1);
    if (last === undefined || last.length === BATCH_RECORDS || size > room) {
      batches.push([record]);
      room = BATCH_CHARACTERS - size;
    } else {
      last.push(record);
      room -= size;
    }
  }
  return batches;
}

/** Whether this says how clientIds are made: one of the three words, or a template that names only what a record has. */
export function isClientIdRule(rule: string): boolean {
  if (RULES.includes(rule)) return true;
  const names = [...rule.matchAll(/\{(\w+)\}/g)].map(([, name]) => name ?? '');
  return names.length > 0 && names.every((name) => TEMPLATE_FIELDS.includes(name));
}

/** A record as it is shown before it is imported. Never the secret itself. */
export interface Preview {
  readonly place: string;
  readonly clientId: string;
  readonly label: string;
  readonly issuer: string;
  /** `totp SHA1 6 30 s` or `hotp SHA1 6 counter 12` */
  readonly codes: string;
  /** `160 bits` */
  readonly secret: string;
  /** What comes along: `used to 58412345, 8 recovery codes` */
  readonly more: string;
}

/** The first `count` of the named records, as they were understood. */
export function previewOf(
  { records }: Pick<Parsed, 'records'>,
  named: readonly ToImport[],
  count: number,
): Preview[] {
  const byPlace = new Map(records.map(({ place, record }) => [place, record]));
  return named.slice(0, count).flatMap(({ place, clientId, label, issuer }) => {
    const record = byPlace.get(place);
    if (record === undefined) return [];
    const moving = record.type === 'hotp' ? `counter ${record.counter ?? 0}` : `${record.period} s`;
    const used = record.lastUsedStep === undefined ? '' : `used to ${record.lastUsedStep}`;
    const codes = record.recoveryCodes === undefined ? '' : `${record.recoveryCodes.length} recovery codes`;
    return {
      place,
      clientId,
      label,
      issuer,
      codes: `${record.type} ${record.algorithm} ${record.digits} ${moving}`,
      secret: `${record.secret.length * 8} bits`,
      more: [used, codes].filter(Boolean).join(', '),
    };
  });
}

/** Without what would have the call refused: names and recovery codes are cut, and said so. */
function withinLimits(record: OtpRecord, note: (message: string) => void): OtpRecord {
  const { name, recoveryCodes, source } = record;
  const codes = recoveryCodes?.filter((code) => code.length <= MAX_CODE).slice(0, MAX_CODES);
  const left = (recoveryCodes?.length ?? 0) - (codes?.length ?? 0);
  if (left > 0) note(`${left} of its recovery codes were left out: too long, or more than ${MAX_CODES}.`);
  if (name !== undefined && name.length > MAX_NAME) note(`Its name was cut after ${MAX_NAME} characters.`);
  return {
    ...record,
    ...(name === undefined ? {} : { name: [...name].slice(0, MAX_NAME).join('') }),
    ...(codes === undefined ? {} : { recoveryCodes: codes }),
    source: source.slice(0, MAX_DETAIL),
  };
}

function clientIdOf(
  { clientId = '', label, issuer, name = '' }: Pick<OtpRecord, 'clientId' | 'label' | 'issuer' | 'name'>,
  rule: string,
): string {
  if (rule === 'column') return clientId || label;
  if (rule === 'label') return label;
  if (rule === 'issuer:label') return `${issuer}:${label}`;
  const values: Readonly<Record<string, string>> = { clientId, label, issuer, name };
  return rule.replace(/\{(\w+)\}/g, (whole, field: string) => values[field] ?? whole);
}

/** The name as phones can show it. An empty one stays empty: the server says that it is missing. */
function shownName(text: string, field: string, note: (message: string) => void): string {
  const fit = [...text.replace(UNFIT, ' ')].slice(0, MAX_NAME).join('');
  if (fit === text) return text;
  note(
    `Its ${field} was changed to what a phone can show: no colon, no control character, 128 characters at most.`,
  );
  return [...text.replace(UNFIT, ' ').trim()].slice(0, MAX_NAME).join('').trim();
}
