import { queryOptions, useQuery } from '@tanstack/react-query';
import { t } from '../../texts/server.ts';
import { Button } from '../../ui/button.tsx';
import { Notice, PageHeader, Panel } from '../../ui/panel.tsx';
import { SkeletonRows } from '../../ui/skeleton.tsx';
import { StatusBadge } from '../../ui/status-badge.tsx';
import { Cell, Table } from '../../ui/table.tsx';
import { api, ask, type ServerStatus } from '../api.ts';
import { QueryView } from '../parts/query-view.tsx';

type Check = ServerStatus['checks'][number];

const AGAIN_MS = 30_000;

const statusQuery = queryOptions({
  queryKey: ['server-status'],
  queryFn: () => ask(api.GET('/api/admin/status')),
  refetchInterval: AGAIN_MS,
});

const LEVELS = {
  fine: {
    tone: 'success',
    icon: 'accepted',
    get word() {
      return t.fine;
    },
  },
  look: {
    tone: 'warning',
    icon: 'warning',
    get word() {
      return t.lookAtIt;
    },
  },
  problem: {
    tone: 'danger',
    icon: 'refused',
    get word() {
      return t.problem;
    },
  },
} as const;

/** What the operator of the installation has to know, and to do. */
export function ServerPage() {
  const status = useQuery(statusQuery);
  return (
    <>
      <PageHeader
        name={t.server}
        actions={<Button onClick={() => void status.refetch()}>{t.checkAgain}</Button>}
      >
        {t.onlyOperators((words) => (
          <code>{words}</code>
        ))}
      </PageHeader>
      <QueryView query={status} skeleton={<SkeletonRows rows={8} height="h-13" />}>
        {({ at, checks }) => <Checks checks={[...checks, browserClock(at, status.dataUpdatedAt)]} />}
      </QueryView>
    </>
  );
}

function Checks({ checks }: { checks: readonly Check[] }) {
  const problems = checks.filter(({ level }) => level === 'problem');
  const looks = checks.filter(({ level }) => level === 'look');
  const fine = checks.filter(({ level }) => level === 'fine');
  const open = [...problems, ...looks];
  return (
    <div className="flex flex-col gap-6">
      <div role="status">
        <Notice tone={problems.length > 0 ? 'danger' : looks.length > 0 ? 'warning' : 'success'}>
          {summaryOf(problems.length, looks.length)}
        </Notice>
      </div>
      {open.length > 0 && (
        <Panel title={t.toDo}>
          <CheckTable caption={t.toDoCaption} checks={open} />
        </Panel>
      )}
      <Panel title={t.fine}>
        <CheckTable caption={t.fineCaption} checks={fine} />
      </Panel>
    </div>
  );
}

function CheckTable({ caption, checks }: { caption: string; checks: readonly Check[] }) {
  return (
    <Table caption={caption} columns={[{ label: t.check }, { label: t.status, right: true }]} bare>
      {checks.map((check) => {
        const { tone, icon, word } = LEVELS[check.level as keyof typeof LEVELS] ?? LEVELS.look;
        return (
          <tr key={check.check}>
            <Cell>
              <p className="font-semibold">{check.check}</p>
              <p className="mt-0.5 text-muted [overflow-wrap:anywhere]">{check.found}</p>
              {check.remedy !== undefined && (
                <p className="mt-1 max-w-[68ch] [overflow-wrap:anywhere]">{check.remedy}</p>
              )}
            </Cell>
            <Cell right className="align-top">
              <StatusBadge tone={tone} icon={icon}>
                {word}
              </StatusBadge>
            </Cell>
          </tr>
        );
      })}
    </Table>
  );
}

function summaryOf(problems: number, looks: number): string {
  if (problems + looks === 0) return t.allWell;
  const parts = [
    problems > 0 ? `${problems} ${problems === 1 ? 'problem' : 'problems'}` : '',
    looks > 0 ? t.toLookAt(looks) : '',
  ];
  return `${parts.filter((part) => part !== '').join(', ')}.`;
}

/** Longer than an answer is on its way. */
const APART_MS = 5_000;

/** The clock of the answer against that of this browser: the server cannot see this one. */
function browserClock(at: string, seenAt: number): Check {
  const check = t.clockAndBrowser;
  const aheadMs = Date.parse(at) - seenAt;
  if (Math.abs(aheadMs) <= APART_MS) return { check, level: 'fine', found: t.inStep };
  const seconds = Math.round(Math.abs(aheadMs) / 1000);
  return {
    check,
    level: 'look',
    found: t.clockOff(seconds, aheadMs > 0 ? t.aheadOf : 'behind'),
    remedy: t.oneIsWrong,
  };
}
