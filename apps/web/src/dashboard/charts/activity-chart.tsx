import type { ReactNode } from 'react';
import { t } from '../../texts/charts.ts';
import { Button } from '../../ui/button.tsx';
import { Panel } from '../../ui/panel.tsx';
import { saveText } from '../save-text.ts';
import { BarTable } from './bar-table.tsx';
import { Bars } from './bars.tsx';
import { type Chart, DAY_SECONDS, withoutUnused } from './chart.ts';
import { chartSummary, chartTitle } from './chart-words.ts';
import { chartCsv, csvName } from './csv.ts';
import { Legend } from './legend.tsx';

interface ActivityChartProps {
  chart: Chart;
  /** "last 24 hours" */
  range: string;
  asTable: boolean;
  onAsTable: (asTable: boolean) => void;
  /** The choice of what is shown, where there is one. */
  choice?: ReactNode;
  /** What the figures are of, for the name of the file with them: "key-5a0c". Absent: of all. */
  about?: string;
  /** More to know about the figures, below them. */
  note?: ReactNode;
}

/**
 * What was counted over time, as bars. Looks differ without colour. A user who cannot see it gets the sentence, each
 * bar read by the arrow keys, and the same figures as a table.
 */
export function ActivityChart({ chart, range, asTable, onAsTable, choice, about, note }: ActivityChartProps) {
  const seen = withoutUnused(chart);
  const isOfDays = chart.bucketSeconds === DAY_SECONDS;
  return (
    <div>
      <Panel
        title={chartTitle(chart.show, range)}
        actions={
          <div className="flex flex-wrap gap-2 max-sm:w-full sm:-mr-2">
            {choice}
            <Button
              look="quiet"
              className="max-sm:-ml-4"
              aria-pressed={asTable}
              onClick={() => onAsTable(!asTable)}
            >
              {asTable ? t.words.asChart : t.words.asTable}
            </Button>
            <Button
              look="quiet"
              className="px-3"
              onClick={() => saveText(chartCsv(chart), 'text/csv', csvName(chart, about))}
            >
              {t.words.csv}
            </Button>
          </div>
        }
      >
        <figure className="m-0 px-4 pb-4 sm:px-5">
          <Legend chart={seen} />
          <figcaption className="sr-only">{chartSummary(seen, range)}</figcaption>
          {asTable ? <BarTable chart={seen} /> : <Bars chart={seen} />}
        </figure>
      </Panel>
      {(isOfDays || chart.show === 'lockouts' || note !== undefined) && (
        <p className="mt-2 text-14 text-muted">
          {isOfDays && `${t.words.daysInUtc} `}
          {chart.show === 'lockouts' && `${t.words.lockouts} `}
          {note}
        </p>
      )}
    </div>
  );
}
