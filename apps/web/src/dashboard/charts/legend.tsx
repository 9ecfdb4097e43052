import { useId } from 'react';
import { type Chart, totalsOf } from './chart.ts';
import { legendWords } from './chart-words.ts';
import { Part, Patterns } from './looks.tsx';

/** What each look means, with what it comes to. */
export function Legend({ chart }: { chart: Chart }) {
  const id = useId();
  const totals = totalsOf(chart);
  return (
    <ul className="mb-2 flex min-h-5 flex-wrap items-center gap-x-5 gap-y-1 text-14">
      {chart.series.map((series, index) => (
        <li key={series.id} className="flex items-center gap-2">
          <svg aria-hidden="true" width="14" height="14">
            <Patterns id={`${id}${index}`} looks={[series.look]} />
            <Part id={`${id}${index}`} look={series.look} width={14} height={14} />
          </svg>
          <span>{legendWords(series.id, totals[index] ?? 0)}</span>
        </li>
      ))}
    </ul>
  );
}
