import { keepPreviousData, useInfiniteQuery } from '@tanstack/react-query';
import { getRouteApi, Link } from '@tanstack/react-router';
import { useMemo, useRef, useState } from 'react';
import { t } from '../../texts/log.ts';
import { Button, buttonClass } from '../../ui/button.tsx';
import { Icon } from '../../ui/icons.tsx';
import { Menu } from '../../ui/menu.tsx';
import { EmptyState, Notice, PageHeader, Panel } from '../../ui/panel.tsx';
import { Loading, SkeletonRows } from '../../ui/skeleton.tsx';
import { type LoggedEvent, listEvents } from '../api.ts';
import { useLiveLog } from '../live-log.ts';
import { filterOf, filterQuery, filterWords, isFiltered, type LogFilter } from '../log-filter.ts';
import { useLogView } from '../log-view.ts';
import { modeQuery } from '../mode.ts';
import { CheckpointDialog } from '../parts/checkpoint-dialog.tsx';
import { ErrorPanel } from '../parts/failed.tsx';
import { LogDrawer } from '../parts/log-drawer.tsx';
import { LogFilters } from '../parts/log-filters.tsx';
import { LogTable } from '../parts/log-table.tsx';
import { LogTotal } from '../parts/log-total.tsx';
import { LogViews } from '../parts/log-views.tsx';
import { untilFound } from '../until-found.ts';

const route = getRouteApi('/dashboard/logs');
const PAGE = 50;

export function LogsPage() {
  const search = route.useSearch();
  const navigate = route.useNavigate();
  const { id, live: asksLive, ...filters } = search;
  // The same while the address says the same: an open event is no new filter.
  const written = JSON.stringify(filters);
  const filter = useMemo(() => filterOf(JSON.parse(written) as typeof search), [written]);
  const live = asksLive === true && filter.to === undefined;
  const rows = useRef<HTMLDivElement>(null);
  const [checkpoint, setCheckpoint] = useState(false);
  const log = useInfiniteQuery({
    queryKey: ['logs', filter],
    initialPageParam: null as string | null,
    queryFn: ({ pageParam, signal }) =>
      untilFound(
        (cursor) => listEvents({ ...filter, limit: PAGE, ...(cursor === null ? {} : { cursor }) }),
        pageParam,
        signal,
      ),
    getNextPageParam: ({ nextCursor }) => nextCursor,
    placeholderData: keepPreviousData,
    // While the log is live it grows by the stream; a refetch under the reader's eyes would move it.
    refetchOnWindowFocus: !live,
    refetchOnReconnect: !live,
  });
  const fetched = useMemo(() => log.data?.pages.flatMap(({ data }) => data), [log.data]);
  const stream = useLiveLog({
    on: live,
    filter,
    read: log.isPlaceholderData ? undefined : fetched,
    onBegun: () => void log.refetch(),
    rows,
    open: id !== undefined,
  });
  const events = useMemo(
    () => (fetched === undefined ? undefined : newestFirst([...stream.fresh, ...fetched])),
    [stream.fresh, fetched],
  );

  const open = (opened: string | undefined) =>
    void navigate({
      search: ({ id: _, ...rest }) => (opened === undefined ? rest : { ...rest, id: opened }),
      resetScroll: false,
    });
  const setLive = () =>
    void navigate({
      search: ({ live: _, ...rest }) => (live ? rest : { ...rest, live: true as const }),
      resetScroll: false,
    });
  return (
    <>
      <PageHeader
        name={t.log}
        actions={
          <>
            <Button
              aria-pressed={live}
              disabled={filter.to !== undefined}
              title={filter.to === undefined ? undefined : t.doesNotGrow}
              onClick={setLive}
            >
              <span
                aria-hidden="true"
                className={`size-2 rounded-full ${live ? 'bg-success' : 'border border-edge'}`}
              />
              {t.live}
            </Button>
            <LogViews filter={filter} />
            <Export filter={filter} onCheckpoint={() => setCheckpoint(true)} />
          </>
        }
      />
      <LogFilters search={search} />
      {live && stream.trouble !== null && (
        <Notice tone="warning" className="mb-4">
          {stream.trouble}{' '}
          <button type="button" className="cursor-pointer underline" onClick={stream.restart}>
            {t.goLive}
          </button>
        </Notice>
      )}
      <LogTotal filter={filter} searchedTo={log.data?.pages.at(-1)?.searchedTo} />
      {/* Of no height, over the head of the table: what is below holds still. */}
      {live && (
        <div className="sticky top-16 z-10 flex h-0 justify-center md:top-3">
          {stream.waiting > 0 && (
            <Button look="primary" onClick={stream.show} className="shadow-lg">
              {stream.waiting === 1 ? t.oneNew : t.newEvents(stream.waiting)}
            </Button>
          )}
        </div>
      )}
      <Panel>
        {log.error !== null && (
          <ErrorPanel
            error={log.error}
            onRetry={() => void log.refetch()}
            {...(fetched === undefined ? {} : { dataFrom: log.dataUpdatedAt })}
            className="m-4"
          />
        )}
        <div ref={rows}>
          {events === undefined && log.error === null && (
            <Loading>
              <SkeletonRows rows={10} height="h-13" />
            </Loading>
          )}
          {events !== undefined && events.length > 0 && <LogTable events={events} onOpen={open} />}
          {events?.length === 0 && <Nothing filter={filter} more={log.hasNextPage} />}
        </div>
        {log.hasNextPage && (
          <div className="border-t border-border p-3 text-center">
            <Button onClick={() => void log.fetchNextPage()} busy={log.isFetchingNextPage && t.loading}>
              {events?.length === 0 ? t.lookBack : t.loadOlder}
            </Button>
          </div>
        )}
      </Panel>
      {id !== undefined && (
        <LogDrawer
          id={Number(id)}
          known={events?.find((each) => each.id === Number(id)) ?? null}
          onClose={() => open(undefined)}
        />
      )}
      {checkpoint && <CheckpointDialog onClose={() => setCheckpoint(false)} />}
    </>
  );
}

