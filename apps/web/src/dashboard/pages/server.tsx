import { queryOptions, useQuery } from '@tanstack/react-query';
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
  fine: { tone: 'success', icon: 'accepted', word: 'Fine' },
  look: { tone: 'warning', icon: 'warning', word: 'Look at it' },
  problem: { tone: 'danger', icon: 'refused', word: 'Problem' },
} as const;

/** What the operator of the installation has to know, and to do. */
export function ServerPage() {
  const status = useQuery(statusQuery);
  return (
    <>
      <PageHeader name="Server" actions={<Button onClick={() => void status.refetch()}>Check again</Button>}>
        Only operators of this installation see this page. <code>kanda doctor</code> checks more, on the
        machine itself.
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
        <Panel title="To do">
          <CheckTable caption="To do, problems first, problems first" checks={open} />
        </Panel>
      )}
      <Panel title="Fine">
        <CheckTable caption="What is fine" checks={fine} />
      </Panel>
    </div>
  );
}

function CheckTable({ caption, checks }: { caption: string; checks: readonly Check[] }) {
  return (
    <Table caption={caption} columns={[{ label: 'Check' }, { label: 'Status', right: true }]} bare>
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
  if (problems + looks === 0) return 'All is well.';
  const parts = [
    problems > 0 ? `${problems} ${problems === 1 ? 'problem' : 'problems'}` : '',
    looks > 0 ? `${looks} to look at` : '',
  ];
  return `${parts.filter((part) => part !== '').join(', ')}.`;
}

/** Longer than an answer is on its way. */
const APART_MS = 5_000;

/** The clock of the answer against that of this browser: the server cannot see this one. */
function browserClock(at: string, seenAt: number): Check {
  const check = 'Clock and this browser';
  const aheadMs = Date.parse(at) - seenAt;
  if (Math.abs(aheadMs) <= APART_MS) return { check, level: 'fine', found: 'the two are in step' };
  const seconds = Math.round(Math.abs(aheadMs) / 1000);
  return {
    check,
    level: 'look',
    found: `the server's clock is ${seconds} s ${aheadMs > 0 ? 'ahead of' : 'behind'} this browser's`,
    remedy: 'One of the two is wrong. Compare both with a third clock.',
  };
}
