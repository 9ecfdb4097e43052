import { type AddressRange, readAddressRange } from './address-range.ts';
import type { LogFilter } from './event-store.ts';
import { EVENT_TYPES, type EventRecord, type EventType } from './events.ts';

/** What narrows a search of the log beyond one user, one kind of event and an outcome. Pure. */

/** A whole text, or how it begins. */
export interface TextPattern {
  readonly text: string;
  readonly begins: boolean;
}

/** All of what is there must fit; of several values one. Empty or null: any. */
export interface Refinement {
  readonly events: readonly EventType[];
  readonly clientIdPrefix: string | null;
  readonly reasons: readonly TextPattern[];
  readonly actors: readonly TextPattern[];
  readonly addresses: readonly AddressRange[];
  /** In lower case; part of any text of the event. */
  readonly text: string | null;
}

/** As a caller writes it: several values with commas between them. */
export interface WrittenRefinement {
  readonly events?: string | undefined;
  readonly clientIdPrefix?: string | undefined;
  readonly reason?: string | undefined;
  readonly actor?: string | undefined;
  readonly ip?: string | undefined;
  readonly q?: string | undefined;
}

export interface RefinementProblem {
  readonly field: keyof WrittenRefinement;
  /** The rest of a sentence that begins with the field's name. */
  readonly message: string;
}

export const MAX_VALUES = 20;

/** The first parts of the names of events, as `client.*`. */
export const EVENT_GROUPS: readonly string[] = [
  ...new Set(Object.keys(EVENT_TYPES).map((name) => `${name.split('.')[0]}.*`)),
];

/** What was asked for, undefined when that is nothing, or what is wrong with it. */
export function readRefinement(
  written: WrittenRefinement,
): { readonly refined: Refinement | undefined } | { readonly problem: RefinementProblem } {
  const { events, clientIdPrefix, reason, actor, ip, q } = written;
  if ([events, clientIdPrefix, reason, actor, ip, q].every((text) => text === undefined)) {
    return { refined: undefined };
  }
  for (const [field, text] of Object.entries({ events, reason, actor, ip })) {
    const problem = text === undefined ? null : listProblem(text);
    if (problem !== null) return { problem: { field: field as keyof WrittenRefinement, message: problem } };
  }
  const named = valuesOf(events).map((name) => [name, eventsNamed(name)] as const);
  const unknown = named.find(([, types]) => types.length === 0)?.[0];
  if (unknown !== undefined) return { problem: { field: 'events', message: `names no event: ${unknown}` } };
  const ranges = valuesOf(ip).map((text) => [text, readAddressRange(text)] as const);
  const wrong = ranges.find(([, range]) => range === null)?.[0];
  if (wrong !== undefined) {
    return { problem: { field: 'ip', message: `is no address or network such as 192.0.2.0/24: ${wrong}` } };
  }
  return {
    refined: {
      events: [...new Set(named.flatMap(([, types]) => types))],
      clientIdPrefix: clientIdPrefix?.normalize('NFC') ?? null,
      reasons: valuesOf(reason).map(patternOf),
      actors: valuesOf(actor).map(patternOf),
      addresses: ranges.flatMap(([, range]) => range ?? []),
      text: q?.normalize('NFC').toLowerCase() ?? null,
    },
  };
}

function valuesOf(text: string | undefined): string[] {
  return text?.split(',').map((value) => value.trim()) ?? [];
}

function listProblem(text: string): string | null {
  const values = valuesOf(text);
  if (values.length > MAX_VALUES) return `takes up to ${MAX_VALUES} values`;
  return values.includes('') ? 'has an empty value' : null;
}

function patternOf(value: string): TextPattern {
  return value.endsWith('*') ? { text: value.slice(0, -1), begins: true } : { text: value, begins: false };
}

function eventsNamed(name: string): EventType[] {
  const { text, begins } = patternOf(name);
  const names = Object.keys(EVENT_TYPES) as EventType[];
  return names.filter((each) => (begins ? each.startsWith(text) : each === text));
}

/** The kinds of event whose name has this in it. */
export function eventsWith(text: string): EventType[] {
  return (Object.keys(EVENT_TYPES) as EventType[]).filter((name) => name.includes(text));
}

/** Whether an event is one that the filter asks for, whatever its time. */
export function passesFilter(event: EventRecord, filter: LogFilter): boolean {
  return (
    (filter.clientId === null || event.clientId === filter.clientId) &&
    (filter.event === null || event.event === filter.event) &&
    (filter.outcome === null || event.outcome === filter.outcome) &&
    (filter.refined === undefined || passesRefinement(event, filter.refined))
  );
}

function passesRefinement(event: EventRecord, refined: Refinement): boolean {
  const { events, clientIdPrefix, reasons, actors, addresses, text } = refined;
  const { actor, ip } = event.origin;
  return (
    (events.length === 0 || (events as readonly string[]).includes(event.event)) &&
    (clientIdPrefix === null || event.clientId?.startsWith(clientIdPrefix) === true) &&
    (reasons.length === 0 || (event.reason !== null && fitsOne(event.reason, reasons))) &&
    (actors.length === 0 || fitsOne(actor, actors)) &&
    (addresses.length === 0 || (ip !== null && addresses.some((range) => range.contains(ip)))) &&
    (text === null || textsOf(event).some((each) => each?.toLowerCase().includes(text) === true))
  );
}

function fitsOne(text: string, patterns: readonly TextPattern[]): boolean {
  return patterns.some((pattern) => (pattern.begins ? text.startsWith(pattern.text) : text === pattern.text));
}

function textsOf({ event, reason, clientId, origin }: EventRecord): (string | null)[] {
  return [event, reason, clientId, origin.actor, origin.ip, origin.userAgent, origin.requestId];
}
