import { t } from '../../texts/charts.ts';
import { numberWords } from '../../ui/formats.ts';
import { Scrollable } from '../../ui/scrollable.tsx';
import { busyBars, type Chart } from './chart.ts';
import { nothingWords, seriesWords } from './chart-words.ts';

const HEAD = 'py-1 pl-3 text-right font-normal first-letter:uppercase';

/** The figures of a chart: of the times in which anything was counted. */
export function BarTable({ chart }: { chart: Chart }) {
  const busy = busyBars(chart);
  if (busy.length === 0) return <p className="py-8 text-14 text-muted">{nothingWords(chart.show)}</p>;
  return (
    <Scrollable label={t.words.table} className="max-h-80 overflow-auto">
      <table className="w-full text-14">
        <thead>
          <tr className="text-left align-bottom text-muted">
            <th scope="col" className="py-1 font-normal">
              {t.words.time}
            </th>
            {chart.series.map(({ id }) => (
              <th key={id} scope="col" className={HEAD}>
                {seriesWords(id)}
              </th>
            ))}
          </tr>
        </thead>
        <tbody className="divide-y divide-border">
          {busy.map((bar) => (
            <tr key={bar.start}>
              <th scope="row" className="py-1.5 text-left font-normal whitespace-nowrap">
                {bar.label}
              </th>
              {chart.series.map(({ id }, index) => (
                <td key={id} className="py-1.5 pl-3 text-right font-mono">
                  {numberWords(bar.values[index] ?? 0)}
                </td>
              ))}
            </tr>
          ))}
        </tbody>
      </table>
    </Scrollable>
  );
}
