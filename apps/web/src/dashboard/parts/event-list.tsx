import { Link } from '@tanstack/react-router';
import { t } from '../../texts/events.ts';
import { OutcomeBadge } from '../../ui/status-badge.tsx';
import { Cell, ROW_CLASS, ROW_LINK_CLASS, Table } from '../../ui/table.tsx';
import { Ago } from '../../ui/time.tsx';
import type { LoggedEvent } from '../api.ts';
import { eventTone } from '../event-tone.ts';
import { eventWords, reasonWords, shortReason } from '../event-words.ts';
import { ClientIdText } from './client-id-text.tsx';

interface EventListProps {
  events: readonly LoggedEvent[];
  caption: string;
  /** Where all are of one client its ID need not be said again, and there is room for why. */
  ofOneClient?: boolean;
}

/** A few events, with a way to their place in the log. */
export function EventList({ events, caption, ofOneClient = false }: EventListProps) {
  return (
    <Table
      caption={caption}
      columns={[
        { label: t.event, hidden: true },
        { label: t.outcome, hidden: true, wide: true },
        { label: t.when, hidden: true, right: true },
      ]}
      bare
    >
      {events.map((event) => (
        <tr key={event.id} data-row className={ROW_CLASS}>
          <Cell className="max-w-0">
            <Link
              to="/dashboard/logs"
              search={{ id: String(event.id) }}
              className={`${ROW_LINK_CLASS} block [overflow-wrap:anywhere]`}
            >
              {eventWords(event.event)}
            </Link>
            {ofOneClient ? (
              <p className="text-muted [overflow-wrap:anywhere]">{reasonWords(event)}</p>
            ) : (
              <p className="flex flex-wrap gap-x-3 text-muted">
                {event.clientId !== null && (
                  <span className="max-w-full truncate font-mono">
                    <ClientIdText clientId={event.clientId} />
                  </span>
                )}
                <span className="max-w-full truncate">{shortReason(event)}</span>
              </p>
            )}
          </Cell>
          <Cell wide className="w-px">
            <OutcomeBadge outcome={eventTone(event)} />
          </Cell>
          <Cell right className="w-px text-muted">
            <span className="flex flex-col items-end gap-1">
              <span className="lg:hidden">
                <OutcomeBadge outcome={eventTone(event)} />
              </span>
              <Ago at={event.createdAt} />
            </span>
          </Cell>
        </tr>
      ))}
    </Table>
  );
}
