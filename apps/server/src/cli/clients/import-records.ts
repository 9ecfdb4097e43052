import { type Parsed, type Problem, writeKanda } from '@kanda/formats';
import { DISPLAY_NAME_PATTERN } from '../../domain/clients/names.ts';

/** A record of a file as it is sent. */
export interface ToSend {
  readonly place: string;
  readonly clientId: string;
  readonly label: string;
  readonly issuer: string;
  /** A line of Kanda's own format as an object. */
  readonly fields: object;
}

export interface RecordRules {
  /** `column`: what the file names; `label`; `issuer:label`; else a template with `{clientId}`, `{label}`, `{issuer}`, `{name}`. */
  readonly clientId: string;
  /** Of records that name none; null: those are refused. */
  readonly issuer: string | null;
}

const DISPLAY_NAME = new RegExp(DISPLAY_NAME_PATTERN, 'u');
/** What no label and no issuer may have. */
const UNFIT = /[:\p{Cc}\p{Cs}\p{Zl}\p{Zp}\u061c\u200e\u200f\u202a-\u202e\u2066-\u2069]+/gu;
const MAX_NAME = 128;

/**
 * The records of a file with the names that they get. What is changed of a name is a note, and two records for one user
 * with different secrets are refused, since the order of a file should not decide.
 */
export function recordsToSend(
  { records }: Parsed,
  rules: RecordRules,
): { readonly records: readonly ToSend[]; readonly problems: readonly Problem[] } {
  const problems: Problem[] = [];
  const taken = new Map<string, string>();
  const toSend = records.flatMap(({ place, record }): ToSend[] => {
    const clientId = clientIdOf(record, rules.clientId);
    const note = (message: string) => problems.push({ kind: 'note', code: 'invalid', place, message });
    const label = shownName(record.label || clientId, 'label', note);
    const issuer = shownName(record.issuer || (rules.issuer ?? ''), 'issuer', note);
    const earlier = taken.get(clientId);
    if (earlier !== undefined && record.additional !== true) {
      const message = `${clientId} comes twice: it is at ${earlier}, too.`;
      const action = 'Give each user a clientId of its own with --client-id.';
      problems.push({ kind: 'refused', code: 'invalid', place, field: 'clientId', message, action });
      return [];
    }
    if (earlier === undefined) taken.set(clientId, place);
    const { kanda: _, ...fields } = JSON.parse(writeKanda({ ...record, clientId, label, issuer }));
    return [{ place, clientId, label, issuer, fields }];
  });
  return { records: toSend, problems };
}

function clientIdOf(
  record: {
    readonly clientId?: string;
    readonly label: string;
    readonly issuer: string;
    readonly name?: string;
  },
  rule: string,
): string {
  const { clientId = '', label, issuer, name = '' } = record;
  if (rule === 'column') return clientId || label;
  if (rule === 'label') return label;
  if (rule === 'issuer:label') return `${issuer}:${label}`;
  const values: Readonly<Record<string, string>> = { clientId, label, issuer, name };
  return rule.replace(/\{(\w+)\}/g, (whole, field: string) => values[field] ?? whole);
}

/** The name as phones can show it. An empty one stays empty: the server says that it is missing. */
function shownName(text: string, field: string, note: (message: string) => void): string {
  if (text === '' || DISPLAY_NAME.test(text)) return text;
  const fit = [...text.replace(UNFIT, ' ').trim()].slice(0, MAX_NAME).join('').trim();
  note(
    `Its ${field} was changed to what a phone can show: no colon, no control character, 128 characters at most.`,
  );
  return fit;
}

/** @throws when a template names something else than a record has */
export function assertClientIdRule(rule: string): void {
  if (['column', 'label', 'issuer:label'].includes(rule)) return;
  const names = [...rule.matchAll(/\{(\w+)\}/g)].map(([, name]) => name ?? '');
  const unknown = names.find((name) => !['clientId', 'label', 'issuer', 'name'].includes(name));
  if (names.length > 0 && unknown === undefined) return;
  throw new Error(
    `--client-id takes column, label, issuer:label, or a template such as "app-{clientId}" of {clientId}, {label}, {issuer} and {name}.`,
  );
}
