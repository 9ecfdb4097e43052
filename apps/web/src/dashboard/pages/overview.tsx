import { useQuery } from '@tanstack/react-query';
import { Link } from '@tanstack/react-router';
import { type ReactNode, useEffect, useMemo, useState } from 'react';
import { t } from '../../texts/charts.ts';
import { buttonClass } from '../../ui/button.tsx';
import { NativeSelect } from '../../ui/field.tsx';
import { numberWords } from '../../ui/formats.ts';
import { EmptyState, PageHeader, Panel } from '../../ui/panel.tsx';
import { Held, Loading, SkeletonRows } from '../../ui/skeleton.tsx';
import { useAccount } from '../account.ts';
import { listEvents } from '../api.ts';
import { ActivityChart } from '../charts/activity-chart.tsx';
import { chartOf, DAY_SECONDS, HOUR_SECONDS } from '../charts/chart.ts';
import { rangeWords, showWords } from '../charts/chart-words.ts';
import { KeyLinks } from '../charts/key-links.tsx';
import { OwnDays, RangePicker } from '../charts/range-picker.tsx';
import { expectedProgress, gettingStartedQuery, noteProgress, progressIn } from '../getting-started.ts';
import { useMode } from '../mode.ts';
import { useView, useViewChange, type View } from '../overview-view.ts';
import { Attention } from '../parts/attention.tsx';
import { Checklist, ChecklistSkeleton } from '../parts/checklist.tsx';
import { EventList } from '../parts/event-list.tsx';
import { ErrorPanel } from '../parts/failed.tsx';
import { QueryView } from '../parts/query-view.tsx';
import { QuotaPanel } from '../parts/quotas.tsx';
import { SHOWS } from '../searches.ts';
import { daysIn, type Statistics, statisticsQuery } from '../statistics.ts';

const EVENTS = 5;

export function OverviewPage() {
  const view = useView();
  const statistics = useQuery(statisticsQuery(view.range));
  const progress = useProgress();
  const { user, apiKey } = (progress.data ?? progress.expected).steps;
  const begun = user || apiKey;
  return (
    <>
      <PageHeader name={t.overview} actions={begun ? <RangePicker /> : null} />
      {begun && typeof view.range === 'object' && <OwnDays range={view.range} />}
      {progress.error !== null && progress.data === undefined ? (
        <ErrorPanel error={progress.error} onRetry={() => void progress.refetch()} />
      ) : progress.data === undefined ? (
        <Loading>
          <ChecklistSkeleton progress={progress.expected} />
          {begun && <ActivitySkeleton {...view} />}
        </Loading>
      ) : (
        <>
          <Checklist progress={progress.data} />
          {begun && <Activity view={view} statistics={statistics} />}
        </>
      )}
    </>
  );
}

/** How far this account has come, as the server has found; until that is known, what to hold room for. */
function useProgress() {
  const mode = useMode();
  const { userId } = useAccount();
  const [expected] = useState(() => expectedProgress(mode, userId));
  const found = useQuery(gettingStartedQuery);
  const data = useMemo(
    () => (found.data === undefined ? undefined : progressIn(mode, found.data)),
    [found.data, mode],
  );
  useEffect(() => {
    if (data !== undefined) noteProgress(mode, userId, data);
  }, [data, mode, userId]);
  return { data, expected, error: found.error, refetch: found.refetch };
}

interface ActivityProps {
  view: View;
  statistics: ReturnType<typeof useQuery<Statistics>>;
}

function Activity({ view, statistics }: ActivityProps) {
  return (
    <div className="flex flex-col gap-4">
      <QueryView query={statistics} skeleton={<ActivitySkeleton {...view} />}>
        {(body) => (
          <>
            <Figures counts={body} />
            <Codes view={view} buckets={body.buckets} bucketSeconds={body.bucketSeconds} />
          </>
        )}
      </QueryView>
      <KeyLinks />
      <div className="grid items-start gap-4 lg:grid-cols-[minmax(0,3fr)_minmax(0,2fr)]">
        <LastEvents />
        <div className="grid gap-4">
          <Attention statistics={statistics.data} />
          <QuotaPanel quotas={statistics.data?.quotas} />
        </div>
      </div>
    </div>
  );
}

