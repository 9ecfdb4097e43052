import { DEFAULT_PARAMETERS } from '@kanda/otp';
import fc from 'fast-check';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import type { Account } from '../../../src/domain/accounts/account.ts';
import type { EventFilter } from '../../../src/domain/log/event-store.ts';
import { EVENT_TYPES, type EventRecord, type EventType } from '../../../src/domain/log/events.ts';
import { passesRefinement, REFINEMENTS, refined } from './event-refinements.ts';
import {
  allPages,
  DAY_MS,
  EVERYTHING,
  HOUR_MS,
  type MakeDatabase,
  ORIGIN,
  Phone,
  START,
  Workbench,
} from './workbench.ts';

const ENROLLED = ['ada', 'bob', 'carol'];
const NEVER_ENROLLED = ['mallory', 'trent'];
const EVENTS = 4_000;
const ACTORS = ['cli', 'key:abc', 'key:abd', 'account:acc_1'];
const ADDRESSES = [
  null,
  '192.0.2.7',
  '192.0.2.70',
  '198.51.100.1',
  '2001:db8::1',
  '2001:db8:0:1::7',
  'fe80::1%eth0',
];
const AGENTS = [null, 'curl/8', 'Übermut\\1'];

/**
 * A log of thousands of events, longer than what a filter looks at in one stride, over three days on a
 * clock that jumps forwards and backwards by hours. Its numbers repeat from run to run.
 */
async function writeLog(bench: Workbench, account: Account): Promise<void> {
  const random = mulberry32(20_270_101);
  const pick = <T>(values: readonly T[]): T => values[Math.floor(random() * values.length)] as T;
  const phones = new Map(ENROLLED.map((name) => [name, new Phone(account.id, name, DEFAULT_PARAMETERS)]));
  for (let written = 0; written < EVENTS; written += 50) {
    if (random() < 0.3) bench.now = START + Math.floor(random() * 3 * DAY_MS);
    const batch = Array.from({ length: 50 }, () => {
      bench.now += Math.floor(random() * 20_000);
      const dice = random();
      const phone = phones.get(pick(ENROLLED)) as Phone;
      if (dice < 0.05) return bench.register(phone);
      if (dice < 0.06) return bench.store.deleteClient(account.id, phone.clientId, bench.change());
      if (dice < 0.1) return bench.store.unlockClient(account.id, phone.clientId, bench.change());
      if (dice < 0.2)
        return bench.validate({ accountId: account.id, clientId: pick(NEVER_ENROLLED) }, '123456');
      if (dice < 0.6) return bench.validate(phone, phone.codeAt(bench.now));
      return bench.store.recordEvent(account.id, {
        event: pick(['account.login', 'token.issued', 'key.created']),
        outcome: pick(['success', 'failure']),
        reason: pick([null, 'key_invalid', 'rate_limited', '100%_']),
        clientId: null,
        at: bench.now,
        origin: { ...ORIGIN, actor: pick(ACTORS), ip: pick(ADDRESSES), userAgent: pick(AGENTS) },
      });
    });
    await Promise.allSettled(batch);
  }
}

