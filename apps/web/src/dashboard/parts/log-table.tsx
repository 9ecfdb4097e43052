import type { ReactNode } from 'react';
import { t } from '../../texts/log.ts';
import { OutcomeBadge } from '../../ui/status-badge.tsx';
import { Cell, ROW_CLASS, ROW_LINK_CLASS, SecondLine, Table } from '../../ui/table.tsx';
import { LogTime } from '../../ui/time.tsx';
import type { Zone } from '../../ui/zoned-time.ts';
import type { LoggedEvent } from '../api.ts';
import { eventTone } from '../event-tone.ts';
import { eventWords, shortReason } from '../event-words.ts';
import { useKeyNames } from '../key-names.ts';
import { COLUMN_NAMES, COLUMNS, type LogColumn, useLogView } from '../log-view.ts';
import { Actor } from './actor.tsx';
import { ClientIdText } from './client-id-text.tsx';

interface LogTableProps {
  events: readonly LoggedEvent[];
  onOpen: (id: string) => void;
}

/** What each column is in the table's head; those that are chosen rarely have room in the widest window alone. */
const HEADS = COLUMN_NAMES.map((column) => ({
  column,
  label: COLUMNS[column],
  ...(['when', 'outcome', 'client', 'by'].includes(column) ? { wide: true } : { widest: true }),
}));

export function LogTable({ events, onOpen }: LogTableProps) {
  const keyNames = useKeyNames();
  const { columns, zone } = useLogView();
  const shown = HEADS.filter(({ column }) => columns.includes(column));
  const [first, ...rest] = shown;
  const heads =
    first?.column === 'when' ? [first, { label: t.event }, ...rest] : [{ label: t.event }, ...shown];
  return (
    <Table caption={t.caption} columns={heads} dense>
      {events.map((event) => (
        <tr key={event.id} data-row data-event={event.id} className={ROW_CLASS}>
          {columns.includes('when') && (
            // As wide as yesterday's times, so that midnight moves nothing.
            <Cell wide className="min-w-40 whitespace-nowrap">
              <LogTime at={event.createdAt} ago zone={zone} />
            </Cell>
          )}
          <EventCell event={event} zone={zone} onOpen={onOpen} />
          <FurtherCells event={event} columns={columns} keyNames={keyNames} />
        </tr>
      ))}
    </Table>
  );
}

interface EventCellProps {
  event: LoggedEvent;
  zone: Zone;
  onOpen: (id: string) => void;
}

/** What happened; in a narrow window all of the card. */
function EventCell({ event, zone, onOpen }: EventCellProps) {
  const reason = shortReason(event);
  return (
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
          <LogTime at={event.createdAt} zone={zone} />
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
  );
}

interface FurtherCellsProps {
  event: LoggedEvent;
  columns: readonly LogColumn[];
  keyNames: ReadonlyMap<string, string>;
}

/** In the order of their heads. */
function FurtherCells({ event, columns, keyNames }: FurtherCellsProps) {
  const reason = shortReason(event);
  const cells: Record<Exclude<LogColumn, 'when'>, ReactNode> = {
    outcome: (
      <Cell key="outcome" wide>
        <span className="flex items-center gap-2">
          <OutcomeBadge outcome={eventTone(event)} />
          {reason !== null && (
            <span className="line-clamp-2 max-w-36 min-w-22 break-words text-muted">{reason}</span>
          )}
        </span>
      </Cell>
    ),
    client: (
      <Cell key="client" wide className="w-2/5 max-w-0 min-w-36 truncate font-mono">
        {event.clientId !== null && <ClientIdText clientId={event.clientId} />}
      </Cell>
    ),
    by: (
      <Cell key="by" wide className="max-w-36 truncate text-muted">
        <Actor actor={event.actor} keyNames={keyNames} />
      </Cell>
    ),
    address: (
      <Cell key="address" widest className="font-mono whitespace-nowrap text-muted">
        {event.ip}
      </Cell>
    ),
    agent: (
      <Cell key="agent" widest className="max-w-40 truncate text-muted">
        <bdi title={event.userAgent ?? undefined}>{event.userAgent}</bdi>
      </Cell>
    ),
    request: (
      <Cell key="request" widest className="max-w-36 truncate font-mono text-muted">
        {event.requestId}
      </Cell>
    ),
    place: (
      <Cell key="place" widest right className="font-mono text-muted">
        {event.id}
      </Cell>
    ),
  };
  return COLUMN_NAMES.map((column) =>
    column === 'when' || !columns.includes(column) ? null : cells[column],
  );
}
