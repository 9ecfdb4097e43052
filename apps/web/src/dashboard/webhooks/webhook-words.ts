import { t } from '../../texts/webhooks.ts';
import { numberWords } from '../../ui/formats.ts';
import { counted } from '../../ui/time-words.ts';
import type { Delivery, EventName, Webhook } from '../api.ts';
import { EVENT_NAMES, eventWords } from '../event-words.ts';

const OFF: Readonly<Record<string, string>> = {
  get asked() {
    return t.youSwitchedOff;
  },
  get failing() {
    return t.tookNothing;
  },
  get gone() {
    return t.answeredGone;
  },
};

/** Why nothing is sent; null while something is. */
export function offWords({ status, offReason }: Pick<Webhook, 'status' | 'offReason'>): string | null {
  if (status !== 'off') return null;
  return OFF[offReason ?? ''] ?? t.isSwitchedOff;
}

/** "Every event", "Client locked", "3 kinds of event" */
export function eventsWords(events: Webhook['events']): string {
  if (events === null) return t.everyEvent;
  const [only] = events;
  return events.length === 1 && only !== undefined
    ? eventWords(only)
    : t.kindsOfEvent(counted(events.length, 'kind'));
}

/** "Answered 204 after 12 ms.", "Failed after 3 ms: connection refused." */
export function attemptWords({ delivered, status, error, durationMs }: Delivery): string {
  const time = t.milliseconds(numberWords(durationMs));
  if (delivered) return t.deliveredAfter(status, time);
  return t.notDeliveredAfter(time, error ?? t.answered(status));
}

/** What a receiver is called where its whole URL is too long. */
export function hostOf(url: string): string {
  return URL.canParse(url) ? new URL(url).host : url;
}

/** The kinds of event as the form shows them, each group with the words that its events begin with. */
const prefixes = (): readonly (readonly [title: string, prefixes: readonly string[]])[] => [
  [t.groupUsers, ['client', 'totp']],
  [t.groupAuthenticators, ['authenticator']],
  [t.groupLinks, ['link']],
  [t.groupKeys, ['key', 'token', 'receipt', 'signingkey']],
  [t.groupAccount, ['account']],
  [t.webhooks, ['webhook']],
];

export interface EventGroup {
  title: string;
  events: readonly EventName[];
}

/** Every kind of event, in groups. What a later version adds is in the last one. */
export function eventGroups(): readonly EventGroup[] {
  const prefixOf = (event: string) => event.split('.')[0] ?? '';
  const named = prefixes().map(([title, beginnings]) => ({
    title,
    events: EVENT_NAMES.filter((event) => beginnings.includes(prefixOf(event))),
  }));
  const known = new Set(named.flatMap(({ events }) => events));
  return [...named, { title: t.groupServer, events: EVENT_NAMES.filter((event) => !known.has(event)) }];
}
