import { readClientId } from '@kanda/formats/client-id';
import type { EventName } from './api.ts';
import { eventWords } from './event-words.ts';
import type { LogsSearch } from './searches.ts';

/** The filters of the log, as its address has them and as the API takes them. */
export interface LogFilter {
  event?: EventName;
  outcome?: 'success' | 'failure';
  clientId?: string;
  from?: string;
  to?: string;
}

/** Of the address what the API would take: a half-typed client ID is no filter yet. */
export function filterOf({ event, outcome, clientId, from, to }: Partial<LogsSearch>): LogFilter {
  return {
    ...(event === undefined ? {} : { event }),
    ...(outcome === undefined ? {} : { outcome }),
    ...(clientId === undefined || clientIdProblem(clientId) !== null ? {} : { clientId }),
    ...(isTime(from) ? { from } : {}),
    ...(isTime(to) ? { to } : {}),
  };
}

function isTime(text: string | undefined): text is string {
  return text !== undefined && !Number.isNaN(Date.parse(text));
}

/** Why the API would not take it: the rest of a sentence, as `must not be empty`. null: it would. */
export function clientIdProblem(text: string): string | null {
  const read = readClientId(text);
  return 'problem' in read ? read.problem : null;
}

/** Whether anything is filtered at all. */
export function isFiltered(filter: LogFilter): boolean {
  return Object.keys(filter).length > 0;
}

/** The filters by name, for "nothing matches". */
export function filterWords({ event, outcome, clientId, from, to }: LogFilter): string {
  const words = [
    event !== undefined && `event “${eventWords(event)}”`,
    outcome !== undefined && `outcome ${outcome}`,
    clientId !== undefined && `client ${clientId}`,
    from !== undefined && `from ${new Date(from).toLocaleString('en-GB')}`,
    to !== undefined && `to ${new Date(to).toLocaleString('en-GB')}`,
  ];
  return words.filter(Boolean).join(', ');
}

/** As the end of an address of the API. */
export function filterQuery(filter: LogFilter, more: Record<string, string> = {}): string {
  return new URLSearchParams({ ...filter, ...more } as Record<string, string>).toString();
}

/** RFC 3339 as a `datetime-local` field wants it, in the reader's zone. */
export function toLocalField(time: string | undefined): string {
  if (!isTime(time)) return '';
  const at = new Date(time);
  return new Date(at.getTime() - at.getTimezoneOffset() * 60_000).toISOString().slice(0, 16);
}

/** What such a field holds, as RFC 3339; undefined when it is empty. */
export function fromLocalField(value: string): string | undefined {
  const at = new Date(value);
  return value === '' || Number.isNaN(at.getTime()) ? undefined : at.toISOString();
}
