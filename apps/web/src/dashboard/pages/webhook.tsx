import { useQuery } from '@tanstack/react-query';
import { getRouteApi, Link } from '@tanstack/react-router';
import { t } from '../../texts/webhooks.ts';
import { buttonClass } from '../../ui/button.tsx';
import { numberWords } from '../../ui/formats.ts';
import { Icon } from '../../ui/icons.tsx';
import { Facts, Notice, PageHeader, Panel } from '../../ui/panel.tsx';
import { Loading, Skeleton } from '../../ui/skeleton.tsx';
import { ExactTime } from '../../ui/time.tsx';
import { Problem, type Webhook } from '../api.ts';
import { eventWords } from '../event-words.ts';
import { ErrorPanel } from '../parts/failed.tsx';
import { DeliveriesPanel } from '../webhooks/deliveries-panel.tsx';
import { WebhookHeader } from '../webhooks/webhook-header.tsx';
import { webhookQuery } from '../webhooks/webhook-queries.ts';
import { offWords } from '../webhooks/webhook-words.ts';

const route = getRouteApi('/dashboard/webhooks/$id');

export function WebhookPage() {
  const { id } = route.useParams();
  const { data, error, dataUpdatedAt, refetch } = useQuery(webhookQuery(id));
  const retry = () => void refetch();
  // An id that cannot be one is refused as malformed.
  const isUnknown = error instanceof Problem && [404, 400].includes(error.status);
  return (
    <>
      <Link
        to="/dashboard/webhooks"
        className="mb-3 inline-flex items-center gap-1 rounded-badge text-14 text-muted hover:text-ink"
      >
        <Icon name="back" />
        {t.webhooks}
      </Link>
      {isUnknown ? (
        <Unknown />
      ) : data !== undefined ? (
        <>
          {error !== null && (
            <ErrorPanel error={error} dataFrom={dataUpdatedAt} onRetry={retry} className="mb-4" />
          )}
          <Known key={id} webhook={data} />
        </>
      ) : error !== null ? (
        <ErrorPanel error={error} onRetry={retry} />
      ) : (
        <Loading>
          <Skeleton className="mb-6 h-9 w-64" />
          <Skeleton className="mb-4 h-56 w-full" />
          <Skeleton className="h-72 w-full" />
        </Loading>
      )}
    </>
  );
}

function Unknown() {
  return (
    <>
      <PageHeader name={t.noSuchWebhook} />
      <p className="mb-6 max-w-prose">{t.maybeDeleted}</p>
      <Link to="/dashboard/webhooks" className={buttonClass()}>
        {t.allWebhooks}
      </Link>
    </>
  );
}

function Known({ webhook }: { webhook: Webhook }) {
  const off = offWords(webhook);
  return (
    <>
      <WebhookHeader webhook={webhook} />
      <div className="flex flex-col gap-4">
        {off !== null && (
          <Notice tone={webhook.offReason === 'asked' ? 'plain' : 'warning'}>{t.nothingSentOff(off)}</Notice>
        )}
        {webhook.previousSecretUntil !== null && (
          <Notice tone="plain">{t.oldSecretSigns(<ExactTime at={webhook.previousSecretUntil} />)}</Notice>
        )}
        <Panel>
          <div className="px-4 py-4 sm:px-5">
            <Facts facts={factsOf(webhook)} />
          </div>
        </Panel>
        <DeliveriesPanel webhook={webhook} />
      </div>
    </>
  );
}

function factsOf(webhook: Webhook): readonly (readonly [string, React.ReactNode])[] {
  const { events, deliveredTo, behind, failures, failingSince, nextAttemptAt, createdAt } = webhook;
  const number = (count: number) => <span className="font-mono">{numberWords(count)}</span>;
  return [
    [t.sends, events === null ? t.everyEvent : events.map(eventWords).join(', ')],
    [t.deliveredTo, t.eventOfLog(number(deliveredTo))],
    [t.behind, t.afterThat(number(behind))],
    ...(failingSince === null
      ? []
      : ([
          [t.failingSince, <ExactTime key="since" at={failingSince} />],
          [t.failedAttempts, number(failures)],
        ] as const)),
    ...(nextAttemptAt === null
      ? []
      : ([[t.nextAttempt, <ExactTime key="next" at={nextAttemptAt} />]] as const)),
    [t.made, <ExactTime key="made" at={createdAt} />],
    ['ID', <code key="id">{webhook.id}</code>],
  ];
}
