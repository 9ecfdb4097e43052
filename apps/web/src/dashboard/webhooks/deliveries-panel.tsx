import { useInfiniteQuery, useQueryClient } from '@tanstack/react-query';
import { useState } from 'react';
import { t } from '../../texts/webhooks.ts';
import { Button } from '../../ui/button.tsx';
import { numberWords } from '../../ui/formats.ts';
import { EmptyState, Panel } from '../../ui/panel.tsx';
import { Loading, SkeletonRows } from '../../ui/skeleton.tsx';
import { Cell, Table } from '../../ui/table.tsx';
import { LogTime } from '../../ui/time.tsx';
import { useAction } from '../action.ts';
import { api, ask, type Delivery, type Webhook } from '../api.ts';
import { eventWords } from '../event-words.ts';
import { ErrorPanel } from '../parts/failed.tsx';
import { deliveriesQuery } from './webhook-queries.ts';
import { DeliveryBadge } from './webhook-status.tsx';
import { attemptWords } from './webhook-words.ts';

/** The newest attempts to send something. The rows hold still until one asks for newer ones. */
export function DeliveriesPanel({ webhook: { id } }: { webhook: Webhook }) {
  const deliveries = useInfiniteQuery(deliveriesQuery(id));
  const all = deliveries.data?.pages.flatMap(({ data }) => data);
  return (
    <Panel
      title={t.deliveries}
      actions={
        <Button
          busy={deliveries.isRefetching && !deliveries.isFetchingNextPage && t.loading}
          onClick={() => void deliveries.refetch()}
        >
          {t.refresh}
        </Button>
      }
    >
      {deliveries.error !== null && (
        <ErrorPanel
          error={deliveries.error}
          onRetry={() => void deliveries.refetch()}
          {...(all === undefined ? {} : { dataFrom: deliveries.dataUpdatedAt })}
          className="m-4"
        />
      )}
      {all === undefined && deliveries.error === null && (
        <Loading>
          <SkeletonRows rows={5} height="h-13" />
        </Loading>
      )}
      {all?.length === 0 && <EmptyState title={t.nothingSent}>{t.nextAppears}</EmptyState>}
      {all !== undefined && all.length > 0 && <DeliveryTable id={id} deliveries={all} />}
      {deliveries.hasNextPage && (
        <div className="border-t border-border p-3 text-center">
          <Button
            onClick={() => void deliveries.fetchNextPage()}
            busy={deliveries.isFetchingNextPage && t.loading}
          >
            {t.loadOlder}
          </Button>
        </div>
      )}
    </Panel>
  );
}

function DeliveryTable({ id, deliveries }: { id: string; deliveries: readonly Delivery[] }) {
  return (
    <Table
      caption={t.deliveriesCaption}
      columns={[
        { label: t.eventHead },
        { label: t.answer, wide: true },
        { label: t.took, wide: true, right: true },
        { label: t.time, wide: true },
        { label: t.sendAgain, right: true, hidden: true },
      ]}
    >
      {deliveries.map((delivery) => (
        <DeliveryRow key={delivery.id} id={id} delivery={delivery} />
      ))}
    </Table>
  );
}

function DeliveryRow({ id, delivery }: { id: string; delivery: Delivery }) {
  const { sequence, delivered, at, durationMs, kind } = delivery;
  const { resend, sent } = useResend(id);
  const took = t.milliseconds(numberWords(durationMs));
  return (
    <tr data-row data-delivery={delivery.id} className="focus-within:bg-sunken">
      <Cell>
        <span className="font-semibold">{nameOf(delivery)}</span>
        <div className="font-mono text-12 text-muted">
          {sequence !== null && t.event(sequence)}
          {kind === 'resend' && t.sentAgain}
        </div>
        <div className="mt-1 flex flex-wrap items-center gap-x-2 gap-y-1 text-muted lg:hidden">
          <Answer delivery={delivery} />
          <span>
            {delivered ? '' : t.after}
            {took}, <LogTime at={at} />
          </span>
        </div>
        <div role="status">
          {sent !== null && <p className="mt-1">{t.sentAgainHow(attemptWords(sent))}</p>}
        </div>
        {resend.error !== null && <ErrorPanel error={resend.error} className="mt-2" />}
      </Cell>
      <Cell wide>
        <span className="flex flex-wrap items-center gap-x-2 gap-y-1">
          <Answer delivery={delivery} />
        </span>
      </Cell>
      <Cell wide right className="font-mono whitespace-nowrap">
        {took}
      </Cell>
      <Cell wide className="text-muted">
        <LogTime at={at} ago />
      </Cell>
      <Cell right>
        {sequence !== null && (
          <Button
            busy={resend.pending && t.sending}
            onClick={() => void resend.run(sequence)}
            aria-label={t.resendEvent(sequence)}
          >
            {t.resend}
          </Button>
        )}
      </Cell>
    </tr>
  );
}

function nameOf({ kind, type }: Delivery): string {
  return kind === 'test' ? t.testMessage : eventWords(type);
}

function Answer({ delivery: { delivered, status, error } }: { delivery: Delivery }) {
  return (
    <>
      <DeliveryBadge delivered={delivered} />
      <span className="[overflow-wrap:anywhere]">{error ?? (status === null ? '' : t.answered(status))}</span>
    </>
  );
}

/** Sends an event once more, and has what came of it. */
function useResend(id: string) {
  const [sent, setSent] = useState<Delivery | null>(null);
  const queries = useQueryClient();
  const resend = useAction(async (sequence: number) => {
    setSent(null);
    const params = { path: { id } };
    setSent(await ask(api.POST('/api/webhooks/{id}/resend', { params, body: { sequence } })));
    await queries.invalidateQueries({ queryKey: ['webhook', id] });
  });
  return { resend, sent };
}
