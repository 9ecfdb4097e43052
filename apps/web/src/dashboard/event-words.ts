import { events as english } from '../texts/en/events.ts';
import { t } from '../texts/events.ts';
import { counted } from '../ui/time-words.ts';
import type { EventName, LoggedEvent, Scope } from './api.ts';

/** The events in the order in which the filter offers them. */
export const EVENT_NAMES = Object.keys(english.happened) as EventName[];

export function eventWords(event: string): string {
  return t.happened[event as EventName] ?? (event === 'unknown' ? t.newerEvent : event);
}

export function isEventName(text: string): text is EventName {
  return Object.hasOwn(english.happened, text);
}

/** The reason of an event in words; null when it has none. */
export function reasonWords({ event, reason }: Pick<LoggedEvent, 'event' | 'reason'>): string | null {
  if (reason === null) return null;
  if (isAboutSettings(event)) return t.now(reason);
  return (driftOf(reason) ?? namedBy(reason) ?? t.reasons[reason])?.[1] ?? `${spoken(reason)}.`;
}

/** The same in two or three words. */
export function shortReason({ event, reason }: Pick<LoggedEvent, 'event' | 'reason'>): string | null {
  if (reason === null || isAboutSettings(event)) return reason;
  return (driftOf(reason) ?? namedBy(reason) ?? t.reasons[reason])?.[0] ?? spoken(reason);
}

const SETTINGS: ReadonlySet<string> = new Set([
  'account.policy_changed',
  'account.hosted_pages_changed',
  'account.getting_started_changed',
]);

/** Their reason is what was set. */
function isAboutSettings(event: string): boolean {
  return SETTINGS.has(event);
}

/** The reason `drift=3`, short and as a sentence; null for another one. */
function driftOf(reason: string): readonly [short: string, sentence: string] | null {
  const drift = /^drift=(-?\d+)$/.exec(reason)?.[1];
  if (drift === undefined) return null;
  const steps = Math.abs(Number(drift));
  if (steps === 0) return t.noDrift;
  const off = counted(steps, 'step');
  const way = Number(drift) > 0 ? t.ahead : t.behind;
  return [t.clockShort(off, way), t.clockSentence(off, way)];
}

/** What an event names by its id, short and as a sentence; null for another reason. */
function namedBy(reason: string): readonly [short: string, sentence: string] | null {
  if (/^dev_[a-z2-7]{16}$/.test(reason)) return [reason, t.theBrowser(reason)];
  const key = keyOf(reason);
  if (key !== null) return [t.keyShort(key.slice(0, 8)), t.keyExpires(key)];
  if (/^whk_[a-z2-7]{16}$/.test(reason)) return [reason, t.theWebhook(reason)];
  return linkOf(reason);
}

/** A link, with what it is for, short and as a sentence; null for another reason. */
function linkOf(reason: string): readonly [short: string, sentence: string] | null {
  const [, purpose, id] = /^(?:(enrol|replace|challenge) )?(lnk_[1-9]\d*)$/.exec(reason) ?? [];
  if (id === undefined) return null;
  const short = purpose === undefined ? id : `${id}, ${t.purposes[purpose]}`;
  return [short, t.theLink(short)];
}

function spoken(reason: string): string {
  const words = reason.replaceAll('_', ' ');
  return `${words.charAt(0).toUpperCase()}${words.slice(1)}`;
}

/** "Key 5a0c9c2b", "You", "Command line": who did it. */
export function actorWords(actor: string): string {
  const key = keyOf(actor);
  if (key !== null) return t.keyShort(key.slice(0, 8));
  if (actor.startsWith('account:')) return t.you;
  if (actor.startsWith('link:')) return t.userBy(actor.slice('link:'.length));
  if (actor === 'cli') return t.commandLine;
  if (actor === 'kanda') return 'Kanda';
  if (actor === 'anonymous') return t.notSignedIn;
  return actor;
}

/** The id of the key that did it; null when it was none. */
export function keyOf(actor: string): string | null {
  return actor.startsWith('key:') ? actor.slice('key:'.length) : null;
}

/** What a scope allows, in plain words. */
export const scopeWords = (scope: Scope): { title: string; text: string } => t.scopes[scope];

/** All scopes, in the order in which they are offered. */
export const SCOPES = Object.keys(english.scopes) as Scope[];
