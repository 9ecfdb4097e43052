/**
 * One line of CSV (RFC 4180). A cell that a spreadsheet would run as a formula gets an apostrophe in front
 * (OWASP: CSV injection), one that begins with a full-width sign too; and so does what comes after a semicolon, which
 * separates cells where a comma is the sign of decimals. Line ends inside a cell cannot occur, as events are kept printable.
 */
export function csvLine(cells: readonly (string | number | null)[]): string {
  return `${cells.map(cell).join(',')}\r\n`;
}

function cell(value: string | number | null): string {
  if (value === null) return '';
  const text =
    typeof value === 'number' ? String(value) : value.replace(/(?<=^|;)(?=[=+\-@\t\r\n＝＋－＠])/g, "'");
  return /[",\r\n]/.test(text) ? `"${text.replaceAll('"', '""')}"` : text;
}
