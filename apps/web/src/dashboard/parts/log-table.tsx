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
        { label: 'Address', wide: true },
      ]}
    >
      {events.map((event) => (
        <tr key={event.id} data-row data-event={event.id} className={ROW_CLASS}>
          {/* As wide as the exact time, which takes its place under the pointer. */}
          <Cell wide className="w-50 min-w-50 text-muted">
            <Ago at={event.createdAt} />
          </Cell>
          <Cell className="max-lg:max-w-0">
            <div className="flex items-baseline justify-between gap-3">
              <button
                type="button"
                className={`${ROW_LINK_CLASS} cursor-pointer truncate text-left`}
                onClick={() => onOpen(String(event.id))}
              >
                {eventWords(event.event)}
              </button>
              <span className="text-muted lg:hidden">
                <Ago at={event.createdAt} />
              </span>
            </div>
            <SecondLine>
              <OutcomeBadge outcome={event.outcome} />
              {event.clientId !== null && <span className="truncate font-mono">{event.clientId}</span>}
            </SecondLine>
          </Cell>
          <Cell wide>
            <OutcomeBadge outcome={event.outcome} />
          </Cell>
          <Cell wide className="w-2/5 max-w-0 truncate font-mono">
            {event.clientId}
          </Cell>
          <Cell wide className="whitespace-nowrap text-muted">
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
