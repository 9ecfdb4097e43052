import type { Tokens } from 'marked';
import { escapeHtml, textOf } from './html.ts';

/**
 * A table that a reader can scroll sideways and that becomes cards on narrow screens.
 * @param inline the HTML of a cell's text
 * @param label the name of its region for a screen reader, once on a page
 */
export function tableHtml(
  token: Tokens.Table,
  inline: (cell: Tokens.TableCell) => string,
  label: string,
): string {
  const inner = (cell: Tokens.TableCell) => breakable(inline(cell));
  const names = token.header.map((cell) => textOf(inner(cell)));
  // A head without words is none: a screen reader would announce empty columns.
  const titled = names.some((name) => name.trim() !== '');
  const heads = token.header.map((cell, column) =>
    names[column] === '' ? '<td></td>' : `<th>${inner(cell)}</th>`,
  );
  const head = titled ? `<thead><tr>${heads.join('')}</tr></thead>` : '';
  // On narrow screens a row becomes a card, and each cell names its column by itself.
  const named = (column: number) => (names[column] ? ` data-column="${escapeHtml(names[column])}"` : '');
  const cells = token.rows.map((row) => row.map(inner));
  const prose = areRecords(cells) ? longestColumn(cells) : null;
  const kind = (cell: string, column: number) =>
    column === prose ? ' class="prose"' : isShort(cell) ? ' class="short"' : '';
  const body = cells
    .map((row) => {
      const columns = row.map((cell, at) => `<td${kind(cell, at)}${named(at)}>${cell}</td>`);
      return `<tr>${columns.join('')}</tr>`;
    })
    .join('\n');
  const look = prose === null ? 'scroller' : 'scroller records';
  return `<div class="${look}" tabindex="0" role="region" aria-label="${escapeHtml(label)}"><table>${head}<tbody>${body}</tbody></table></div>\n`;
}

/** What a table is called: by the heading that it is under, with a number from the second one on. */
export function freshLabel(heading: string, taken: Set<string>): string {
  const first = `Table: ${heading}`;
  let label = first;
  for (let number = 2; taken.has(label); number++) label = `${first} (${number})`;
  taken.add(label);
  return label;
}

/** Rows of many columns that a name in code begins are looked up one by one, not compared: each is shown as a record. */
function areRecords(rows: readonly (readonly string[])[]): boolean {
  return rows.every(([name = '', ...others]) => name.startsWith('<code>') && others.length >= 4);
}

/** The column with the most text in all. */
function longestColumn(rows: readonly (readonly string[])[]): number {
  const lengths = (rows[0] ?? []).map((_, column) =>
    rows.reduce((sum, row) => sum + textOf(row[column] ?? '').length, 0),
  );
  return lengths.indexOf(Math.max(...lengths));
}

/** A word or two, which must not be broken at a hyphen. */
function isShort(cell: string): boolean {
  return !cell.includes('<') && cell.length <= 10;
}

/** In a table a long name may go on in the next line after each of its marks, where the reader would break it too. */
function breakable(html: string): string {
  return html.replaceAll(/<code>([^<]*)<\/code>/g, (_, text: string) => {
    const parts = text.replaceAll(/(?:[_/:.,=?@]|(?<=[^-])-)(?=[^\s_/:.,=?@-])/g, '$&<wbr>');
    return `<code>${parts}</code>`;
  });
}
