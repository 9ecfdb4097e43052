import { type Parsed, type Problem, previewOf, type ToImport } from '@kanda/formats';
import { formatTable } from '../lib/table.ts';
import { terminalText } from '../lib/terminal-text.ts';
import type { ImportTally } from './import-tally.ts';

/** What `kanda import` shows. No line of it has a secret or a recovery code. */

const PREVIEWED = 5;
const LISTED = 20;

/** What was understood of the file: the first rows, and what is not imported as it is. */
export function previewText(
  parsed: Parsed,
  toSend: readonly ToImport[],
  problems: readonly Problem[],
): string {
  const rows = previewOf(parsed, toSend, PREVIEWED).map((row) => [
    row.place,
    row.clientId,
    row.label,
    row.issuer,
    row.codes,
    row.secret,
    row.more,
  ]);
  const head = ['place', 'clientId', 'label', 'issuer', 'codes', 'secret', ''];
  const more = toSend.length > PREVIEWED ? [`… and ${toSend.length - PREVIEWED} more`] : [];
  const table =
    rows.length === 0 ? [] : [formatTable([head, ...rows].map((row) => row.map(shownCell))), ...more, ''];
  const lines = [
    `The file is ${parsed.format ?? 'of no known format'}, with ${toSend.length} to import.`,
    '',
    ...table,
    ...problemLines(problems),
  ];
  return terminalText(lines.join('\n'));
}

interface Line {
  readonly kind: string;
  readonly place: string;
  readonly message: string;
  readonly action?: string;
}

/** Equal ones are counted, the first of each with its place. */
function problemLines(problems: readonly Line[]): string[] {
  const groups = Map.groupBy(problems, ({ kind, message, action }) => `${kind}\n${message}\n${action}`);
  const lines = [...groups.values()].map((group) => {
    const [{ kind, place, message, action } = group[0] as Line] = group;
    const count = group.length === 1 ? '' : ` (and ${group.length - 1} more)`;
    const line = `${kind}${place === '' ? '' : ` ${place}`}${count}: ${message}${action === undefined ? '' : ` ${action}`}`;
    return line.replaceAll('\n', ' ');
  });
  return lines.length <= LISTED
    ? lines
    : [...lines.slice(0, LISTED), `… and ${lines.length - LISTED} other reasons`];
}

/** What has become of everything: a table of counts, then what was not taken, with its place. */
export function summaryText(tally: ImportTally, problems: readonly Problem[], isDry: boolean): string {
  const counts = new Map(tally.counts);
  for (const { kind } of problems) {
    if (kind === 'refused' || kind === 'skipped') counts.set(kind, (counts.get(kind) ?? 0) + 1);
  }
  const rows = ['enrolled', 'added', 'replaced', 'unchanged', 'skipped', 'conflict', 'refused'].flatMap(
    (name) => (counts.has(name) ? [[name, String(counts.get(name))]] : []),
  );
  const left = tally.left.map(({ place, result, detail = '', clientId }): Line => {
    return { kind: result, place: `${place} (${clientId ?? ''})`, message: detail };
  });
  const head = isDry ? 'Nothing was changed. The import would come to:' : 'The import has come to:';
  const lines = [
    head,
    '',
    formatTable(rows.length === 0 ? [['nothing', '']] : rows),
    '',
    ...problemLines(left),
  ];
  return terminalText(lines.join('\n').trimEnd());
}

function shownCell(text: string): string {
  const plain = text.replace(/\p{Cc}/gu, ' ');
  return [...plain].length > 32 ? `${[...plain].slice(0, 31).join('')}…` : plain;
}
