import { useQuery, useQueryClient } from '@tanstack/react-query';
import { getRouteApi, Link, useNavigate } from '@tanstack/react-router';
import { useState } from 'react';
import { Button, buttonClass, IconButton } from '../../ui/button.tsx';
import { Confirm, ConfirmByName } from '../../ui/confirm.tsx';
import { Icon } from '../../ui/icons.tsx';
import { Menu } from '../../ui/menu.tsx';
import { EmptyState, Facts, PageHeader, Panel } from '../../ui/panel.tsx';
import { Loading, Skeleton, SkeletonRows } from '../../ui/skeleton.tsx';
import { ClientStatus } from '../../ui/status-badge.tsx';
import { Ago, ExactTime } from '../../ui/time.tsx';
import { useToast } from '../../ui/toast.tsx';
import { useAction } from '../action.ts';
import { api, ask, type Client, type Enrolled, listEvents, Problem } from '../api.ts';
import { CHECK_NOTE, checkClientCode } from '../parts/check-client.ts';
import { EventList } from '../parts/event-list.tsx';
import { ErrorPanel, Trouble } from '../parts/failed.tsx';
import { QueryView } from '../parts/query-view.tsx';
import { SecretOnce } from '../parts/secret-once.tsx';
import { ShownOnce } from '../parts/shown-once.tsx';
import { UnlockPanels } from '../parts/unlock-panels.tsx';

const route = getRouteApi('/dashboard/clients/$clientId');
const EVENTS = 10;

export function ClientPage() {
  const { clientId } = route.useParams();
  const client = useQuery({
    queryKey: ['client', clientId],
    queryFn: () => ask(api.GET('/api/totp/clients/{clientId}', { params: { path: { clientId } } })),
    // What ends by itself is seen to end.
    refetchInterval: ({ state }) => untilItEnds(state.data),
  });
  return (
    <>
      <Link
        to="/dashboard/clients"
        className="mb-3 inline-flex items-center gap-1 rounded-badge text-14 text-muted hover:text-ink"
      >
        <Icon name="back" />
        Clients
      </Link>
      {client.data !== undefined ? (
        <>
          {client.error !== null && (
            <ErrorPanel
              error={client.error}
              dataFrom={client.dataUpdatedAt}
              onRetry={() => void client.refetch()}
              className="mb-4"
            />
          )}
          <Known key={clientId} client={client.data} />
        </>
      ) : client.error instanceof Problem && client.error.status === 404 ? (
        <Unknown clientId={clientId} />
      ) : client.error !== null ? (
        <ErrorPanel error={client.error} onRetry={() => void client.refetch()} />
      ) : (
        <Loading>
          <Skeleton className="mb-6 h-9 w-64" />
          <Skeleton className="mb-4 h-72 w-full" />
          <Skeleton className="h-72 w-full" />
        </Loading>
      )}
    </>
  );
}

/** How long the next of a lock and of a clock that was ahead lasts, in ms; false: there is none. */
function untilItEnds(client: Client | undefined): number | false {
  const ends = [client?.lockedUntil, client?.clockAheadUntil].flatMap((at) => (at ? [Date.parse(at)] : []));
  if (ends.length === 0) return false;
  return Math.max(1_000, Math.min(...ends) - Date.now() + 500);
}

function Unknown({ clientId }: { clientId: string }) {
  return (
    <>
      <PageHeader name="No such client" />
      <p className="mb-6 max-w-prose">
        No client has the ID <code className="break-all">{clientId}</code>. It may have been deleted; the log
        still has what happened to it.
      </p>
      <Link to="/dashboard/logs" search={{ clientId }} className={buttonClass()}>
        Its log
      </Link>
    </>
  );
}

type Question = 'rotate' | 'disable' | 'delete' | null;

