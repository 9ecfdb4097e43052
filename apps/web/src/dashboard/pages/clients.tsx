import { keepPreviousData, useQuery } from '@tanstack/react-query';
import { getRouteApi, Link } from '@tanstack/react-router';
import { useEffect, useState } from 'react';
import { t } from '../../texts/clients.ts';
import { Button, buttonClass } from '../../ui/button.tsx';
import { Checkbox, NativeSelect, TextInput } from '../../ui/field.tsx';
import { Icon } from '../../ui/icons.tsx';
import { EmptyState, PageHeader, Panel } from '../../ui/panel.tsx';
import { SkeletonRows } from '../../ui/skeleton.tsx';
import { api, ask, type Client } from '../api.ts';
import { ClientTable } from '../parts/client-table.tsx';
import { EnrolDialog } from '../parts/enrol-dialog.tsx';
import { PhoneUsers } from '../parts/phone-users.tsx';
import { QueryView } from '../parts/query-view.tsx';
import { SendLink } from '../parts/send-link.tsx';
import { type ClientsSearch, STATUSES } from '../searches.ts';
import { untilFull } from '../until-found.ts';

const route = getRouteApi('/dashboard/clients');
const PAGE = 50;
/** Typing is one entry of the history, not one for each letter. */
const TYPED_AFTER_MS = 300;

export function ClientsPage() {
  const { q, status, weak, cursor, new: enrolling } = route.useSearch();
  const navigate = route.useNavigate();
  const clients = useQuery({
    queryKey: ['clients', { q, status, weak, cursor }],
    queryFn: ({ signal }) =>
      untilFull(
        (from) =>
          ask(
            api.GET('/api/totp/clients', {
              params: {
                query: {
                  limit: PAGE,
                  ...(q === undefined ? {} : { q }),
                  ...(status === undefined ? {} : { status }),
                  ...(weak === undefined ? {} : { weak }),
                  ...(from === null ? {} : { cursor: from }),
                },
              },
            }),
          ),
        cursor ?? null,
        PAGE,
        signal,
      ),
    placeholderData: keepPreviousData,
  });
  const [sending, setSending] = useState(false);
  const filtered = q !== undefined || status !== undefined || weak !== undefined;
  const enrol = () => void navigate({ search: (search) => ({ ...search, new: true as const }) });
  const close = () => void navigate({ search: ({ new: _, ...search }) => search, replace: true });
  return (
    <>
      <PageHeader
        name={t.users}
        actions={
          <>
            <MoveLinks />
            <Button onClick={() => setSending(true)}>{t.sendLink}</Button>
            <Button look="primary" icon="plus" data-new onClick={enrol}>
              {t.enrol}
            </Button>
          </>
        }
      />
      <PhoneUsers />
      <Filters q={q} status={status} weak={weak} />
      <Panel>
        <QueryView query={clients} skeleton={<SkeletonRows rows={8} height="h-13" />}>
          {({ data, nextCursor }) => (
            <>
              {data.length > 0 && <ClientTable clients={data} />}
              {data.length === 0 && (
                <NoClients
                  filtered={filtered}
                  later={cursor !== undefined}
                  more={nextCursor !== null}
                  onEnrol={enrol}
                />
              )}
              <Pages cursor={cursor} nextCursor={nextCursor} />
            </>
          )}
        </QueryView>
      </Panel>
      {enrolling === true && <EnrolDialog onClose={close} />}
      {sending && <SendLink clientId="" purposes={['enrol']} onClose={() => setSending(false)} />}
    </>
  );
}

interface FiltersProps {
  q: string | undefined;
  status: Client['status'] | undefined;
  weak: true | undefined;
}

function MoveLinks() {
  return (
    <>
      <Link to="/dashboard/import" className={buttonClass()}>
        <Icon name="upload" />
        {t.import}
      </Link>
      <Link to="/dashboard/export" className={buttonClass()}>
        <Icon name="download" />
        {t.export}
      </Link>
    </>
  );
}

