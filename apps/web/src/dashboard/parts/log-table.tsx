import { OutcomeBadge } from '../../ui/status-badge.tsx';
import { Cell, ROW_CLASS, ROW_LINK_CLASS, SecondLine, Table } from '../../ui/table.tsx';
import { LogTime } from '../../ui/time.tsx';
import type { LoggedEvent } from '../api.ts';
import { eventTone } from '../event-tone.ts';
import { eventWords, shortReason } from '../event-words.ts';
import { useKeyNames } from '../key-names.ts';
import { Actor } from './actor.tsx';
import { ClientIdText } from './client-id-text.tsx';

interface LogTableProps {
  events: readonly LoggedEvent[];
  onOpen: (id: string) => void;
}

export function LogTable({ events, onOpen }: LogTableProps) {
  const keyNames = useKeyNames();
  return (
    <Table
      caption="Events, newest first"
      columns={[
        { label: 'When', wide: true },
        { label: 'Event' },
        { label: 'Outcome', wide: true },
        { label: 'Client', wide: true },
        { label: 'By', wide: true },
        { label: 'Address', widest: true },
      ]}
      dense
    >
      {events.map((event) => {
        const reason = shortReason(event);
        return (
          <tr key={event.id} data-row data-event={event.id} className={ROW_CLASS}>
            {/* As wide as yesterday's times, so that midnight moves nothing. */}
            <Cell wide className="min-w-40 whitespace-nowrap">
              <LogTime at={event.createdAt} ago />
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
                  <LogTime at={event.createdAt} />
                </span>
              </div>
              <SecondLine>
                <OutcomeBadge outcome={eventTone(event)} />
                {reason !== null && <span className="max-w-1/2 shrink-0 truncate">{reason}</span>}
                {event.clientId !== null && (
                  <span className="truncate font-mono">
                    <ClientIdText clientId={event.clientId} />
                  </span>
                )}
              </SecondLine>
            </Cell>
            <Cell wide>
              <span className="flex items-center gap-2">
                <OutcomeBadge outcome={eventTone(event)} />
                {reason !== null && (
                  <span className="line-clamp-2 max-w-36 min-w-22 break-words text-muted">{reason}</span>
                )}
              </span>
            </Cell>
            <Cell wide className="w-2/5 max-w-0 min-w-36 truncate font-mono">
              {event.clientId !== null && <ClientIdText clientId={event.clientId} />}
            </Cell>
            <Cell wide className="max-w-36 truncate text-muted">
              <Actor actor={event.actor} keyNames={keyNames} />
            </Cell>
            <Cell widest className="font-mono whitespace-nowrap text-muted">
              {event.ip}
            </Cell>
          </tr>
        );
      })}
    </Table>
  );
}
