import { Type } from 'typebox';
import { Fault } from '../../../domain/errors.ts';
import { driftInWords } from '../../../domain/observation/clock-drift.ts';
import { answers } from '../../server/answers.ts';
import type { RouteNeeds } from '../../server/services.ts';
import type { App } from '../../server/types.ts';
import { named } from '../schemas.ts';

const Status = Type.Object({ status: Type.Literal('ok') }, named('Status', 'All is well.', { status: 'ok' }));
const OK = { status: 'ok' } as const;
const Readiness = Type.Object(
  {
    status: Type.Literal('ok'),
    warnings: Type.Optional(
      Type.Array(Type.String(), {
        description:
          'What the operator should look into, although calls are served: a clock that looks wrong.',
      }),
    ),
  },
  named('Readiness', 'Calls are served.', { status: 'ok' }),
);
const Figures = Type.Unsafe<string>({
  description: 'Metrics',
  content: { 'text/plain': { schema: Type.String() } },
});

/** For the operator: liveness, readiness, metrics, and the API description. */
export function operations(
  app: App,
  {
    metrics,
    publicUrl,
    stopping,
    store,
  }: RouteNeeds<'metrics' | 'publicUrl' | 'stopping', 'figures' | 'ping'>,
): void {
  app.route({
    method: 'GET',
    url: '/healthz',
    schema: {
      operationId: 'health',
      summary: 'The process is alive',
      description: 'Answers as long as the process can answer; the store is not asked. For liveness probes.',
      tags: ['Operations'],
      response: answers({ 200: Status }, []),
    },
    handler: async () => OK,
  });

  readiness(app, { stopping, store });

  let rendering: Promise<string> | null = null;
  app.route({
    method: 'GET',
    url: '/metrics',
    schema: {
      operationId: 'metrics',
      summary: "Metrics in Prometheus' text format",
      description:
        'What this process, or all processes behind this port, has done. See the page on observability.',
      tags: ['Operations'],
      response: answers({ 200: Figures }, []),
    },
    async handler(_request, reply) {
      // Those who ask while it is put together share it.
      rendering ??= metrics.render().finally(() => {
        rendering = null;
      });
      return reply.type(metrics.contentType).send(await rendering);
    },
  });

  const server = serverAt(publicUrl);
  let document: Buffer | null = null;
  app.route({
    method: 'GET',
    url: '/openapi.json',
    schema: { hide: true },
    // Put together once, when all routes are there: it does not change, and anybody may ask for it.
    handler: async (_request, reply) => {
      document ??= Buffer.from(JSON.stringify({ ...app.swagger(), servers: [server] }));
      return reply.type('application/json; charset=utf-8').send(document);
    },
  });
}

function readiness(app: App, { stopping, store }: RouteNeeds<'stopping', 'figures' | 'ping'>): void {
  app.route({
    method: 'GET',
    url: '/readyz',
    schema: {
      operationId: 'readiness',
      summary: 'The store can read and write, and no stop has begun',
      description:
        "For readiness probes and load balancers: 503 from the moment that the server is asked to stop. It stays 200 while users' codes say that the server's clock is wrong, and has a warning then.",
      tags: ['Operations'],
      response: answers({ 200: Readiness }, [503]),
    },
    async handler() {
      // Load balancers poll this: they must learn of the stop while calls are still answered.
      if (stopping()) throw aboutToStop();
      await store.ping();
      const drift = store.figures?.codesAgainstClock.look() ?? null;
      return drift === null ? OK : { ...OK, warnings: [driftInWords(drift)] };
    },
  });
}

function aboutToStop(): Fault {
  return new Fault('stopping', 'This server is about to stop. Send new calls to another one.');
}

/** Relative to the document, where no one has said where callers reach the server (OpenAPI 3.1 §4.8.5). */
function serverAt(publicUrl: string | null) {
  return { url: publicUrl ?? '/', description: 'This server' };
}
