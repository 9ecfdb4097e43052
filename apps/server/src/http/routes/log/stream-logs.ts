import { Readable } from 'node:stream';
import type { FastifyRequest } from 'fastify';
import { Type } from 'typebox';
import { answers } from '../../server/answers.ts';
import { principalOf, stillAllowed } from '../../server/authentication.ts';
import type { RouteNeeds } from '../../server/services.ts';
import type { App } from '../../server/types.ts';
import { ModeInQuery, parameters } from '../schemas.ts';
import { FILTERS, filterOf } from './filter-query.ts';
import { LogStreams } from './log-streams.ts';

const Stream = Type.Unsafe<Readable>({
  description: 'Server-sent events: id is that of the event, data the event as GET /api/logs/{id} gives it.',
  content: { 'text/event-stream': { schema: Type.String() } },
});

export function streamLogs(
  app: App,
  context: RouteNeeds<
    'authenticate' | 'bearers' | 'clock' | 'sessionCookies' | 'logStreamPace',
    'followLog' | 'logHead'
  >,
): void {
  const { authenticate, logStreamPace, store } = context;
  const streams = new LogStreams(
    (accountId, after, filter, limit) => store.followLog(accountId, after, filter, limit),
    logStreamPace,
  );
  app.addHook('preClose', async () => streams.stop());

  app.route({
    method: 'GET',
    url: '/api/logs/stream',
    onRequest: authenticate('logs:read'),
    config: { takesModeInQuery: true },
    schema: {
      operationId: 'streamLogs',
      summary: 'New events of the access log, as they are written',
      description:
        'Server-sent events, for EventSource in browsers. It begins with what comes next, or after the event that ' +
        'Last-Event-ID (browsers send it when they connect again) or after names. Ends when the bearer does, or when ' +
        'others need the place of an account that has several, with an event named end. A comment every 15 seconds shows that the connection is alive.',
      tags: ['Logs'],
      security: [{ bearer: ['logs:read'] }],
      querystring: parameters({
        ...FILTERS,
        mode: Type.Optional(ModeInQuery),
        after: Type.Optional(
          Type.Integer({
            minimum: 0,
            maximum: Number.MAX_SAFE_INTEGER,
            description: 'The id of the newest event that you have.',
          }),
        ),
      }),
      response: answers({ 200: Stream }, [400, 401, 403, 429, 503]),
    },
    async handler(request, reply) {
      const filter = filterOf(request.query);
      const accountId = principalOf(request).account.id;
      const newest = (await store.logHead(accountId))?.lastEvent ?? 0;
      const after = Math.min(newest, lastSeen(request) ?? request.query.after ?? newest);
      reply
        .type('text/event-stream')
        // Proxies that would collect it are asked to pass it on piece by piece.
        .header('x-accel-buffering', 'no')
        .header('x-content-type-options', 'nosniff');
      if (request.method === 'HEAD') return reply.send(Readable.from([]));

      // A caller that has hung up meanwhile would never free its place.
      if (reply.raw.destroyed) return reply.send(Readable.from([]));
      const events = streams.open({
        accountId,
        filter,
        after,
        stillAllowed: stillAllowed(request, 'logs:read', context),
      });
      reply.raw.once('close', () => streams.release(events));
      return reply.send(Readable.from(events, { objectMode: false, highWaterMark: 1 }));
    },
  });
}

/** What a browser had last, when it connects again. */
function lastSeen({ headers }: FastifyRequest): number | null {
  const id = headers['last-event-id'];
  return typeof id === 'string' && /^\d{1,15}$/.test(id) ? Number(id) : null;
}