function Filters({ q, status, weak }: FiltersProps) {
  const navigate = route.useNavigate();
  const [typed, setTyped] = useState(q ?? '');
  useEffect(() => setTyped(q ?? ''), [q]);
  useEffect(() => {
    if (typed === (q ?? '')) return;
    const timer = setTimeout(() => {
      const next = typed.trim();
      void navigate({
        search: ({ q: _, cursor: __, ...search }) => (next === '' ? search : { ...search, q: next }),
        replace: true,
      });
    }, TYPED_AFTER_MS);
    return () => clearTimeout(timer);
  }, [typed, q, navigate]);
  return (
    <search className="mb-4 flex flex-wrap gap-3">
      <div className="relative grow basis-56">
        <span className="pointer-events-none absolute inset-y-0 left-3 flex items-center text-muted">
          <Icon name="search" />
        </span>
        <TextInput
          type="search"
          data-search
          aria-label={t.searchUsers}
          placeholder={t.searchPlaceholder}
          className="pl-9"
          maxLength={128}
          value={typed}
          onChange={(event) => setTyped(event.target.value)}
        />
      </div>
      <div className="basis-40">
        <NativeSelect
          aria-label={t.status}
          value={status ?? ''}
          onChange={(event) => {
            const picked = STATUSES.find((each) => each === event.target.value);
            void navigate({
              search: ({ status: _, cursor: __, ...search }) =>
                picked === undefined ? search : { ...search, status: picked },
            });
          }}
        >
          <option value="">{t.anyStatus}</option>
          <option value="active">{t.active}</option>
          <option value="pending">{t.pending}</option>
          <option value="locked">{t.locked}</option>
          <option value="disabled">{t.disabled}</option>
        </NativeSelect>
      </div>
      <Checkbox
        label={t.weakOnly}
        className="self-center"
        checked={weak === true}
        onChange={(event) => {
          const picked = event.target.checked ? { weak: true as const } : {};
          void navigate({ search: ({ weak: _, cursor: __, ...search }) => ({ ...search, ...picked }) });
        }}
      />
    </search>
  );
}

interface NoClientsProps {
  filtered: boolean;
  /** Earlier pages came before this one. */
  later: boolean;
  /** Further pages follow, though this one is empty. */
  more: boolean;
  onEnrol: () => void;
}

function NoClients({ filtered, later, more, onEnrol }: NoClientsProps) {
  if (more) {
    return <EmptyState title={t.noMatchYet}>{t.searchStopped}</EmptyState>;
  }
  if (filtered || later) {
    return (
      <EmptyState
        title={filtered ? t.noMatch : t.noFurther}
        action={
          <Link to="/dashboard/clients" className={buttonClass()}>
            {filtered ? t.clearFilters : t.firstPage}
          </Link>
        }
      />
    );
  }
  return (
    <EmptyState
      title={t.noneEnrolled}
      action={
        <Button look="primary" icon="plus" onClick={onEnrol}>
          {t.enrolUser}
        </Button>
      }
    >
      {t.enrolHint(
        (words) => (
          <code>{words}</code>
        ),
        (words) => (
          <Link to="/dashboard/import" className="underline">
            {words}
          </Link>
        ),
      )}
    </EmptyState>
  );
}

function Pages({ cursor, nextCursor }: { cursor: string | undefined; nextCursor: string | null }) {
  if (cursor === undefined && nextCursor === null) return null;
  const first = ({ cursor: _, ...search }: Partial<ClientsSearch>) => search;
  return (
    <nav aria-label={t.pages} className="flex justify-end gap-2 border-t border-border px-4 py-3 sm:px-5">
      {cursor !== undefined && (
        <Link from="/dashboard/clients" to="." search={first} className={buttonClass()}>
          {t.firstPage}
        </Link>
      )}
      {nextCursor !== null && (
        <Link
          from="/dashboard/clients"
          to="."
          search={(search: Partial<ClientsSearch>) => ({ ...search, cursor: nextCursor })}
          className={buttonClass()}
        >
          {t.next}
          <Icon name="next" />
        </Link>
      )}
    </nav>
  );
}
