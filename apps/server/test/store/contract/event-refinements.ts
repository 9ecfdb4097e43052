import fc from 'fast-check';
import {
  type Refinement,
  readRefinement,
  type WrittenRefinement,
} from '../../../src/domain/log/event-filter.ts';
import type { EventRecord } from '../../../src/domain/log/events.ts';
import { ORIGIN } from './workbench.ts';

/** Filters of the log by reason, actor, address and text, and what passes them in other words than the code has. */

const WRITTEN = fc.record(
  {
    events: fc.constantFrom('account.*', 'token.issued,client.*', 'key.created'),
    clientIdPrefix: fc.constantFrom('a', 'car', 'mallory', 'z', 'A'),
    reason: fc.constantFrom('key_invalid', 'invalid_code,rate_limited', '100%_', 'client_*', '100*'),
    actor: fc.constantFrom('cli', 'key:*', 'key:ab', 'account:*,key:abd'),
    ip: fc.constantFrom(
      '192.0.2.7',
      '192.0.2.0/25',
      '2001:db8::/32',
      '2001:db8::/64,198.51.100.0/24',
      '0.0.0.0/0',
      'fe80::1',
      'fe80::1%eth0',
    ),
    q: fc.constantFrom('curl', 'CURL', '100%', '%', '_', 'ÜBERMUT\\', 'key:', 'ssue', '0:1'),
  },
  { requiredKeys: [] },
);
/** The filter with what it was written as, for a second opinion. */
type Asked = Refinement & { readonly written: WrittenRefinement };
export const REFINEMENTS: fc.Arbitrary<Asked | undefined> = fc.oneof(
  ...(['events', 'clientIdPrefix', 'reason', 'actor', 'ip', 'q'] as const).map((field) =>
    WRITTEN.filter((written) => written[field] !== undefined).map((written) =>
      refined({ [field]: written[field] }),
    ),
  ),
  WRITTEN.map(refined),
);

/** A filter as a caller writes it. */
export function refined(written: WrittenRefinement): Asked | undefined {
  const read = readRefinement(written);
  if ('problem' in read) throw new Error(read.problem.message);
  return read.refined && { ...read.refined, written };
}

const NETWORKS: Readonly<Record<string, readonly string[]>> = {
  '192.0.2.7': ['192.0.2.7'],
  '192.0.2.0/25': ['192.0.2.7', '192.0.2.70'],
  '2001:db8::/32': ['2001:db8::1', '2001:db8:0:1::7'],
  '2001:db8::/64': ['2001:db8::1'],
  'fe80::1': ['fe80::1%eth0'],
  'fe80::1%eth0': ['fe80::1%eth0'],
  '198.51.100.0/24': ['198.51.100.1'],
  '0.0.0.0/0': ['192.0.2.7', '192.0.2.70', '198.51.100.1', ORIGIN.ip ?? ''],
};

/** In other words than the code under test has. */
export function passesRefinement(event: EventRecord, asked: Refinement | undefined): boolean {
  if (asked === undefined) return true;
  const { events, clientIdPrefix, reason, actor, ip, q } = (asked as Asked).written;
  const { origin } = event;
  const oneOf = (text: string | null, list: string) =>
    list.split(',').some((value) => {
      const pattern = value.replace(/[.*+?^${}()|[\]\\]/g, '\\$&').replace(/\\\*$/, '.*');
      return text !== null && new RegExp(`^${pattern}$`).test(text);
    });
  const texts = [event.event, event.reason, event.clientId, ...Object.values(origin)];
  return (
    (events === undefined || oneOf(event.event, events)) &&
    (clientIdPrefix === undefined || oneOf(event.clientId, `${clientIdPrefix}*`)) &&
    (reason === undefined || oneOf(event.reason, reason)) &&
    (actor === undefined || oneOf(origin.actor, actor)) &&
    (ip === undefined ||
      ip.split(',').some((network) => NETWORKS[network]?.includes(origin.ip ?? 'none') === true)) &&
    (q === undefined || texts.some((text) => text?.toLowerCase().includes(q.toLowerCase()) === true))
  );
}