function ActivitySkeleton(view: View) {
  return (
    <>
      <Held className="mb-4">
        <Figures counts={NOTHING} />
      </Held>
      <Held>
        <Codes view={view} buckets={[]} bucketSeconds={isOfDays(view.range) ? DAY_SECONDS : HOUR_SECONDS} />
      </Held>
    </>
  );
}

function isOfDays(range: View['range']): boolean {
  return range === '30d' || (typeof range === 'object' && daysIn(range) > 7);
}

type CodesProps = Pick<Statistics, 'buckets' | 'bucketSeconds'> & { view: View };

function Codes({ view: { range, show, table }, buckets, bucketSeconds }: CodesProps) {
  const change = useViewChange();
  return (
    <ActivityChart
      chart={chartOf(buckets, bucketSeconds, { show, dated: typeof range === 'object' })}
      range={rangeWords(range)}
      asTable={table}
      onAsTable={(asTable) => change({ table: asTable })}
      choice={
        <div className="w-52 max-sm:w-full">
          <NativeSelect
            aria-label={t.words.show}
            value={show}
            onChange={({ target }) =>
              change({ show: SHOWS.find((each) => each === target.value) ?? 'codes' })
            }
          >
            {SHOWS.map((each) => (
              <option key={each} value={each}>
                {showWords(each)}
              </option>
            ))}
          </NativeSelect>
        </div>
      }
    />
  );
}

interface Counts {
  totals: Pick<Statistics['totals'], 'accepted' | 'refused' | 'failureRate'>;
  clients: Pick<Statistics['clients'], 'total' | 'locked'>;
}

const NOTHING: Counts = {
  totals: { accepted: 0, refused: 0, failureRate: null },
  clients: { total: 0, locked: 0 },
};

function Figures({ counts: { totals, clients } }: { counts: Counts }) {
  const rate = totals.failureRate === null ? '–' : `${percent(1 - totals.failureRate)} %`;
  return (
    <dl className="grid grid-cols-2 overflow-hidden rounded-dialog border border-border bg-surface lg:grid-cols-4">
      <Figure name={t.codesChecked} value={numberWords(totals.accepted + totals.refused)} />
      <Figure name={t.accepted} value={rate} />
      <Figure name={t.users} value={numberWords(clients.total)} />
      <Figure
        name={t.lockedNow}
        value={
          clients.locked === 0 ? (
            '0'
          ) : (
            <Link to="/dashboard/clients" search={{ status: 'locked' }} className="text-danger underline">
              {numberWords(clients.locked)}
            </Link>
          )
        }
      />
    </dl>
  );
}

function Figure({ name, value }: { name: string; value: ReactNode }) {
  return (
    <div className="-mt-px -ml-px border-t border-l border-border px-4 py-4 sm:px-5">
      <dt className="text-14 text-muted">{name}</dt>
      <dd className="mt-1 font-mono text-28">{value}</dd>
    </div>
  );
}

/** Never rounded up to 100 while something was refused. */
function percent(share: number): string {
  const whole = Math.round(share * 1000) / 10;
  return String(whole === 100 && share < 1 ? 99.9 : whole);
}

function LastEvents() {
  const events = useQuery({ queryKey: ['logs', 'last'], queryFn: () => listEvents({ limit: EVENTS }) });
  return (
    <Panel
      title={t.lastEvents}
      actions={
        <Link to="/dashboard/logs" className={buttonClass('quiet', '-mr-2')}>
          {t.log}
        </Link>
      }
    >
      <QueryView query={events} skeleton={<SkeletonRows rows={EVENTS} height="h-13" />}>
        {({ data }) =>
          data.length === 0 ? (
            <EmptyState title={t.nothingYet}>{t.firstCallHere}</EmptyState>
          ) : (
            <EventList events={data} caption={t.lastFive} />
          )
        }
      </QueryView>
    </Panel>
  );
}
