import { useQuery } from '@tanstack/react-query';
import { getRouteApi, Link } from '@tanstack/react-router';
import { t } from '../../texts/webhooks.ts';
import { Button } from '../../ui/button.tsx';
import { numberWords } from '../../ui/formats.ts';
import { EmptyState, PageHeader, Panel } from '../../ui/panel.tsx';
import { SkeletonRows } from '../../ui/skeleton.tsx';
import { Cell, ROW_CLASS, ROW_LINK_CLASS, Table } from '../../ui/table.tsx';
import { Ago } from '../../ui/time.tsx';
import type { Webhook } from '../api.ts';
import { QueryView } from '../parts/query-view.tsx';
import { NewWebhookDialog } from '../webhooks/new-webhook-dialog.tsx';
import { webhooksQuery } from '../webhooks/webhook-queries.ts';
import { WebhookStatus } from '../webhooks/webhook-status.tsx';
import { eventsWords, offWords } from '../webhooks/webhook-words.ts';

const route = getRouteApi('/dashboard/webhooks');

export function WebhooksPage() {
  const { new: making } = route.useSearch();
  const navigate = route.useNavigate();
  const webhooks = useQuery(webhooksQuery);
  const make = () => void navigate({ search: { new: true } });
  return (
    <>
      <PageHeader
        name={t.webhooks}
        actions={
          <Button look="primary" icon="plus" data-new onClick={make}>
            {t.newWebhook}
          </Button>
        }
      />
      <Panel>
        <QueryView query={webhooks} skeleton={<SkeletonRows rows={3} height="h-13" />}>
          {({ data }) =>
            data.length === 0 ? (
              <EmptyState title={t.noWebhooks} action={<Button onClick={make}>{t.makeWebhook}</Button>}>
                {t.sendsWhatHappens}
                <a href="/docs/guides/webhooks" className="text-accent underline">
                  {t.howToReceive}
                </a>
                .
              </EmptyState>
            ) : (
              <WebhookTable webhooks={data} />
            )
          }
        </QueryView>
      </Panel>
      {making === true && <NewWebhookDialog onClose={() => void navigate({ search: {}, replace: true })} />}
    </>
  );
}

function WebhookTable({ webhooks }: { webhooks: readonly Webhook[] }) {
  return (
    <Table
      caption={t.caption}
      columns={[
        { label: 'URL' },
        { label: t.sends, wide: true },
        { label: t.behind, wide: true, right: true },
        { label: t.failingSince, wide: true },
        { label: t.status, right: true },
      ]}
    >
      {webhooks.map((webhook) => (
        <tr key={webhook.id} data-row className={ROW_CLASS}>
          <Cell>
            <Link
              to="/dashboard/webhooks/$id"
              params={{ id: webhook.id }}
              className={`${ROW_LINK_CLASS} [overflow-wrap:anywhere]`}
            >
              {webhook.url}
            </Link>
            {webhook.status === 'off' && <p className="mt-1 text-muted">{offWords(webhook)}</p>}
            <p className="mt-1 text-muted lg:hidden">
              {t.eventsBehind(eventsWords(webhook.events), numberWords(webhook.behind))}
              {webhook.failingSince !== null && <>{t.firstFailed(<Ago at={webhook.failingSince} />)}</>}
            </p>
          </Cell>
          <Cell wide className="text-muted">
            {eventsWords(webhook.events)}
          </Cell>
          <Cell wide right className="font-mono">
            {numberWords(webhook.behind)}
          </Cell>
          <Cell wide className="text-muted">
            <Ago at={webhook.failingSince} none="–" />
          </Cell>
          <Cell right>
            <WebhookStatus webhook={webhook} />
          </Cell>
        </tr>
      ))}
    </Table>
  );
}
