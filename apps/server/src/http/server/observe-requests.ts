import type { FastifyReply, FastifyRequest, HookHandlerDoneFunction } from 'fastify';
import { networksOf } from '../../domain/limits/networks.ts';
import type { RequestTrace, RequestTracing } from '../../domain/observation/request-tracing.ts';
import type { Metrics, RequestCounter } from '../../observability/metrics/metrics.ts';
import { addressOf } from './origin.ts';
import { RequestLines } from './request-lines.ts';
import type { App, Log } from './types.ts';

declare module 'fastify' {
  interface FastifyRequest {
    /** null: without tracing. */
    trace: RequestTrace | null;
  }
}

/** What a request is called that led to no route. */
const NO_ROUTE = 'none';
/** Other methods on no route are counted as one: a caller must not be able to make up labels. */
const METHODS = ['GET', 'HEAD', 'POST', 'PUT', 'PATCH', 'DELETE', 'OPTIONS'];

/**
 * Counts, logs and traces every request. Each route gets a hook that knows its counter, so nothing is looked
 * up or put together per request. To be called before the first route is added.
 */
export function observeRequests(app: App, metrics: Metrics, log: Log, tracing: RequestTracing | null): void {
  const lines = new RequestLines(log, callerOf, undefined, undefined, log.oneIn);
  app.addHook('onClose', async () => lines.end());

  function observe(
    counter: RequestCounter,
    route: string,
    request: FastifyRequest,
    reply: FastifyReply,
  ): void {
    const milliseconds = reply.elapsedTime;
    counter.count(reply.statusCode, milliseconds / 1000);
    if (!log.requests || !lines.admits(request, reply.statusCode)) return;
    log.info(
      {
        requestId: request.id,
        ...(request.trace === null ? {} : { traceId: request.trace.traceId }),
        method: request.method,
        route,
        status: reply.statusCode,
        ms: Math.round(milliseconds * 10) / 10,
        ip: addressOf(request),
      },
      'request',
    );
  }

  app.addHook('onRoute', (options) => {
    const counters = countersOf(metrics, [options.method].flat(), options.url);
    const onResponse = (request: FastifyRequest, reply: FastifyReply, done: HookHandlerDoneFunction) => {
      observe(counters(request.method), options.url, request, reply);
      done();
    };
    options.onResponse = [options.onResponse ?? [], onResponse].flat();
  });
  const unrouted = countersOf(metrics, [...METHODS, 'other'], NO_ROUTE);
  app.addHook('onResponse', (request, reply, done) => {
    if (request.is404) {
      const method = METHODS.includes(request.method) ? request.method : 'other';
      observe(unrouted(method), NO_ROUTE, request, reply);
    }
    done();
  });

  app.decorateRequest('trace', null);
  if (tracing !== null) traceRequests(app, tracing);
}

/** An account, or the network of a caller who is unknown. */
function callerOf(request: FastifyRequest): string {
  return request.principal === null
    ? (networksOf(addressOf(request))[0] ?? '')
    : request.principal.account.publicId;
}

function traceRequests(app: App, tracing: RequestTracing): void {
  app.addHook('onRequest', (request, reply, done) => {
    const trace = tracing.begin({
      requestId: request.id,
      method: request.method,
      route: request.is404 ? NO_ROUTE : (request.routeOptions.url ?? NO_ROUTE),
      traceparent: single(request.headers.traceparent),
      tracestate: single(request.headers.tracestate),
    });
    request.trace = trace;
    // After the answer, and also when the caller has hung up before it.
    reply.raw.once('close', () => trace.end(reply.statusCode, reply.raw.writableFinished));
    done();
  });
}

/** The counter of each method; a route of one method needs no look-up. */
function countersOf(
  metrics: Metrics,
  methods: readonly string[],
  route: string,
): (method: string) => RequestCounter {
  const [first, ...others] = methods.map((method) => ({
    method,
    counter: metrics.requestsOf(method, route),
  }));
  if (first === undefined) throw new Error(`${route} has no method`);
  if (others.length === 0) return () => first.counter;
  return (method) => others.find((other) => other.method === method)?.counter ?? first.counter;
}

function single(header: string | string[] | undefined): string | undefined {
  return typeof header === 'string' ? header : undefined;
}
