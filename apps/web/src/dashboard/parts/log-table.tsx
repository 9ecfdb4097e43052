import { OutcomeBadge } from '../../ui/status-badge.tsx';
import { Cell, ROW_CLASS, ROW_LINK_CLASS, SecondLine, Table } from '../../ui/table.tsx';
import { Ago } from '../../ui/time.tsx';
import type { LoggedEvent } from '../api.ts';
import { actorWords, eventWords } from '../event-words.ts';

interface LogTableProps {
  events: readonly LoggedEvent[];
  onOpen: (id: string) => void;
}

export function LogTable({ events, onOpen }: LogTableProps) {
  return (
    <Table
      caption="Events, newest first"
      columns={[
        { label: 'When', wide: true },
        { label: 'Event' },
        { label: 'Outcome', wide: true },
        { label: 'Client', wide: true },
        { label: 'By', wide: true },
        { label: 'From', wide: true },
      ]}
    >
      {events.map((event) => (
        <tr key={event.id} data-row data-event={event.id} className={ROW_CLASS}>
          <Cell wide className="w-46 text-muted">
            <Ago at={event.createdAt} />
          </Cell>
          <Cell>
            <button
              type="button"
              className={`${ROW_LINK_CLASS} cursor-pointer text-left`}
              onClick={() => onOpen(String(event.id))}
            >
              {eventWords(event.event)}
            </button>
            <SecondLine>
              <OutcomeBadge outcome={event.outcome} />
              {event.clientId !== null && <span className="font-mono break-all">{event.clientId}</span>}
              <Ago at={event.createdAt} />
            </SecondLine>
          </Cell>
          <Cell wide>
            <OutcomeBadge outcome={event.outcome} />
          </Cell>
          <Cell wide className="font-mono break-all">
            {event.clientId}
          </Cell>
          <Cell wide className="text-muted">
            {actorWords(event.actor)}
          </Cell>
          <Cell wide className="font-mono whitespace-nowrap text-muted">
            {event.ip}
          </Cell>
        </tr>
      ))}
    </Table>
  );
}
