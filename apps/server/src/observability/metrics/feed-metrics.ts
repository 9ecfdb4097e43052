import type { FeedFigures, FeedsFigures } from '../../domain/feeds/ports.ts';
import { labelsOf, type Metric } from './exposition.ts';

/** What was sent to the operator's receivers of events, by the process that sends; read when it is asked for. */
export function feedMetrics(feeds: FeedsFigures): readonly Metric[] {
  const all = Object.entries(feeds);
  if (all.length === 0) return [];
  const each = (of: keyof FeedFigures) => () =>
    all.map(([feed, figures]) => ({ labels: labelsOf({ feed }), value: figures[of] }));
  return [
    {
      type: 'counter',
      name: 'kanda_feed_events_total',
      help: 'Events that have arrived at KANDA_SYSLOG or in KANDA_EVENT_FILE.',
      samples: each('sent'),
    },
    {
      type: 'counter',
      name: 'kanda_feed_failures_total',
      help: 'Times that events could not be sent, or that it was not known whether they arrived.',
      samples: each('failures'),
    },
    {
      type: 'counter',
      name: 'kanda_feed_events_lost_total',
      help: 'Events that KANDA_LOG_RETENTION deleted before they were sent.',
      samples: each('lost'),
    },
    {
      type: 'gauge',
      across: 'max',
      name: 'kanda_feed_events_behind',
      help: 'Events that have not arrived yet, of all logs together.',
      samples: each('behind'),
    },
  ];
}
