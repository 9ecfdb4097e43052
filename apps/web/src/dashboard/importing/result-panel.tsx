import type { Problem } from '@kanda/formats';
import { useEffect, useRef } from 'react';
import { t } from '../../texts/importing.ts';
import { Button } from '../../ui/button.tsx';
import { numberWords } from '../../ui/formats.ts';
import { Notice, Panel } from '../../ui/panel.tsx';
import { Cell, Table } from '../../ui/table.tsx';
import { saveText } from '../save-text.ts';
import { countsOf, reportOf, toldOfProblems, toldOfResults } from './outcome.ts';
import type { Progress } from './send.ts';
import { OutcomeBadge, ToldList } from './told-list.tsx';
import type { Done } from './use-import.ts';

interface ProgressPanelProps {
  progress: Progress;
  total: number;
  onStop: () => void;
}

export function ProgressPanel({ progress: { sent, waiting }, total, onStop }: ProgressPanelProps) {
  return (
    <Panel title={t.sending}>
      <div className="flex flex-col gap-3 px-4 pb-5 sm:px-5">
        <progress aria-label={t.sentSoFar} className="w-full accent-accent" max={total} value={sent} />
        <p className="text-14">{t.sentOf(numberWords(sent), numberWords(total))}</p>
        {waiting !== null && <Notice tone="warning">{t.triedAgain(waiting)}</Notice>}
        <div>
          <Button onClick={onStop}>{t.cancel}</Button>
        </div>
      </div>
    </Panel>
  );
}

interface ResultPanelProps {
  done: Done;
  problems: readonly Problem[];
}

/** A table of what has become of everything, and of what was not taken the reason and the place. */
export function ResultPanel({ done: { results, isDry, stoppedByConflicts }, problems }: ResultPanelProps) {
  const summary = useRef<HTMLParagraphElement>(null);
  useEffect(() => summary.current?.focus(), []);
  const left = problems.filter(({ kind }) => kind === 'refused' || kind === 'skipped' || kind === 'file');
  const notSent = results.some(({ result }) => result === 'not_sent');
  return (
    <Panel
      title={isDry ? t.triedOut : t.imported}
      actions={
        <Button
          icon="download"
          onClick={() =>
            saveText(reportOf(results, problems), 'application/x-ndjson', 'import-report.ndjson')
          }
        >
          {t.downloadReport}
        </Button>
      }
    >
      <div className="flex flex-col gap-4 px-4 pb-5 sm:px-5">
        <p ref={summary} tabIndex={-1} className="rounded-badge text-14">
          {isDry ? t.wouldComeTo : t.hasComeTo}
        </p>
        {stoppedByConflicts && <Notice tone="warning">{t.nothingImported}</Notice>}
        {notSent && !isDry && <Notice tone="warning">{t.youStopped}</Notice>}
        <div className="-mx-4 border-y border-border sm:-mx-5">
          <Table caption={t.outcomes} columns={[{ label: t.outcome }, { label: t.secrets, right: true }]}>
            {countsOf(results, problems).map(([outcome, count]) => (
              <tr key={outcome}>
                <Cell>
                  <OutcomeBadge outcome={outcome} />
                </Cell>
                <Cell right className="font-mono">
                  {numberWords(count)}
                </Cell>
              </tr>
            ))}
          </Table>
        </div>
        <ToldList label={t.notTaken} told={[...toldOfResults(results), ...toldOfProblems(left)]} />
        {!isDry && <p className="text-14 text-muted">{t.deleteFile}</p>}
      </div>
    </Panel>
  );
}
