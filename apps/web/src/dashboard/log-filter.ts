import { readClientId } from '@kanda/formats/client-id';
import { t } from '../texts/log.ts';
import { exactTimeIn, type Zone } from '../ui/zoned-time.ts';
import type { EventName } from './api.ts';
import { EVENT_NAMES, eventWords } from './event-words.ts';
import type { LogsSearch } from './searches.ts';

/** The filters of the log, as its address has them and as the API takes them. */
export interface LogFilter {
  event?: EventName;
  outcome?: 'success' | 'failure';
  clientId?: string;
  clientIdPrefix?: string;
  events?: string;
  reason?: string;
  actor?: string;
  ip?: string;
  q?: string;
  from?: string;
  to?: string;
}

/** The filters that are typed, and take several values with commas between them. */
export const LISTS = ['events', 'reason', 'actor', 'ip'] as const;
export type ListFilter = (typeof LISTS)[number];

/** Of the address what the API would take: a half-typed client ID is no filter yet. */
export function filterOf(search: Partial<LogsSearch>): LogFilter {
  const { event, outcome, clientId, clientIdPrefix, q, from, to } = search;
  const lists = LISTS.filter((name) => {
    const written = search[name];
    return written !== undefined && listProblem(name, written) === null;
  });
  return {
    ...(event === undefined ? {} : { event }),
    ...(outcome === undefined ? {} : { outcome }),
    ...(clientId === undefined || clientIdProblem(clientId) !== null ? {} : { clientId }),
    ...(clientIdPrefix === undefined ? {} : { clientIdPrefix: clientIdPrefix.slice(0, MAX_TEXT) }),
    ...Object.fromEntries(lists.map((name) => [name, search[name]])),
    ...(q === undefined ? {} : { q: q.slice(0, MAX_TEXT) }),
    ...(isTime(from) ? { from } : {}),
    ...(isTime(to) ? { to } : {}),
  };
}

const MAX_TEXT = 128;
const MAX_VALUES = 20;

function isTime(text: string | undefined): text is string {
  return text !== undefined && !Number.isNaN(Date.parse(text));
}

/** Why the API would not take it: the rest of a sentence, as `must not be empty`. null: it would. */
export function clientIdProblem(text: string): string | null {
  const read = readClientId(text);
  return 'problem' in read ? read.problem : null;
}

/** Why the API would not take these values. null: it would. */
export function listProblem(name: ListFilter, text: string): string | null {
  const values = text.split(',').map((value) => value.trim());
  if (values.length > MAX_VALUES) return t.takesUpTo(MAX_VALUES);
  if (values.includes('')) return t.emptyValue;
  const wrong = values.find((value) => !FITS[name](value));
  return wrong === undefined ? null : `${wrong} ${WRONG[name]}`;
}

const FITS: Readonly<Record<ListFilter, (value: string) => boolean>> = {
  events: (value) =>
    EVENT_NAMES.some((name) => (value.endsWith('*') ? name.startsWith(value.slice(0, -1)) : name === value)),
  reason: () => true,
  actor: () => true,
  ip: isAddressOrNetwork,
};
const WRONG: Readonly<Record<ListFilter, string>> = {
  get events() {
    return t.noEvent;
  },
  reason: '',
  actor: '',
  get ip() {
    return t.noAddress;
  },
};

function isAddressOrNetwork(text: string): boolean {
  const [address = '', bits, ...more] = text.split('/');
  if (more.length > 0 || (bits !== undefined && !/^\d{1,3}$/.test(bits))) return false;
  const isV6 = address.includes(':');
  if (Number(bits ?? 0) > (isV6 ? 128 : 32)) return false;
  // The browser's own reading of an address in a URL.
  if (isV6) return URL.canParse(`http://[${address}]/`) && !address.includes('.');
  return /^\d{1,3}(\.\d{1,3}){3}$/.test(address) && URL.canParse(`http://${address}/`);
}

/** Whether anything is filtered at all. */
export function isFiltered(filter: LogFilter): boolean {
  return Object.keys(filter).length > 0;
}

/** The filters by name, for "nothing matches". */
export function filterWords(filter: LogFilter, zone: Zone): string {
  const { event, outcome, clientId, clientIdPrefix, events, reason, actor, ip, q, from, to } = filter;
  const words = [
    q !== undefined && `“${q}”`,
    event !== undefined && t.filterEvent(eventWords(event)),
    events !== undefined && t.filterEvents(events),
    outcome !== undefined && t.filterOutcome(outcome),
    reason !== undefined && t.filterReason(reason),
    clientId !== undefined && t.filterUser(clientId),
    clientIdPrefix !== undefined && t.filterPrefix(clientIdPrefix),
    actor !== undefined && t.filterBy(actor),
    ip !== undefined && t.filterAddress(ip),
    from !== undefined && t.filterFrom(exactTimeIn(Date.parse(from), zone)),
    to !== undefined && t.filterTo(exactTimeIn(Date.parse(to), zone)),
  ];
  return words.filter(Boolean).join(', ');
}

/** As the end of an address of the API. */
export function filterQuery(filter: LogFilter, more: Record<string, string> = {}): string {
  return new URLSearchParams({ ...filter, ...more } as Record<string, string>).toString();
}

const FIELD_OF: Readonly<Record<string, ListFilter>> = {
  event: 'events',
  reason: 'reason',
  by: 'actor',
  actor: 'actor',
  ip: 'ip',
  address: 'ip',
};

/**
 * `reason:locked ip:192.0.2.0/24 curl` as filters: what has the name of one goes there, `client:` and `client:…*` too,
 * and the rest is the text to look for.
 */
export function typedFilters(typed: string): Partial<LogFilter> {
  const found: Partial<LogFilter> = {};
  const rest = typed.split(/\s+/).filter((word) => {
    const [, name = '', value = ''] = /^([a-z]+):(.+)$/.exec(word) ?? [];
    if (name === 'client' || name === 'user') {
      if (value.endsWith('*')) found.clientIdPrefix = value.slice(0, -1);
      else found.clientId = value;
      return false;
    }
    const field = FIELD_OF[name];
    if (field === undefined || listProblem(field, value) !== null) return word !== '';
    found[field] = found[field] === undefined ? value : `${found[field]},${value}`;
    return false;
  });
  return rest.length === 0 ? found : { ...found, q: rest.join(' ') };
}
