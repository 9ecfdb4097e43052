import { counted } from '../../ui/time-words.ts';
import type { Delivery, EventName, Webhook } from '../api.ts';
import { EVENT_NAMES, eventWords } from '../event-words.ts';

const OFF: Readonly<Record<string, string>> = {
  asked: 'You switched it off.',
  failing: 'Its receiver took nothing for three days.',
  gone: 'Its receiver answered 410: it is gone.',
};

/** Why nothing is sent; null while something is. */
export function offWords({ status, offReason }: Pick<Webhook, 'status' | 'offReason'>): string | null {
  if (status !== 'off') return null;
  return OFF[offReason ?? ''] ?? 'It is switched off.';
}

/** "Every event", "Client locked", "3 kinds of event" */
export function eventsWords(events: Webhook['events']): string {
  if (events === null) return 'Every event';
  const [only] = events;
  return events.length === 1 && only !== undefined
    ? eventWords(only)
    : `${counted(events.length, 'kind')} of event`;
}

/** "Answered 204 after 12 ms.", "Failed after 3 ms: connection refused." */
export function attemptWords({ delivered, status, error, durationMs }: Delivery): string {
  const time = `${durationMs.toLocaleString('en')} ms`;
  if (delivered) return `Delivered: answered ${status} after ${time}.`;
  return `Not delivered after ${time}: ${error ?? `answered ${status}`}.`;
}

/** What a receiver is called where its whole URL is too long. */
export function hostOf(url: string): string {
  return URL.canParse(url) ? new URL(url).host : url;
}

/** The kinds of event as the form shows them, each group with the words that its events begin with. */
const PREFIXES: readonly (readonly [title: string, prefixes: readonly string[]])[] = [
  ['Users and their codes', ['client', 'totp']],
  ['Authenticators', ['authenticator']],
  ['Links', ['link']],
  ['Keys, tokens and receipts', ['key', 'token', 'receipt', 'signingkey']],
  ['Your account', ['account']],
  ['Webhooks', ['webhook']],
];

export interface EventGroup {
  title: string;
  events: readonly EventName[];
}

/** Every kind of event, in groups. What a later version adds is in the last one. */
export const EVENT_GROUPS: readonly EventGroup[] = grouped();

function grouped(): EventGroup[] {
  const prefixOf = (event: string) => event.split('.')[0] ?? '';
  const named = PREFIXES.map(([title, prefixes]) => ({
    title,
    events: EVENT_NAMES.filter((event) => prefixes.includes(prefixOf(event))),
  }));
  const known = new Set(named.flatMap(({ events }) => events));
  return [...named, { title: 'The server', events: EVENT_NAMES.filter((event) => !known.has(event)) }];
}
