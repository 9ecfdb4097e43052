import { useQuery } from '@tanstack/react-query';
import { getRouteApi, Link } from '@tanstack/react-router';
import { t } from '../../texts/clients.ts';
import { buttonClass } from '../../ui/button.tsx';
import { Icon } from '../../ui/icons.tsx';
import { EmptyState, Facts, Notice, PageHeader, Panel } from '../../ui/panel.tsx';
import { Loading, Skeleton, SkeletonRows } from '../../ui/skeleton.tsx';
import { Ago, ExactTime } from '../../ui/time.tsx';
import { clockTime } from '../../ui/time-words.ts';
import { api, ask, type Client, listEvents, Problem } from '../api.ts';
import { AuthenticatorsPanel } from '../authenticators/authenticators-panel.tsx';
import { DiagnosePanel } from '../authenticators/diagnose-panel.tsx';
import { ClientHeader } from '../parts/client-header.tsx';
import { ClientIdText } from '../parts/client-id-text.tsx';
import { ClientLinks } from '../parts/client-links.tsx';
import { ClientRecoveryCodes } from '../parts/client-recovery-codes.tsx';
import { EventList } from '../parts/event-list.tsx';
import { ErrorPanel } from '../parts/failed.tsx';
import { QueryView } from '../parts/query-view.tsx';
import { TrustedDevices } from '../parts/trusted-devices.tsx';
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
        {t.users}
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

/** How long the next of a lock, a clock that was ahead and an enrolment lasts, in ms; false: there is none. */
function untilItEnds(client: Client | undefined): number | false {
  const ends = [client?.lockedUntil, client?.clockAheadUntil, client?.expiresAt].flatMap((at) =>
    at ? [Date.parse(at)] : [],
  );
  if (ends.length === 0) return false;
  return Math.max(1_000, Math.min(...ends) - Date.now() + 500);
}

function Unknown({ clientId }: { clientId: string }) {
  return (
    <>
      <PageHeader name={t.noSuchUser} />
      <p className="mb-6 max-w-prose">
        {t.noUserHasId(
          <code className="break-all">
            <ClientIdText clientId={clientId} wraps />
          </code>,
        )}
      </p>
      <Link to="/dashboard/logs" search={{ clientId }} className={buttonClass()}>
        {t.itsLog}
      </Link>
      <div className="mt-6">
        <ClientLinks clientId={clientId} purposes={['enrol']} />
      </div>
    </>
  );
}

function Known({ client }: { client: Client }) {
  return (
    <>
      <ClientHeader client={client} />
      <div className="flex flex-col gap-4">
        <UnlockPanels client={client} />
        {client.status === 'pending' && <PendingNotice client={client} />}
        <AuthenticatorsPanel client={client} />
        {client.status !== 'pending' && <ClientRecoveryCodes client={client} />}
        {client.status !== 'pending' && <TrustedDevices clientId={client.clientId} />}
        <ClientLinks
          clientId={client.clientId}
          purposes={client.status === 'pending' ? ['enrol'] : ['replace', 'challenge']}
        />
        <DiagnosePanel clientId={client.clientId} />
        <Panel title={t.user}>
          <div className="px-4 pb-5 sm:px-5">
            <ClientFacts client={client} />
          </div>
        </Panel>
        <Attempts clientId={client.clientId} />
      </div>
    </>
  );
}

/** What a client waits for that has no authenticator in use yet. */
function PendingNotice({ client: { clientId, expiresAt } }: { client: Client }) {
  return (
    <Notice tone="warning">
      {t.cannotLogInYet(
        <ClientIdText clientId={clientId} wraps />,
        expiresAt === null ? '' : t.atTime(clockTime(Date.parse(expiresAt))),
      )}
    </Notice>
  );
}

function ClientFacts({ client }: { client: Client }) {
  return (
    <Facts
      columns={2}
      facts={[
        [t.label, <bdi key="label">{client.label}</bdi>],
        [t.issuer, <bdi key="issuer">{client.issuer}</bdi>],
        [t.wrongCodes, t.failures(client.failures, client.failuresToday)],
        [t.enrolled, <ExactTime key="created" at={client.createdAt} />],
        [t.lastSuccess, <Ago key="last" at={client.lastAcceptedAt} />],
        [
          t.secrets,
          <span key="secret" className="text-muted">
            {t.sealed}
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
      title={t.events}
      actions={
        <Link to="/dashboard/logs" search={{ clientId }} className={buttonClass('quiet', '-mr-2')}>
          {t.allInLog}
        </Link>
      }
    >
      <QueryView query={events} skeleton={<SkeletonRows rows={4} height="h-13" />}>
        {({ data }) =>
          data.length === 0 ? (
            <EmptyState title={t.noAttempts}>{t.firstCodeHere}</EmptyState>
          ) : (
            <EventList events={data} caption={t.newestEventsOf(clientId)} ofOneClient />
          )
        }
      </QueryView>
    </Panel>
  );
}
