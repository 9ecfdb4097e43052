import { Readable } from 'node:stream';
import { type Static, Type } from 'typebox';
import type { EventFilter, Store } from '../../domain/ports.ts';
import { answers } from '../answers.ts';
import type { App } from '../app.ts';
import { principalOf } from '../authentication.ts';
import { csvLine } from '../csv.ts';
import {
  ClientId,
  Cursor,
  EventName,
  EventView,
  Limit,
  OutcomeName,
  pageOf,
  parameters,
  Timestamp,
} from '../schemas.ts';
import type { RouteContext } from '../services.ts';
import { endWhenStalled } from '../stalled-readers.ts';
import { eventView } from '../views.ts';

const Page = pageOf(EventView);
const COLUMNS = Object.keys(EventView.properties) as (keyof ReturnType<typeof eventView>)[];
const ROWS_PER_READ = 1_000;
/** Read ahead of the caller. Streams of objects would take 16 by themselves, megabytes for each slow reader. */
const PAGES_AHEAD = 1;

/** A page as JSON, or one of the exports as a stream. */
const Answer = Type.Unsafe<Static<typeof Page> | Readable>(Page);

export function listLogs(app: App, { authenticate, store }: RouteContext): void {
  app.route({
    method: 'GET',
    url: '/api/logs',
    onRequest: authenticate('logs:read'),
    schema: {
      operationId: 'listLogs',
      summary: 'The access log, newest first',
      description:
        'As json a page at a time; with a filter it may be shorter than its limit and still have a nextCursor. ' +
        'As csv or ndjson everything that matches, streamed; limit and cursor do not apply.',
      tags: ['Logs'],
      security: [{ bearer: ['logs:read'] }],
      querystring: parameters({
        clientId: Type.Optional(ClientId),
        event: Type.Optional(EventName),
        outcome: Type.Optional(OutcomeName),
        from: Type.Optional(Timestamp),
        to: Type.Optional(Timestamp),
        limit: Type.Optional(Limit),
        cursor: Type.Optional(Cursor),
        format: Type.Optional(
          Type.Unsafe<'json' | 'csv' | 'ndjson'>({
            type: 'string',
            enum: ['json', 'csv', 'ndjson'],
            default: 'json',
          }),
        ),
      }),
      response: answers({ 200: Answer }, [400, 401, 403, 503], ['text/csv', 'application/x-ndjson']),
    },
    async handler(request, reply) {
      const {
        clientId = null,
        event = null,
        outcome = null,
        limit = 50,
        cursor = null,
        format = 'json',
      } = request.query;
      const { from, to } = request.query;
      const filter = { clientId, event, outcome, from: timeOf(from), to: timeOf(to) };
      const accountId = principalOf(request).account.id;
      if (format === 'json') {
        const page = await store.listEvents(accountId, filter, { limit, cursor });
        return { data: page.data.map(eventView), nextCursor: page.nextCursor };
      }
      const lines = format === 'csv' ? csvLines : ndjsonLines;
      // What HEAD is sent is thrown away: nothing need be read for it.
      const exported = request.method === 'HEAD' ? [] : lines(store, accountId, filter);
      endWhenStalled(reply.raw);
      return reply
        .type(format === 'csv' ? 'text/csv; charset=utf-8; header=present' : 'application/x-ndjson')
        .header('content-disposition', `attachment; filename="kanda-log.${format}"`)
        .header('cache-control', 'no-store')
        .header('x-content-type-options', 'nosniff')
        .send(Readable.from(exported, { highWaterMark: PAGES_AHEAD }));
    },
  });
}

function timeOf(timestamp: string | undefined): number | null {
  return timestamp === undefined ? null : Date.parse(timestamp);
}

async function* eventPages(store: Store, accountId: number, filter: EventFilter) {
  let cursor: string | null = null;
  do {
    const page: Awaited<ReturnType<Store['listEvents']>> = await store.listEvents(accountId, filter, {
      limit: ROWS_PER_READ,
      cursor,
    });
    yield page.data.map(eventView);
    cursor = page.nextCursor;
  } while (cursor !== null);
}

async function* csvLines(store: Store, accountId: number, filter: EventFilter) {
  yield csvLine(COLUMNS);
  for await (const events of eventPages(store, accountId, filter)) {
    yield events.map((event) => csvLine(COLUMNS.map((column) => event[column]))).join('');
  }
}

async function* ndjsonLines(store: Store, accountId: number, filter: EventFilter) {
  for await (const events of eventPages(store, accountId, filter)) {
    yield events.map((event) => `${JSON.stringify(event)}\n`).join('');
  }
}