function Known({ client }: { client: Client }) {
  const { clientId } = client;
  const [question, setQuestion] = useState<Question>(null);
  const [rotated, setRotated] = useState<Enrolled | null>(null);
  const queries = useQueryClient();
  const navigate = useNavigate();
  const tell = useToast();
  const path = { params: { path: { clientId } } };
  const changed = async (text: string) => {
    setQuestion(null);
    tell(text);
    await queries.invalidateQueries();
  };

  const rotate = useAction(async () => {
    setRotated(await ask(api.POST('/api/totp/rotate/{clientId}', path)));
    setQuestion(null);
    await queries.invalidateQueries();
  });
  const disable = useAction(async () => {
    await ask(api.POST('/api/totp/clients/{clientId}/disable', path));
    await changed(`${clientId} is disabled.`);
  });
  const enable = useAction(async () => {
    await ask(api.POST('/api/totp/clients/{clientId}/enable', path));
    await changed(`${clientId} is enabled.`);
  });
  const remove = useAction(async () => {
    await ask(api.DELETE('/api/totp/clients/{clientId}', path));
    tell(`${clientId} is deleted.`);
    await navigate({ to: '/dashboard/clients' });
    queries.removeQueries({ queryKey: ['client', clientId] });
    await queries.invalidateQueries();
  });

  const close = (action: { reset: () => void }) => () => {
    action.reset();
    setQuestion(null);
  };
  const ableAction =
    client.status === 'disabled'
      ? { label: 'Enable', onSelect: () => void enable.run() }
      : { label: 'Disable', onSelect: () => setQuestion('disable') };
  return (
    <>
      <PageHeader
        name={clientId}
        title={
          <span className="flex flex-wrap items-center gap-x-3 gap-y-1">
            <span className="font-mono break-all">{clientId}</span>
            <ClientStatus status={client.status} />
          </span>
        }
        actions={
          <>
            <div className="flex gap-2 max-sm:hidden">
              <Button onClick={() => setQuestion('rotate')}>Rotate</Button>
              <Button onClick={ableAction.onSelect}>{ableAction.label}</Button>
              <Button look="warning" onClick={() => setQuestion('delete')}>
                Delete
              </Button>
            </div>
            <div className="sm:hidden">
              <Menu
                trigger={<IconButton icon="more" label="Actions" />}
                items={[
                  { label: 'Rotate', onSelect: () => setQuestion('rotate') },
                  ableAction,
                  { label: 'Delete', onSelect: () => setQuestion('delete'), danger: true },
                ]}
              />
            </div>
          </>
        }
      />
      {enable.error !== null && <ErrorPanel error={enable.error} className="mb-4" />}
      <div className="flex flex-col gap-4">
        <UnlockPanels client={client} />
        <Panel title="Authenticator">
          <div className="px-4 pb-5 sm:px-5">
            <AuthenticatorFacts client={client} />
          </div>
        </Panel>
        <Attempts clientId={clientId} />
      </div>

      <ConfirmByName
        open={question === 'rotate'}
        onClose={close(rotate)}
        title="Rotate the secret?"
        name={clientId}
        noun="client ID"
        action="Rotate"
        busy={rotate.pending && 'Rotating…'}
        onConfirm={rotate.run}
        error={<Trouble error={rotate.error} />}
      >
        The secret on the phone is dead at once. You get a new QR code to scan; a lock ends with it.
      </ConfirmByName>
      <Confirm
        open={question === 'disable'}
        onClose={close(disable)}
        title={`Disable ${clientId}?`}
        action="Disable"
        busy={disable.pending && 'Disabling…'}
        onConfirm={disable.run}
        error={<Trouble error={disable.error} />}
      >
        Every code of this client is refused until you enable it again. The secret stays.
      </Confirm>
      <ConfirmByName
        open={question === 'delete'}
        onClose={close(remove)}
        title="Delete this client?"
        name={clientId}
        noun="client ID"
        action="Delete"
        busy={remove.pending && 'Deleting…'}
        onConfirm={remove.run}
        error={<Trouble error={remove.error} />}
      >
        The secret is destroyed and cannot be brought back. Its events stay in the log.
      </ConfirmByName>
      {rotated !== null && (
        <ShownOnce
          shape="wide"
          title={`New secret of ${clientId}`}
          what="the key"
          tick="I have scanned or saved this key"
          onDone={() => setRotated(null)}
        >
          <SecretOnce
            secret={rotated.secret}
            otpauthUrl={rotated.otpauthUrl}
            issuer={client.issuer}
            label={client.label}
            digits={client.digits}
            note={CHECK_NOTE}
            onCheck={(code) => checkClientCode(clientId, code)}
          />
        </ShownOnce>
      )}
    </>
  );
}

function AuthenticatorFacts({ client }: { client: Client }) {
  return (
    <Facts
      columns={2}
      facts={[
        ['Label', <bdi key="label">{client.label}</bdi>],
        ['Issuer', <bdi key="issuer">{client.issuer}</bdi>],
        ['Codes', `${client.digits} digits, every ${client.period} seconds, ${client.algorithm}`],
        ['Last success', <Ago key="last" at={client.lastAcceptedAt} />],
        ['Wrong codes', `${client.failures} in a row, ${client.failuresToday} in 24 hours`],
        ['Enrolled', <ExactTime key="created" at={client.createdAt} />],
        ['Rotated', client.rotatedAt === null ? 'never' : <ExactTime key="rotated" at={client.rotatedAt} />],
        [
          'Secret',
          <span key="secret" className="text-muted">
            Sealed. It cannot be shown again; rotate it instead.
          </span>,
        ],
      ]}
    />
  );
}

function Attempts({ clientId }: { clientId: string }) {
  const events = useQuery({
    queryKey: ['logs', 'of', clientId],
    queryFn: () => listEvents({ clientId, limit: EVENTS }),
  });
  return (
    <Panel
      title="Events"
      actions={
        <Link to="/dashboard/logs" search={{ clientId }} className={buttonClass('quiet', '-mr-2')}>
          All in the log
        </Link>
      }
    >
      <QueryView query={events} skeleton={<SkeletonRows rows={4} height="h-13" />}>
        {({ data }) =>
          data.length === 0 ? (
            <EmptyState title="No attempts yet.">The first code that is checked appears here.</EmptyState>
          ) : (
            <EventList events={data} caption={`Newest events of ${clientId}`} ofOneClient />
          )
        }
      </QueryView>
    </Panel>
  );
}
