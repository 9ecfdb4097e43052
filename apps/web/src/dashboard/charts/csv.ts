import type { Chart } from './chart.ts';

/**
 * The figures of a chart as CSV (RFC 4180), times in UTC: also those of the times in which nothing was counted, and of
 * the reasons that did not occur, so that two files can be put together.
 */
export function chartCsv({ series, bars, bucketSeconds }: Chart): string {
  const head = ['start', 'end', ...series.map(({ id }) => id)];
  const rows = bars.map(({ start, values }) => [
    new Date(start).toISOString(),
    new Date(start + bucketSeconds * 1000).toISOString(),
    ...values,
  ]);
  return [head, ...rows].map(csvLine).join('');
}

/**
 * A cell that a spreadsheet would run as a formula gets an apostrophe in front, by the same rule as in the CSV of the
 * log (`http/routes/log/csv.ts` of the server).
 */
export function csvLine(cells: readonly (string | number)[]): string {
  return `${cells.map(cell).join(',')}\r\n`;
}

function cell(value: string | number): string {
  const text =
    typeof value === 'number' ? String(value) : value.replace(/(?<=^|;)(?=[=+\-@\t\r\n＝＋－＠])/g, "'");
  return /[",\r\n]/.test(text) ? `"${text.replaceAll('"', '""')}"` : text;
}

/** "kanda-codes-2026-11-02-to-2026-12-01.csv": what is in it, and its first and last day in UTC. */
export function csvName({ show, bars, bucketSeconds }: Chart, about?: string): string {
  const first = bars[0]?.start ?? 0;
  const end = (bars.at(-1)?.start ?? 0) + bucketSeconds * 1000 - 1;
  const parts = ['kanda', ...(about === undefined ? [] : [about]), show, dayOf(first), 'to', dayOf(end)];
  return `${parts.join('-').replace(/[^\w-]+/g, '')}.csv`;
}

function dayOf(at: number): string {
  return new Date(at).toISOString().slice(0, 10);
}
