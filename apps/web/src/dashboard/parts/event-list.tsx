import { Link } from '@tanstack/react-router';
import { OutcomeBadge } from '../../ui/status-badge.tsx';
import { Cell, ROW_CLASS, ROW_LINK_CLASS, SecondLine, Table } from '../../ui/table.tsx';
import { Ago } from '../../ui/time.tsx';
import type { LoggedEvent } from '../api.ts';
import { eventWords, reasonWords } from '../event-words.ts';

/** The newest events, each with a way to its place in the log. */
export function EventList({ events, caption }: { events: readonly LoggedEvent[]; caption: string }) {
  return (
    <Table
      caption={caption}
      columns={[
        { label: 'Event' },
        { label: 'Outcome', wide: true },
        { label: 'Client', wide: true },
        { label: 'When', right: true },
      ]}
    >
      {events.map((event) => (
        <tr key={event.id} data-row className={ROW_CLASS}>
          <Cell>
            <Link to="/dashboard/logs" search={{ id: String(event.id) }} className={ROW_LINK_CLASS}>
              {eventWords(event.event)}
            </Link>
            <SecondLine>
              <OutcomeBadge outcome={event.outcome} />
              {event.clientId !== null && <span className="font-mono break-all">{event.clientId}</span>}
            </SecondLine>
          </Cell>
          <Cell wide>
            <span className="flex items-center gap-2">
              <OutcomeBadge outcome={event.outcome} />
              <span className="text-muted max-lg:hidden">{reasonWords(event)}</span>
            </span>
          </Cell>
          <Cell wide className="font-mono break-all">
            {event.clientId}
          </Cell>
          <Cell right className="text-muted">
            <Ago at={event.createdAt} />
          </Cell>
        </tr>
      ))}
    </Table>
  );
}
