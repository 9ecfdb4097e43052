import type { Client, EventName } from './api.ts';
import { isEventName } from './event-words.ts';

/**
 * What may stand after the `?` of each page. Values are plain text, as in any address; what a page does not know
 * is dropped rather than refused, so that an old link still opens.
 */
type Texts = Record<string, unknown>;

export function parseSearch(search: string): Record<string, string> {
  return Object.fromEntries(new URLSearchParams(search));
}

export function stringifySearch(search: Record<string, unknown>): string {
  const parameters = new URLSearchParams();
  for (const [name, value] of Object.entries(search)) {
    if (value !== undefined && value !== null && value !== '' && value !== false)
      parameters.set(name, String(value));
  }
  const text = parameters.toString();
  return text === '' ? '' : `?${text}`;
}

function text(value: unknown): string | undefined {
  return typeof value === 'string' && value !== '' ? value : undefined;
}

function oneOf<Word extends string>(words: readonly Word[], value: unknown): Word | undefined {
  return words.find((word) => word === value);
}

/** Only what is there: an absent filter is no key with `undefined`. */
function present<T extends object>(search: { [Name in keyof T]: T[Name] | undefined }): Partial<T> {
  return Object.fromEntries(Object.entries(search).filter(([, value]) => value !== undefined)) as Partial<T>;
}

export const RANGES = ['24h', '7d', '30d'] as const;
export type Range = (typeof RANGES)[number];

/** What the overview's chart can show: codes accepted and refused, refusals by reason, users locked. */
export const SHOWS = ['codes', 'reasons', 'lockouts'] as const;
export type Show = (typeof SHOWS)[number];

export interface OverviewSearch {
  range: Range;
  /** Days of UTC, both included, in place of a range: "2026-11-23". */
  from: string;
  to: string;
  show: Show;
  /** The figures of the chart as a table. */
  table: true;
}

export function overviewSearch(search: Texts) {
  const own = isDay(search.from) && isDay(search.to);
  return present<OverviewSearch>({
    range: own ? undefined : oneOf(RANGES, search.range),
    from: own ? text(search.from) : undefined,
    to: own ? text(search.to) : undefined,
    show: oneOf(SHOWS, search.show),
    table: isTrue(search.table),
  });
}

/** "2026-11-23", and a day that there is. */
export function isDay(value: unknown): boolean {
  if (typeof value !== 'string' || !/^\d{4}-\d\d-\d\d$/.test(value)) return false;
  const at = Date.parse(`${value}T00:00:00Z`);
  return !Number.isNaN(at) && new Date(at).toISOString().startsWith(value);
}

export const STATUSES = [
  'active',
  'pending',
  'locked',
  'disabled',
] as const satisfies readonly Client['status'][];

export interface ClientsSearch {
  q: string;
  status: Client['status'];
  /** Only those with a weak secret. */
  weak: true;
  cursor: string;
  /** The enrolment is open. */
  new: true;
}

export function clientsSearch(search: Texts) {
  return present<ClientsSearch>({
    q: text(search.q),
    status: oneOf(STATUSES, search.status),
    weak: isTrue(search.weak),
    cursor: text(search.cursor),
    new: isTrue(search.new),
  });
}

export function keysSearch(search: Texts) {
  return present<{ new: true }>({ new: isTrue(search.new) });
}

export function webhooksSearch(search: Texts) {
  return present<{ new: true }>({ new: isTrue(search.new) });
}

export interface LogsSearch {
  event: EventName;
  outcome: 'success' | 'failure';
  clientId: string;
  /** How the clientId begins. */
  clientIdPrefix: string;
  /** Several, with commas between them: names of events, `client.*` for all that begin so; reasons; who; from where. */
  events: string;
  reason: string;
  actor: string;
  ip: string;
  /** Any text of the event. */
  q: string;
  /** RFC 3339. */
  from: string;
  to: string;
  live: true;
  /** The event whose drawer is open. */
  id: string;
}

export function logsSearch(search: Texts) {
  const event = text(search.event);
  const id = text(search.id);
  return present<LogsSearch>({
    event: event !== undefined && isEventName(event) ? event : undefined,
    outcome: oneOf(['success', 'failure'], search.outcome),
    clientId: text(search.clientId),
    clientIdPrefix: text(search.clientIdPrefix),
    events: text(search.events),
    reason: text(search.reason),
    actor: text(search.actor),
    ip: text(search.ip),
    q: text(search.q),
    from: text(search.from),
    to: text(search.to),
    live: isTrue(search.live),
    id: id !== undefined && /^[1-9][0-9]{0,14}$/.test(id) ? id : undefined,
  });
}

function isTrue(value: unknown): true | undefined {
  return value === true || value === 'true' ? true : undefined;
}
