import { keepPreviousData, useInfiniteQuery, useQueryClient } from '@tanstack/react-query';
import { getRouteApi } from '@tanstack/react-router';
import { useState } from 'react';
import { Button } from '../../ui/button.tsx';
import { ConfirmByName } from '../../ui/confirm.tsx';
import { EmptyState, PageHeader, Panel } from '../../ui/panel.tsx';
import { Loading, SkeletonRows } from '../../ui/skeleton.tsx';
import { StatusBadge } from '../../ui/status-badge.tsx';
import { Cell, Table } from '../../ui/table.tsx';
import { Ago, useNow } from '../../ui/time.tsx';
import { useToast } from '../../ui/toast.tsx';
import { useAction } from '../action.ts';
import { type ApiKey, api, ask } from '../api.ts';
import { SCOPE_WORDS } from '../event-words.ts';
import { ErrorPanel } from '../parts/failed.tsx';
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
      New key
    </Button>
  );
  return (
    <>
      <PageHeader name="API keys" actions={newKey} />
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
          <EmptyState title="No keys." action={<Button onClick={make}>Make a key</Button>}>
            Make one per app, so you can revoke one alone.
          </EmptyState>
        )}
        {all !== undefined && all.length > 0 && <KeyTable keys={all} onRevoke={setLeaving} />}
        {keys.hasNextPage && (
          <div className="border-t border-border p-3 text-center">
            <Button onClick={() => void keys.fetchNextPage()} busy={keys.isFetchingNextPage && 'Loading…'}>
              Load older
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
      caption="API keys, newest first"
      columns={[
        { label: 'Name' },
        { label: 'May', wide: true },
        { label: 'Last used', wide: true },
        { label: 'Expires', wide: true },
        { label: 'Revoke', right: true, hidden: true },
      ]}
    >
      {keys.map((key) => (
        <tr key={key.id} data-row className="focus-within:bg-sunken">
          <Cell>
            <bdi className="font-semibold [overflow-wrap:anywhere]">{key.name}</bdi>
            <div className="font-mono text-12 whitespace-nowrap text-muted">
              {key.mode === 'test' ? 'kan_test_' : 'kan_'}
              {key.id.slice(0, 8)}…
            </div>
            <p className="mt-1 text-muted lg:hidden">
              Used <Ago at={key.lastUsedAt} />, ends <Expiry at={key.expiresAt} />
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
            <Button look="warning" onClick={() => onRevoke(key)} aria-label={`Revoke ${key.name}`}>
              Revoke
            </Button>
          </Cell>
        </tr>
      ))}
    </Table>
  );
}

function Scopes({ scopes }: { scopes: ApiKey['scopes'] }) {
  return (
    <ul className="flex flex-wrap gap-1">
      {scopes.map((scope) => (
        <li
          key={scope}
          title={SCOPE_WORDS[scope].title}
          className="rounded-badge bg-sunken px-1.5 py-0.5 font-mono text-12 whitespace-nowrap"
        >
          {scope}
        </li>
      ))}
    </ul>
  );
}

function Expiry({ at }: { at: string | null }) {
  const now = useNow();
  if (at !== null && Date.parse(at) <= now) {
    return (
      <StatusBadge tone="danger" icon="refused">
        Expired
      </StatusBadge>
    );
  }
  return <Ago at={at} />;
}

function Revoke({ apiKey, onClose }: { apiKey: ApiKey | null; onClose: () => void }) {
  const queries = useQueryClient();
  const tell = useToast();
  const revoke = useAction(async ({ id, name }: ApiKey) => {
    await ask(api.DELETE('/api/keys/{id}', { params: { path: { id } } }));
    tell(`${name} is revoked.`);
    onClose();
    await queries.invalidateQueries();
  });
  if (apiKey === null) return null;
  return (
    <ConfirmByName
      open
      onClose={() => {
        revoke.reset();
        onClose();
      }}
      title="Revoke this key?"
      name={apiKey.name}
      noun="key's name"
      action="Revoke"
      busy={revoke.pending && 'Revoking…'}
      onConfirm={() => void revoke.run(apiKey)}
      error={revoke.error === null ? null : <ErrorPanel error={revoke.error} className="mt-4" />}
    >
      Whatever uses it is refused from now on, tokens that it was traded for too. It cannot be brought back.
    </ConfirmByName>
  );
}
