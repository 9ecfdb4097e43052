import type { Problem } from '@kanda/formats';
import { useEffect, useRef } from 'react';
import { Button } from '../../ui/button.tsx';
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
    <Panel title="Sending">
      <div className="flex flex-col gap-3 px-4 pb-5 sm:px-5">
        <progress aria-label="Sent so far" className="w-full accent-accent" max={total} value={sent} />
        <p className="text-14">
          {sent.toLocaleString('en')} of {total.toLocaleString('en')}
        </p>
        {waiting !== null && <Notice tone="warning">{waiting} It is tried again.</Notice>}
        <div>
          <Button onClick={onStop}>Cancel</Button>
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
      title={isDry ? 'Tried out' : 'Imported'}
      actions={
        <Button
          icon="download"
          onClick={() =>
            saveText(reportOf(results, problems), 'application/x-ndjson', 'import-report.ndjson')
          }
        >
          Download report
        </Button>
      }
    >
      <div className="flex flex-col gap-4 px-4 pb-5 sm:px-5">
        <p ref={summary} tabIndex={-1} className="rounded-badge text-14">
          {isDry ? 'Nothing was changed. The import would come to:' : 'The import has come to:'}
        </p>
        {stoppedByConflicts && (
          <Notice tone="warning">
            Nothing was imported, since some users are there with another secret.
          </Notice>
        )}
        {notSent && !isDry && (
          <Notice tone="warning">
            You stopped it. Import again to send the rest: what is there with the same secret stays as it is.
          </Notice>
        )}
        <div className="-mx-4 border-y border-border sm:-mx-5">
          <Table caption="Outcomes" columns={[{ label: 'Outcome' }, { label: 'Secrets', right: true }]}>
            {countsOf(results, problems).map(([outcome, count]) => (
              <tr key={outcome}>
                <Cell>
                  <OutcomeBadge outcome={outcome} />
                </Cell>
                <Cell right className="font-mono">
                  {count.toLocaleString('en')}
                </Cell>
              </tr>
            ))}
          </Table>
        </div>
        <ToldList label="What was not taken" told={[...toldOfResults(results), ...toldOfProblems(left)]} />
        {!isDry && (
          <p className="text-14 text-muted">
            Delete the file when everything works. It is as good as every phone in it.
          </p>
        )}
      </div>
    </Panel>
  );
}
