import { keepPreviousData, useInfiniteQuery } from '@tanstack/react-query';
import { getRouteApi, Link } from '@tanstack/react-router';
import { useState } from 'react';
import { t } from '../../texts/keys.ts';
import { Button } from '../../ui/button.tsx';
import { EmptyState, PageHeader, Panel } from '../../ui/panel.tsx';
import { Loading, SkeletonRows } from '../../ui/skeleton.tsx';
import { Cell, Table } from '../../ui/table.tsx';
import { Ago } from '../../ui/time.tsx';
import { type ApiKey, api, ask } from '../api.ts';
import { ErrorPanel } from '../parts/failed.tsx';
import { Expiry, Revoke, Scopes } from '../parts/key-parts.tsx';
import { NewKeyDialog } from '../parts/new-key-dialog.tsx';

const route = getRouteApi('/dashboard/keys');
const PAGE = 50;

export function KeysPage() {
  const { new: making } = route.useSearch();
  const navigate = route.useNavigate();
  const [leaving, setLeaving] = useState<ApiKey | null>(null);
  const keys = useInfiniteQuery({
    queryKey: ['keys'],
    initialPageParam: null as string | null,
    queryFn: ({ pageParam }) =>
      ask(
        api.GET('/api/keys', {
          params: { query: { limit: PAGE, ...(pageParam === null ? {} : { cursor: pageParam }) } },
        }),
      ),
    getNextPageParam: ({ nextCursor }) => nextCursor,
    placeholderData: keepPreviousData,
  });
  const make = () => void navigate({ search: { new: true } });
  const all = keys.data?.pages.flatMap(({ data }) => data);
  const newKey = (
    <Button look="primary" icon="plus" data-new onClick={make}>
      {t.newKey}
    </Button>
  );
  return (
    <>
      <PageHeader name={t.apiKeys} actions={newKey} />
      <Panel>
        {keys.error !== null && (
          <ErrorPanel
            error={keys.error}
            onRetry={() => void keys.refetch()}
            {...(all === undefined ? {} : { dataFrom: keys.dataUpdatedAt })}
            className="m-4"
          />
        )}
        {all === undefined && keys.error === null && (
          <Loading>
            <SkeletonRows rows={5} height="h-13" />
          </Loading>
        )}
        {all?.length === 0 && (
          <EmptyState title={t.noKeys} action={<Button onClick={make}>{t.makeAKey}</Button>}>
            {t.onePerApp}
          </EmptyState>
        )}
        {all !== undefined && all.length > 0 && <KeyTable keys={all} onRevoke={setLeaving} />}
        {keys.hasNextPage && (
          <div className="border-t border-border p-3 text-center">
            <Button onClick={() => void keys.fetchNextPage()} busy={keys.isFetchingNextPage && t.loading}>
              {t.loadOlder}
            </Button>
          </div>
        )}
      </Panel>
      {making === true && <NewKeyDialog onClose={() => void navigate({ search: {}, replace: true })} />}
      <Revoke apiKey={leaving} onClose={() => setLeaving(null)} />
    </>
  );
}

function KeyTable({ keys, onRevoke }: { keys: readonly ApiKey[]; onRevoke: (key: ApiKey) => void }) {
  return (
    <Table
      caption={t.caption}
      columns={[
        { label: t.name },
        { label: t.may, wide: true },
        { label: t.lastUsed, wide: true },
        { label: t.expires, wide: true },
        { label: t.revoke, right: true, hidden: true },
      ]}
    >
      {keys.map((key) => (
        <tr key={key.id} data-row className="focus-within:bg-sunken">
          <Cell>
            <Link
              to="/dashboard/keys/$id"
              params={{ id: key.id }}
              className="font-semibold [overflow-wrap:anywhere] hover:underline"
            >
              <bdi>{key.name}</bdi>
            </Link>
            <div className="font-mono text-12 whitespace-nowrap text-muted">
              {key.mode === 'test' ? 'kan_test_' : 'kan_'}
              {key.id.slice(0, 8)}…
            </div>
            <p className="mt-1 text-muted lg:hidden">
              {t.usedEnds(<Ago at={key.lastUsedAt} />)}
              <Expiry at={key.expiresAt} />
            </p>
            <div className="mt-2 lg:hidden">
              <Scopes scopes={key.scopes} />
            </div>
          </Cell>
          <Cell wide>
            <Scopes scopes={key.scopes} />
          </Cell>
          <Cell wide className="text-muted">
            <Ago at={key.lastUsedAt} />
          </Cell>
          <Cell wide className="text-muted">
            <Expiry at={key.expiresAt} />
          </Cell>
          <Cell right>
            <Button look="warning" onClick={() => onRevoke(key)} aria-label={t.revokeNamed(key.name)}>
              {t.revoke}
            </Button>
          </Cell>
        </tr>
      ))}
    </Table>
  );
}
