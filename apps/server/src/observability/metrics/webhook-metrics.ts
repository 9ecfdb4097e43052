import type { WebhookFigures } from '../../domain/webhooks/ports.ts';
import { labelsOf, type Metric } from './exposition.ts';

/** What was sent to webhooks, by the process that sends; read when it is asked for. */
export function webhookMetrics(figures: WebhookFigures): readonly Metric[] {
  const one = (read: () => number) => () => [{ labels: '', value: read() }];
  return [
    {
      type: 'counter',
      name: 'kanda_webhook_deliveries_total',
      help: 'Attempts to deliver an event to a webhook, by outcome.',
      samples: () => [
        { labels: labelsOf({ outcome: 'delivered' }), value: figures.delivered },
        { labels: labelsOf({ outcome: 'failed' }), value: figures.failed },
      ],
    },
    {
      type: 'counter',
      name: 'kanda_webhooks_switched_off_total',
      help: 'Webhooks that this process switched off, as nothing was taken for three days, or the answer was 410.',
      samples: one(() => figures.switchedOff),
    },
    {
      type: 'counter',
      name: 'kanda_webhook_events_lost_total',
      help: 'Events of any kind that KANDA_LOG_RETENTION deleted before they were delivered.',
      samples: one(() => figures.lost),
    },
    {
      type: 'gauge',
      across: 'max',
      name: 'kanda_webhooks_failing',
      help: 'Webhooks whose last attempt failed.',
      samples: one(() => figures.failing),
    },
    {
      type: 'gauge',
      across: 'max',
      name: 'kanda_webhook_events_behind',
      help: 'Events that are not delivered yet, of all webhooks together.',
      samples: one(() => figures.behind),
    },
    {
      type: 'gauge',
      across: 'max',
      name: 'kanda_webhook_lag_seconds',
      help: 'The age of the oldest event that waits to be delivered.',
      samples: one(() => figures.lagSeconds),
    },
  ];
}