function newestFirst(events: readonly LoggedEvent[]): LoggedEvent[] {
  const byId = new Map(events.map((event) => [event.id, event]));
  return [...byId.values()].sort((one, other) => other.id - one.id);
}

function Export({ filter, onCheckpoint }: { filter: LogFilter; onCheckpoint: () => void }) {
  return (
    <Menu
      trigger={
        <Button>
          {t.export}
          <Icon name="down" />
        </Button>
      }
      items={[
        {
          label: t.exportCsv,
          href: `/api/logs?${filterQuery(filter, { format: 'csv', ...modeQuery() })}`,
        },
        {
          label: t.exportNdjson,
          href: `/api/logs?${filterQuery(filter, { format: 'ndjson', ...modeQuery() })}`,
        },
        {
          label: t.exportJson,
          href: `/api/logs?${filterQuery(filter, { format: 'json', limit: '200', ...modeQuery() })}`,
          file: 'kanda-log.json',
        },
        { label: t.checkpointMenu, onSelect: onCheckpoint },
      ]}
    />
  );
}

function Nothing({ filter, more }: { filter: LogFilter; more: boolean }) {
  const { zone } = useLogView();
  if (!isFiltered(filter)) {
    return (
      <EmptyState
        title={t.nothingYet}
        action={
          <Link to="/dashboard/playground" className={buttonClass()}>
            {t.makeCall}
          </Link>
        }
      >
        {t.firstCallHere}
      </EmptyState>
    );
  }
  return (
    <EmptyState
      title={more ? t.noMatchNewest : t.nothingMatches}
      action={
        <Link to="/dashboard/logs" className={buttonClass()}>
          {t.clearFilters}
        </Link>
      }
    >
      {t.lookedFor(filterWords(filter, zone))}
    </EmptyState>
  );
}
