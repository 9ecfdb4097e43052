import type { ServerResponse } from 'node:http';
import { Readable } from 'node:stream';
import { setTimeout as sleep } from 'node:timers/promises';
import { type Static, Type } from 'typebox';
import { Fault } from '../../../domain/errors.ts';
import type { EventRecord } from '../../../domain/log/events.ts';
import type { Page } from '../../../domain/page.ts';
import { AccountPlaces, type Place } from '../../server/account-places.ts';
import { answers } from '../../server/answers.ts';
import { principalOf, stillAllowed } from '../../server/authentication.ts';
import type { RouteNeeds } from '../../server/services.ts';
import type { App } from '../../server/types.ts';
import {
  Cursor,
  Limit,
  ModeInQuery,
  named,
  nullable,
  pageOf,
  parameters,
  Timestamp,
  words,
} from '../schemas.ts';
import { eventView, timestamp } from '../views.ts';
import { csvLines, ndjsonLines } from './export-lines.ts';
import { FILTERS, filterOf } from './filter-query.ts';
import { EventView, EVENT_EXAMPLE as EXAMPLE } from './schemas.ts';

const EVENTS = pageOf(EventView);
const Total = Type.Object(
  {
    count: Type.Integer(),
    accuracy: words(
      ['exact', 'about', 'atLeast'],
      'about: estimated from a sample of the log. atLeast: the search for one user gave up after these.',
    ),
  },
  { title: 'EventTotal', description: 'How many events match, on all pages together.' },
);
const PageView = Type.Object(
  {
    ...EVENTS.properties,
    searchedTo: Type.Optional(
      Type.String({
        format: 'date-time',
        description:
          'Only of a page that is short although there is a next one: the search gave up here, and goes on with nextCursor.',
      }),
    ),
    total: Type.Optional(nullable(Total)),
  },
  named('EventPage', 'One page of the log.', { data: [EXAMPLE], nextCursor: null }),
);
const ROWS_PER_READ = 250;
const RETRY_MS = 500;
/** Read ahead of the caller. Streams of objects would take 16 by themselves, megabytes for each slow reader. */
const PAGES_AHEAD = 1;
/** Each takes up to a megabyte while its reader is slow. */
export const EXPORTS_PER_ACCOUNT = 8;
export const EXPORTS_AT_ALL = 32;

/** A page as JSON, or one of the exports as a stream. */
const Answer = Type.Unsafe<Static<typeof PageView> | Readable>(PageView);

const Query = parameters({
  ...FILTERS,
  mode: Type.Optional(ModeInQuery),
  from: Type.Optional(Timestamp),
  to: Type.Optional(Timestamp),
  limit: Type.Optional(Limit),
  cursor: Type.Optional(Cursor),
  total: Type.Optional(
    Type.Boolean({
      default: false,
      description: 'Adds total to a page of JSON: null when too few match to estimate from a sample.',
    }),
  ),
  format: Type.Optional(
    Type.Unsafe<'json' | 'csv' | 'ndjson'>({
      type: 'string',
      enum: ['json', 'csv', 'ndjson'],
      default: 'json',
    }),
  ),
});

export function listLogs(
  app: App,
  context: RouteNeeds<'authenticate' | 'bearers' | 'clock' | 'sessionCookies', 'listEvents' | 'countEvents'>,
): void {
  const { authenticate, store } = context;
  const places = new AccountPlaces(EXPORTS_PER_ACCOUNT, EXPORTS_AT_ALL, tooManyExports);
  app.route({
    method: 'GET',
    url: '/api/logs',
    onRequest: authenticate('logs:read'),
    config: { takesModeInQuery: true },
    schema: {
      operationId: 'listLogs',
      summary: 'The access log, newest first',
      description:
        'As json a page at a time; with a filter it may be shorter than its limit, or empty, and still have a nextCursor: a search looks at up to 50,000 events for a page. ' +
        'As csv or ndjson everything that matches, streamed; limit and cursor do not apply. When the bearer ends ' +
        'meanwhile, or others need the place of an account that has several exports under way, the connection is cut off.',
      tags: ['Logs'],
      security: [{ bearer: ['logs:read'] }],
      querystring: Query,
      response: answers({ 200: Answer }, [400, 401, 403, 429, 503], ['text/csv', 'application/x-ndjson']),
    },
    async handler(request, reply) {
      const { limit = 50, cursor = null, format = 'json', total = false, from, to } = request.query;
      const filter = { ...filterOf(request.query), from: timeOf(from), to: timeOf(to) };
      const accountId = principalOf(request).account.id;
      if (format === 'json') {
        const page = await store.listEvents(accountId, filter, { limit, cursor });
        return {
          data: page.data.map(eventView),
          nextCursor: page.nextCursor,
          ...(page.searchedTo === undefined ? {} : { searchedTo: timestamp(page.searchedTo) }),
          ...(total ? { total: await store.countEvents(accountId, filter) } : {}),
        };
      }
      const lines = format === 'csv' ? csvLines : ndjsonLines;
      // What HEAD is sent is thrown away: nothing need be read for it. Nor for a caller who has hung up.
      const isRead = request.method !== 'HEAD' && !reply.raw.destroyed;
      if (isRead) cutOffWhenGivenUp(places.take(accountId), reply.raw);
      const read = (from: string | null) =>
        store.listEvents(accountId, filter, { limit: ROWS_PER_READ, cursor: from });
      const allowed = stillAllowed(request, 'logs:read', context);
      const exported = isRead ? lines(eventPages(await read(null), read, allowed)) : [];
      return reply
        .type(format === 'csv' ? 'text/csv; charset=utf-8; header=present' : 'application/x-ndjson')
        .header('content-disposition', `attachment; filename="kanda-log.${format}"`)
        .header('x-content-type-options', 'nosniff')
        .send(Readable.from(exported, { highWaterMark: PAGES_AHEAD }));
    },
  });
}

/** Not ended: its reader must see that something is missing. */
function cutOffWhenGivenUp({ givenUp, release }: Place, response: ServerResponse): void {
  givenUp.addEventListener('abort', () => response.destroy());
  response.once('close', release);
}

function tooManyExports(whose: string, most: number): Fault {
  return new Fault(
    'rate_limited',
    `${whose} may have ${most} exports under way on one server. Try again when one of them has ended.`,
    { retryAfterSeconds: 10 },
  );
}

function timeOf(timestamp: string | undefined): number | null {
  return timestamp === undefined ? null : Date.parse(timestamp);
}

async function* eventPages(
  first: Page<EventRecord>,
  read: (cursor: string | null) => Promise<Page<EventRecord>>,
  allowed: () => Promise<void>,
): AsyncGenerator<readonly ReturnType<typeof eventView>[]> {
  let page: Page<EventRecord> | null = first;
  while (page !== null) {
    // After it was read: nothing goes out once the bearer has ended. The answer is cut off, so that its reader sees it.
    await allowed();
    yield page.data.map(eventView);
    page =
      page.nextCursor === null ? null : await whenThereIsRoom(() => read(page?.nextCursor ?? null), allowed);
  }
}

/** An export that has begun goes on, also when its account then sends too many other searches. */
async function whenThereIsRoom<T>(read: () => Promise<T>, allowed: () => Promise<void>): Promise<T> {
  for (;;) {
    try {
      return await read();
    } catch (error) {
      if (!(error instanceof Fault && error.code === 'rate_limited')) throw error;
      await sleep(RETRY_MS);
      await allowed();
    }
  }
}
