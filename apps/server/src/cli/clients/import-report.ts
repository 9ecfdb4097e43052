import { closeSync, openSync, writeSync } from 'node:fs';
import { dirname } from 'node:path';
import type { Preview } from '@kanda/formats';
import { refuseRoot } from '../../compose/foreign-folder.ts';
import { formatTable } from '../lib/table.ts';
import { terminalText } from '../lib/terminal-text.ts';
import type { ImportTally, Reasons } from './import-tally.ts';

/** What `kanda import` shows. No line of it has a secret or a recovery code. */

/** How many records are shown before the import. */
export const PREVIEWED = 5;
const LISTED = 20;

/** What was understood of a file. */
export interface Understood {
  readonly format: string | null;
  /** How many records are to be imported. */
  readonly count: number;
  /** The first of them. */
  readonly preview: readonly Preview[];
  /** What is not imported as it is. */
  readonly problems: Reasons;
}

/** The first rows of the file as they were understood, and what is not imported as it is. */
export function previewText({ format, count, preview, problems }: Understood): string {
  const rows = preview.map((row) => [
    row.place,
    row.clientId,
    row.label,
    row.issuer,
    row.codes,
    row.secret,
    row.more,
  ]);
  const head = ['place', 'clientId', 'label', 'issuer', 'codes', 'secret', ''];
  const more = count > PREVIEWED ? [`… and ${count - PREVIEWED} more`] : [];
  const table =
    rows.length === 0 ? [] : [formatTable([head, ...rows].map((row) => row.map(shownCell))), ...more, ''];
  const lines = [
    `The file is ${format ?? 'of no known format'}, with ${count} to import.`,
    '',
    ...table,
    ...reasonLines(problems),
  ];
  return terminalText(lines.join('\n'));
}

/** Equal ones are counted, the first of each with its place. */
function reasonLines(all: Reasons): string[] {
  const { reasons, others } = all.first(LISTED);
  const lines = reasons.map(({ first: { kind, place, message, action }, count: equal }) => {
    const count = equal === 1 ? '' : ` (and ${equal - 1} more)`;
    const line = `${kind}${place === '' ? '' : ` ${place}`}${count}: ${message}${action === undefined ? '' : ` ${action}`}`;
    return line.replaceAll('\n', ' ');
  });
  return others === 0 ? lines : [...lines, `… and ${others} more, for other reasons`];
}

/** What has become of everything: a table of counts, then what was not taken, with its place. */
export function summaryText(tally: ImportTally, problems: Reasons, isDry: boolean): string {
  const counts = new Map(tally.counts);
  for (const kind of ['refused', 'skipped']) {
    const ofFile = problems.counts.get(kind) ?? 0;
    if (ofFile > 0) counts.set(kind, (counts.get(kind) ?? 0) + ofFile);
  }
  const rows = ['enrolled', 'added', 'replaced', 'unchanged', 'skipped', 'conflict', 'refused'].flatMap(
    (name) => (counts.has(name) ? [[name, String(counts.get(name))]] : []),
  );
  const head = isDry ? 'Nothing was changed. The import would come to:' : 'The import has come to:';
  const lines = [
    head,
    '',
    formatTable(rows.length === 0 ? [['nothing', '']] : rows),
    '',
    ...reasonLines(tally.left),
  ];
  return terminalText(lines.join('\n').trimEnd());
}

function shownCell(text: string): string {
  const plain = text.replace(/\p{Cc}/gu, ' ');
  return [...plain].length > 32 ? `${[...plain].slice(0, 31).join('')}…` : plain;
}

/** A report: NDJSON, written while the import goes on; readable by its owner alone, as it has names. */
export class ReportFile {
  readonly #descriptor: number;

  constructor(path: string) {
    refuseRoot(dirname(path));
    this.#descriptor = openSync(path, 'w', 0o600);
  }

  add(line: object): void {
    writeSync(this.#descriptor, `${JSON.stringify(line)}\n`);
  }

  close(): void {
    closeSync(this.#descriptor);
  }
}
