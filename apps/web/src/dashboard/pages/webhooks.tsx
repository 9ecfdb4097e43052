import { useQuery } from '@tanstack/react-query';
import { getRouteApi, Link } from '@tanstack/react-router';
import { Button } from '../../ui/button.tsx';
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
        name="Webhooks"
        actions={
          <Button look="primary" icon="plus" data-new onClick={make}>
            New webhook
          </Button>
        }
      />
      <Panel>
        <QueryView query={webhooks} skeleton={<SkeletonRows rows={3} height="h-13" />}>
          {({ data }) =>
            data.length === 0 ? (
              <EmptyState title="No webhooks." action={<Button onClick={make}>Make a webhook</Button>}>
                A webhook sends your application what happens here, as it happens:{' '}
                <a href="/docs/guides/webhooks" className="text-accent underline">
                  how to receive it
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
      caption="Webhooks, oldest first"
      columns={[
        { label: 'URL' },
        { label: 'Sends', wide: true },
        { label: 'Behind', wide: true, right: true },
        { label: 'Failing since', wide: true },
        { label: 'Status', right: true },
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
              {eventsWords(webhook.events)}, {webhook.behind.toLocaleString('en')} behind
              {webhook.failingSince !== null && (
                <>
                  ; first failed <Ago at={webhook.failingSince} />
                </>
              )}
            </p>
          </Cell>
          <Cell wide className="text-muted">
            {eventsWords(webhook.events)}
          </Cell>
          <Cell wide right className="font-mono">
            {webhook.behind.toLocaleString('en')}
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
