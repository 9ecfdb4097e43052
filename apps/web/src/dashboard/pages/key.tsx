import { useQuery } from '@tanstack/react-query';
import { getRouteApi, Link, useNavigate } from '@tanstack/react-router';
import { useState } from 'react';
import { t } from '../../texts/keys.ts';
import { Button, buttonClass } from '../../ui/button.tsx';
import { numberWords } from '../../ui/formats.ts';
import { Icon } from '../../ui/icons.tsx';
import { Facts, Notice, PageHeader, Panel } from '../../ui/panel.tsx';
import { Loading, Skeleton, SkeletonRows } from '../../ui/skeleton.tsx';
import { Cell, ROW_CLASS, Table } from '../../ui/table.tsx';
import { Ago, ExactTime, useNow } from '../../ui/time.tsx';
import { counted } from '../../ui/time-words.ts';
import { api, ask, type LoggedEvent, listEvents, Problem, type UsedKey } from '../api.ts';
import { ActivityChart } from '../charts/activity-chart.tsx';
import { chartOf, DAY_SECONDS } from '../charts/chart.ts';
import { EventList } from '../parts/event-list.tsx';
import { ErrorPanel } from '../parts/failed.tsx';
import { Expiry, Revoke, Scopes } from '../parts/key-parts.tsx';
import { QueryView } from '../parts/query-view.tsx';

const route = getRouteApi('/dashboard/keys/$id');
const LOOKED_AT = 200;
const EVENTS = 5;
const DAY_MS = 86_400_000;
const SOON_DAYS = 14;

/** One API key: what it may do, when it ends, what it did by day, from where, and its newest events. */
export function KeyPage() {
  const { id } = route.useParams();
  const { data, error, dataUpdatedAt, refetch } = useQuery({
    queryKey: ['keys', 'one', id],
    queryFn: () => ask(api.GET('/api/keys/{id}', { params: { path: { id } } })),
  });
  const retry = () => void refetch();
  // An id that cannot be one is refused as malformed.
  const isUnknown = error instanceof Problem && [404, 400].includes(error.status);
  return (
    <>
      <Link
        to="/dashboard/keys"
        className="mb-3 inline-flex items-center gap-1 rounded-badge text-14 text-muted hover:text-ink"
      >
        <Icon name="back" />
        {t.apiKeys}
      </Link>
      {isUnknown ? (
        <Unknown id={id} />
      ) : data !== undefined ? (
        <>
          {error !== null && (
            <ErrorPanel error={error} dataFrom={dataUpdatedAt} onRetry={retry} className="mb-4" />
          )}
          <Known key={id} apiKey={data} />
        </>
      ) : error !== null ? (
        <ErrorPanel error={error} onRetry={retry} />
      ) : (
        <Loading>
          <Skeleton className="mb-6 h-9 w-64" />
          <Skeleton className="mb-4 h-48 w-full" />
          <Skeleton className="h-72 w-full" />
        </Loading>
      )}
    </>
  );
}

function Unknown({ id }: { id: string }) {
  return (
    <>
      <PageHeader name={t.noSuchKey} />
      <p className="mb-6 max-w-prose">{t.maybeRevoked}</p>
      <p className="flex flex-wrap gap-2">
        <Link to="/dashboard/keys" className={buttonClass()}>
          {t.allKeys}
        </Link>
        <Link to="/dashboard/logs" search={{ actor: `key:${id}` }} className={buttonClass()}>
          {t.itsLog}
        </Link>
      </p>
    </>
  );
}