export function describeEventFilters(makeDatabase: MakeDatabase): void {
  describe('the filters of the log', () => {
    let bench: Workbench;
    let account: Account;
    let log: EventRecord[];
    beforeAll(async () => {
      bench = await Workbench.open(makeDatabase);
      account = await bench.createAccount();
      await writeLog(bench, account);
      log = await bench.events(account);
    });
    afterAll(() => bench.close());

    const passes = (event: EventRecord, filter: EventFilter): boolean =>
      (filter.clientId === null || event.clientId === filter.clientId) &&
      (filter.event === null || event.event === filter.event) &&
      (filter.outcome === null || event.outcome === filter.outcome) &&
      (filter.from === null || event.at >= filter.from) &&
      (filter.to === null || event.at < filter.to) &&
      passesRefinement(event, filter.refined);

    it('are tried on a log that is long, has its times out of order, and has no gaps', () => {
      expect(log.length).toBeGreaterThan(3_000);
      expect(log.map((event) => event.id)).toEqual(log.map((_, index) => log.length - index));
      const backwards = log.filter(
        (event, index) => event.at > (log[index - 1]?.at ?? Number.POSITIVE_INFINITY),
      );
      expect(backwards.length).toBeGreaterThan(10);
    });

    it('give exactly what a look at every event gives, in pages of any size', async () => {
      const times = fc.oneof(
        fc.integer({ min: START - 2 * HOUR_MS, max: START + 4 * DAY_MS }),
        fc.integer({ min: -2, max: 100 }).map((hours) => START + hours * HOUR_MS),
        // The very times of events, where inclusive and exclusive ends differ.
        fc.nat({ max: log.length - 1 }).map((index) => (log[index] as EventRecord).at),
      );
      const rarely = <T>(values: fc.Arbitrary<T>) => fc.option(values, { freq: 1 });
      const filters: fc.Arbitrary<EventFilter> = fc.record({
        clientId: rarely(fc.constantFrom(...ENROLLED, ...ENROLLED, ...NEVER_ENROLLED, 'unheard-of')),
        event: rarely(
          fc.oneof(
            fc.constantFrom(
              'totp.validated' as const,
              'client.registered' as const,
              'account.login' as const,
            ),
            fc.constantFrom(...(Object.keys(EVENT_TYPES) as EventType[])),
          ),
        ),
        outcome: rarely(fc.constantFrom('success' as const, 'failure' as const)),
        from: rarely(times),
        to: rarely(times),
        refined: fc.option(REFINEMENTS, { freq: 3 }).map((refined) => refined ?? undefined),
      });
      let matched = 0;
      await fc.assert(
        fc.asyncProperty(filters, fc.constantFrom(50, 200), async (filter, limit) => {
          const wanted = log.filter((event) => passes(event, filter));
          expect(ids(await bench.events(account, filter, limit))).toEqual(ids(wanted));
          // Of one size: counting looks at every event again.
          if (limit === 200) {
            const total = await bench.store.countEvents(account.id, filter);
            expect(total).toEqual({ count: wanted.length, accuracy: 'exact' });
          }
          matched += wanted.length > 0 ? 1 : 0;
        }),
        { numRuns: 120 },
      );
      expect(matched).toBeGreaterThan(40);
    });

    it('are followed as they are listed', async () => {
      for (const written of [
        { q: 'CURL' },
        { ip: '2001:db8::/32' },
        { actor: 'key:*', reason: 'key_invalid' },
      ]) {
        const filter = { ...EVERYTHING, refined: refined(written) };
        const wanted = log.filter((event) => passes(event, filter));
        const found: EventRecord[] = [];
        for (let after = 0, more = true; more; ) {
          const part = await bench.store.followLog(account.id, after, filter, 7);
          expect(part.reached).toBeGreaterThan(after);
          found.push(...part.events);
          ({ reached: after, more } = part);
        }
        expect(wanted.length).toBeGreaterThan(10);
        expect(ids(found.reverse())).toEqual(ids(wanted));
      }
    });

    it('by time include `from` and exclude `to`, also inside an hour and on its edge', async () => {
      for (const event of [log[10], log[1_500], log.at(-1)] as EventRecord[]) {
        const same = log.filter(({ at }) => at === event.at);
        expect(await bench.events(account, { from: event.at, to: event.at + 1 })).toEqual(same);
        expect(await bench.events(account, { from: event.at, to: event.at })).toEqual([]);
      }
      const hour = START + 5 * HOUR_MS;
      expect(await bench.events(account, { from: hour, to: hour + HOUR_MS })).toEqual(
        log.filter(({ at }) => at >= hour && at < hour + HOUR_MS),
      );
      expect(await bench.events(account, { from: START + 30 * DAY_MS })).toEqual([]);
      expect(await bench.events(account, { to: START - DAY_MS })).toEqual([]);
    });

    it('lead to what is rare through pages that are short or empty, for one client', async () => {
      const patient = await bench.createAccount('patient');
      const phone = await bench.enrol(patient, 'ada');
      const wrong = phone.wrongCodeAt(bench.now);
      await Promise.all(Array.from({ length: 250 }, () => bench.validate(phone, wrong)));
      const filter: EventFilter = { ...EVERYTHING, clientId: 'ada', event: 'client.registered' };
      const { found, empty } = await countEmptyPages(bench, patient, filter, 1);
      expect(ids(found)).toEqual([2]);
      expect(empty).toBeGreaterThan(0);
    });

    it('lead to what is rare through pages that are short or empty, over a log of 51,000 events', async () => {
      const busy = await bench.createAccount('busy');
      // A busy machine refuses some of a thousand at once: what counts is what the log has.
      let length = 0;
      while (length < 50_600) {
        const unknown = { accountId: busy.id, clientId: 'mallory' };
        await Promise.allSettled(Array.from({ length: 1_000 }, () => bench.validate(unknown, '123456')));
        const newest = await bench.store.listEvents(busy.id, EVERYTHING, { cursor: null, limit: 1 });
        length = newest.data[0]?.id ?? 0;
      }
      const filter: EventFilter = { ...EVERYTHING, event: 'account.registered' };
      const { found, empty } = await countEmptyPages(bench, busy, filter, 200);
      expect(ids(found)).toEqual([1]);
      expect(empty).toBe(1);
      const text = { ...EVERYTHING, refined: refined({ q: 'registered' }) };
      const first = await bench.store.listEvents(busy.id, text, { cursor: null, limit: 200 });
      expect(first).toEqual({ data: [], nextCursor: expect.any(String), searchedTo: bench.now });
      expect(ids((await countEmptyPages(bench, busy, text, 200)).found)).toEqual([1]);

      const total = (asked: Partial<EventFilter>) =>
        bench.store.countEvents(busy.id, { ...EVERYTHING, ...asked });
      expect(await total({})).toEqual({ count: length, accuracy: 'exact' });
      const about = Number((length - 1).toPrecision(2));
      expect(await total({ event: 'totp.validated' })).toEqual({ count: about, accuracy: 'about' });
      expect(await total({ event: 'account.registered' })).toBeNull();
      expect(await total({ clientId: 'mallory' })).toEqual({ count: 4_000, accuracy: 'atLeast' });
    });

    it('keep their place while the log grows: what is new is not on a later page, what is old is not missed', async () => {
      const growing = await bench.createAccount('growing');
      const phone = await bench.enrol(growing, 'ada');
      const attempt = () => bench.validate(phone, phone.wrongCodeAt(bench.now)).then(() => {});
      for (let event = 0; event < 40; event++) await attempt();
      for (const clientId of [null, 'ada']) {
        const before = await bench.events(growing, { clientId });
        const seen: EventRecord[] = [];
        let cursor: string | null = null;
        do {
          const page = await bench.store.listEvents(
            growing.id,
            { ...EVERYTHING, clientId },
            { cursor, limit: 7 },
          );
          seen.push(...page.data);
          cursor = page.nextCursor;
          await attempt();
        } while (cursor !== null);
        expect(seen).toEqual(before);
      }
    });
  });
}

function ids(events: readonly EventRecord[]): number[] {
  return events.map((event) => event.id);
}

async function countEmptyPages(
  bench: Workbench,
  account: Account,
  filter: EventFilter,
  limit: number,
): Promise<{ found: EventRecord[]; empty: number }> {
  let empty = 0;
  const found = await allPages(limit, async (page) => {
    const result = await bench.store.listEvents(account.id, filter, page);
    if (result.data.length === 0 && result.nextCursor !== null) empty += 1;
    return result;
  });
  return { found, empty };
}

/** A generator whose numbers are the same in every run. */
function mulberry32(seed: number): () => number {
  let state = seed;
  return () => {
    state = (state + 0x6d2b79f5) | 0;
    let mixed = Math.imul(state ^ (state >>> 15), 1 | state);
    mixed = (mixed + Math.imul(mixed ^ (mixed >>> 7), 61 | mixed)) ^ mixed;
    return ((mixed ^ (mixed >>> 14)) >>> 0) / 2 ** 32;
  };
}