function Known({ apiKey }: { apiKey: UsedKey }) {
  const navigate = useNavigate();
  const [leaving, setLeaving] = useState(false);
  const others = apiKey.use.reduce((sum, day) => sum + day.others, 0);
  const [asTable, setAsTable] = useState(false);
  return (
    <>
      <PageHeader
        name={apiKey.name}
        title={<bdi>{apiKey.name}</bdi>}
        actions={
          <Button look="warning" onClick={() => setLeaving(true)}>
            {t.revoke}
          </Button>
        }
      />
      <div className="flex flex-col gap-4">
        <Ending apiKey={apiKey} />
        <Panel title={t.key}>
          <div className="px-4 pb-5 sm:px-5">
            <Facts
              facts={[
                [
                  t.beginsWith,
                  <code
                    key="id"
                    className="break-all"
                  >{`kan_${apiKey.mode === 'test' ? 'test_' : ''}${apiKey.id}`}</code>,
                ],
                [t.may, <Scopes key="scopes" scopes={apiKey.scopes} />],
                [t.made, <ExactTime key="made" at={apiKey.createdAt} />],
                [t.lastUsed, <Ago key="used" at={apiKey.lastUsedAt} />],
                [t.expires, <Expiry key="end" at={apiKey.expiresAt} />],
              ]}
            />
          </div>
        </Panel>
        <ActivityChart
          chart={chartOf(apiKey.use, DAY_SECONDS)}
          range={t.lastThirtyDays}
          asTable={asTable}
          onAsTable={setAsTable}
          about={`key-${apiKey.id}`}
          note={t.countsBehind(others > 0 ? t.alsoMade(counted(others, 'other call')) : '')}
        />
        <Traces id={apiKey.id} />
      </div>
      <Revoke
        apiKey={leaving ? apiKey : null}
        onClose={() => setLeaving(false)}
        onRevoked={() => void navigate({ to: '/dashboard/keys' })}
      />
    </>
  );
}

function Ending({ apiKey: { expiresAt } }: { apiKey: UsedKey }) {
  const now = useNow();
  if (expiresAt === null) return null;
  const left = Date.parse(expiresAt) - now;
  if (left > SOON_DAYS * DAY_MS) return null;
  return (
    <Notice tone="warning">{left > 0 ? t.expiresSoon(<ExactTime at={expiresAt} />) : t.hasExpired}</Notice>
  );
}

/** From where the key was used, and its newest events. */
function Traces({ id }: { id: string }) {
  const events = useQuery({
    queryKey: ['logs', 'of-key', id],
    queryFn: () => listEvents({ actor: `key:${id}`, limit: LOOKED_AT }),
  });
  return (
    <div className="grid items-start gap-4 lg:grid-cols-2">
      <Panel title={t.lastAddresses}>
        <QueryView query={events} skeleton={<SkeletonRows rows={3} height="h-13" />}>
          {({ data, searchedTo }) => (
            <>
              <Addresses events={data} />
              <p className="px-4 py-3 text-14 text-muted sm:px-5">
                {t.of(data.length === LOOKED_AT ? t.itsNewest(LOOKED_AT) : t.itsEvents)}
                {searchedTo === undefined ? '.' : t.since(<ExactTime at={searchedTo} />)}
              </p>
            </>
          )}
        </QueryView>
      </Panel>
      <Panel
        title={t.lastEvents}
        actions={
          <Link
            to="/dashboard/logs"
            search={{ actor: `key:${id}` }}
            className={buttonClass('quiet', '-mr-2')}
          >
            {t.itsLog}
          </Link>
        }
      >
        <QueryView query={events} skeleton={<SkeletonRows rows={EVENTS} height="h-13" />}>
          {({ data }) =>
            data.length === 0 ? (
              <p className="px-4 pb-5 text-14 text-muted sm:px-5">{t.none}</p>
            ) : (
              <EventList events={data.slice(0, EVENTS)} caption={t.lastEventsOfKey} />
            )
          }
        </QueryView>
      </Panel>
    </div>
  );
}

function Addresses({ events }: { events: readonly LoggedEvent[] }) {
  const found = new Map<string, { last: string; count: number }>();
  for (const { ip, createdAt } of events) {
    if (ip === null) continue;
    const { last = createdAt, count = 0 } = found.get(ip) ?? {};
    found.set(ip, { last, count: count + 1 });
  }
  if (found.size === 0) return <p className="px-4 pb-2 text-14 text-muted sm:px-5">{t.none}</p>;
  return (
    <Table
      caption={t.addressesCaption}
      columns={[{ label: t.address }, { label: t.events, right: true }, { label: t.last, right: true }]}
    >
      {[...found].map(([ip, { last, count }]) => (
        <tr key={ip} data-row className={ROW_CLASS}>
          <Cell className="font-mono break-all">{ip}</Cell>
          <Cell right className="font-mono">
            {numberWords(count)}
          </Cell>
          <Cell right className="text-muted">
            <Ago at={last} />
          </Cell>
        </tr>
      ))}
    </Table>
  );
}
