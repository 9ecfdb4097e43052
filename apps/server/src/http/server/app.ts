import swagger from '@fastify/swagger';
import type { TypeBoxTypeProvider } from '@fastify/type-provider-typebox';
import fastify, { type FastifyReply, type FastifyRequest } from 'fastify';
import { Fault } from '../../domain/errors.ts';
import type { FeedsFigures } from '../../domain/feeds/ports.ts';
import type { LogFigures } from '../../domain/log/ports.ts';
import { masterKeyAge } from '../../domain/master-keys/master-key-age.ts';
import type { RequestTracing } from '../../domain/observation/request-tracing.ts';
import type { WebhookFigures } from '../../domain/webhooks/ports.ts';
import { createMetrics, type Metrics, type Workers } from '../../observability/metrics/metrics.ts';
import { ROUTES } from '../routes/all-routes.ts';
import { LOG_STREAM_PACE, type LogStreamPace } from '../routes/log/log-streams.ts';
import { type SiteOrNone, serveSite } from '../site/serve-site.ts';
import { limitAccounts } from './account-rate.ts';
import { PROBLEM_SCHEMA } from './answers.ts';
import { createAuthenticate } from './authentication.ts';
import { createRefuseBroken } from './broken-requests.ts';
import { CALL_DEADLINE_MS, CallDeadlines } from './call-deadlines.ts';
import { BODY_LIMIT } from './call-limits.ts';
import { trustIn } from './caller-address.ts';
import { takeDeclaredInputAlone } from './declared-input.ts';
import { FailureLines } from './failure-lines.ts';
import { letConnectionsGo } from './graceful-stop.ts';
import { createHttpServer } from './http-server.ts';
import { honourIdempotencyKeys } from './idempotency.ts';
import { type KnownRoutes, pathOf, rememberRoutes } from './known-routes.ts';
import { observeRequests } from './observe-requests.ts';
import { asDocumented, corrected, OPENAPI } from './openapi.ts';
import { sendProblem, toFault } from './problems.ts';
import { createLimited } from './rate-limit.ts';
import { refuseOnLostStore } from './refuse-on-lost-store.ts';
import { createRequestClock } from './request-clock.ts';
import { discardRest } from './rest-of-body.ts';
import { sharedSerializers } from './serializers.ts';
import type { RouteContext, Services } from './services.ts';
import { createSessionCookies } from './session-cookies.ts';
import type { WriteBounds } from './stalled-readers.ts';
import { useStrictInput } from './strict-input.ts';
import { isHidden, isOfTestMode, routeNotFound } from './test-mode.ts';
import type { App, Log } from './types.ts';

export interface AppOptions {
  readonly log: Log;
  readonly trustedProxies: readonly string[];
  /** How many requests a second one account may make of this process; null: any number. */
  readonly rateLimit: number | null;
  /** How long a call may wait for its answer (ms). */
  readonly callDeadlineMs?: number;
  /** Under which the world reaches this server; null: unknown, links are relative. */
  readonly publicUrl: string | null;
  /** Distinguishes the request ids of this process from those of others. */
  readonly bootId: string;
  /** Audit-log counters; absent where there are none. */
  readonly logFigures?: LogFigures;
  /** What was sent to webhooks; absent where nothing is. */
  readonly webhookFigures?: WebhookFigures;
  /** What was sent to the operator's receivers of events, of those that there are. */
  readonly feedFigures?: FeedsFigures;
  /** The operator's security contact; null: none. */
  readonly securityContact?: string | null;
  /** How often listeners of a log get what is new; a test may be in more of a hurry. */
  readonly logStreamPace?: LogStreamPace;
  /** What runs, for the metrics. */
  readonly version?: string;
  /** The processes that serve the same port, whose metrics are shown together; absent where there is one. */
  readonly workers?: Workers | undefined;
  /** Follows requests; absent where no traces are collected. */
  readonly tracing?: RequestTracing | null;
  /** Whether the server is about to stop: then it is not ready any more, while calls are still served. */
  readonly stopping?: () => boolean;
  /** What is wrong with a store that went back: then nothing is judged. null: nothing. */
  readonly lostStore?: () => string | null;
  /** The Markdown pages of `docs/errors`, by code. */
  readonly errorPages: ReadonlyMap<string, string>;
  /** The pages that are served beside the API. */
  readonly site?: SiteOrNone;
  /** How long and for how much readers are waited for; a test may be in more of a hurry. */
  readonly writeBounds?: WriteBounds;
}

/** Longer than any clientId, decomposed or not: the router counts after decoding all but what separates parts of a URL. */
const MAX_PARAM_LENGTH = 1_024;

/** The whole HTTP surface, ready to listen or to be asked directly by a test. */
export async function createApp(services: Services, options: AppOptions): Promise<App> {
  const { log, bootId, publicUrl } = options;
  const docs = `${publicUrl ?? ''}/docs/errors`;
  const rate = options.rateLimit === null ? null : limitAccounts(options.rateLimit);
  const sessionCookies = createSessionCookies(publicUrl);
  const requestClock = createRequestClock(services.clock);
  const deadlines = new CallDeadlines(options.callDeadlineMs ?? CALL_DEADLINE_MS);
  const authenticate = createAuthenticate(services, rate, sessionCookies, deadlines);
  let requestNumber = 0;
  const nextRequestId = () => `req_${bootId}_${(++requestNumber).toString(36)}`;

  const app: App = fastify({
    logger: false,
    schemaController: sharedSerializers,
    bodyLimit: BODY_LIMIT,
    genReqId: nextRequestId,
    trustProxy: options.trustedProxies.length === 0 ? false : trustIn(options.trustedProxies),
    routerOptions: { maxParamLength: MAX_PARAM_LENGTH },
    serverFactory: (handle) =>
      createHttpServer(handle, { docs, nextRequestId, writeBounds: options.writeBounds }),
    return503OnClosing: false,
    forceCloseConnections: 'idle',
    frameworkErrors: (error, request, reply) => {
      const fault =
        error.code === 'FST_ERR_BAD_URL' || error.code === 'FST_ERR_MAX_PARAM_LENGTH'
          ? new Fault(
              'request_malformed',
              'The path cannot be understood: its percent-encoding is wrong or too long.',
            )
          : toFault(error);
      refuseUnrouted(fault, request, reply);
    },
    clientErrorHandler: createRefuseBroken(docs, nextRequestId),
  }).withTypeProvider<TypeBoxTypeProvider>();

  /** Refuses what led to no handler. Where a bearer is needed it is asked for first, as a handler would. */
  function refuseUnrouted(fault: Fault, request: FastifyRequest, reply: FastifyReply): void {
    const path = pathOf(request.url);
    if (!known.isGuarded(path) && !isOfTestMode(path)) {
      sendCounted(metrics, fault, request, reply, docs);
      return;
    }
    authenticate(null)(request, reply, (error) => {
      // To a live bearer the calls of test mode are not there, with any method.
      const hidden = error === undefined && isHidden(path, request);
      if (hidden) reply.removeHeader('allow');
      sendCounted(metrics, hidden ? routeNotFound() : toFault(error ?? fault), request, reply, docs);
    });
  }

  letConnectionsGo(app);
  useStrictInput(app);
  deadlines.govern(app);
  takeDeclaredInputAlone(app);
  honourIdempotencyKeys(app, services.store, requestClock);
  app.decorateRequest('principal', null);

  const failures = new FailureLines(log);
  app.addHook('onClose', async () => failures.end());
  app.setErrorHandler(async (error, request, reply) => {
    const fault = toFault(error);
    if (
      fault.code === 'internal' ||
      fault.code === 'secret_unreadable' ||
      fault.code === 'store_unavailable'
    ) {
      const traceId = request.trace === null ? {} : { traceId: request.trace.traceId };
      failures.write(fault, { requestId: request.id, ...traceId });
    }
    metrics.countFault(fault.code);
    if (fault.code === 'body_too_large') await discardRest(request.raw);
    return (request.routeOptions.config?.showsFault ?? sendProblem)(fault, request, reply, docs);
  });

  const metrics = metricsOf(services, options);
  app.addHook('onClose', async () => metrics.stop());
  observeRequests(app, metrics, log, options.tracing ?? null);
  refuseOnLostStore(app, options.lostStore ?? (() => null));

  await app.register(swagger, {
    openapi: OPENAPI,
    transform: ({ route, url }) => ({ schema: asDocumented(route), url }),
    transformObject: (document) => corrected('openapiObject' in document ? document.openapiObject : {}),
    refResolver: {
      buildLocalReference: (schema, _base, _fragment, index) => String(schema.$id ?? `schema-${index}`),
    },
  });
  app.addSchema(PROBLEM_SCHEMA);
  const known = rememberRoutes(app, (request, reply) => refuseNoRoute(request, reply));
  const context: RouteContext = {
    ...services,
    clock: requestClock,
    metrics,
    authenticate,
    limited: createLimited(services.store, services.clock),
    stopping: options.stopping ?? (() => false),
    sessionCookies,
    publicUrl,
    version: options.version ?? 'unknown',
    securityContact: options.securityContact ?? null,
    logStreamPace: options.logStreamPace ?? LOG_STREAM_PACE,
  };
  for (const route of ROUTES) route(app, context);
  const { site = 'switched off', errorPages } = options;
  const sendMissing = serveSite(app, { site, errorPages, publicUrl });

  /** Where no route is: which methods the path has, or that it has none. */
  function refuseNoRoute(request: FastifyRequest, reply: FastifyReply): void {
    const path = pathOf(request.url);
    const allowed = known.methodsOf(path);
    if (allowed.length === 0 && !isOfApi(path) && sendMissing(request, reply)) return;
    if (allowed.length > 0) reply.header('allow', allowed.join(', '));
    const fault =
      allowed.length === 0
        ? nothingAt(path, known)
        : new Fault('method_not_allowed', `This path knows ${allowed.join(', ')}, not ${request.method}.`);
    refuseUnrouted(fault, request, reply);
  }
  // Fastify calls its handler for this only after it has judged content type and body, which no handler will read.
  app.addHook('onRequest', (request, reply, done) => {
    // Two of them, as joined above (RFC 9112 §3.2).
    if (request.headers.host?.includes(',') === true) {
      done(new Fault('request_malformed', 'The request names two hosts.'));
    } else if (request.is404) refuseNoRoute(request, reply);
    else done();
  });
  app.setNotFoundHandler(refuseNoRoute);

  await app.ready();
  return app;
}

function metricsOf(
  { store, disk, clock }: Services,
  { version, workers, logFigures, webhookFigures, feedFigures }: AppOptions,
) {
  return createMetrics({
    version: version ?? 'unknown',
    workers,
    logFigures,
    webhookFigures,
    feedFigures,
    storeFigures: store.figures,
    disk,
    masterKeyAgeSeconds: masterKeyAge(store, clock),
  });
}

function sendCounted(metrics: Metrics, fault: Fault, ...to: [FastifyRequest, FastifyReply, string]): void {
  metrics.countFault(fault.code);
  sendProblem(fault, ...to);
}

/** There no page is shown, whatever a browser asks for. */
function isOfApi(path: string): boolean {
  return path === '/api' || path.startsWith('/api/');
}

/** The path itself is not repeated: a parameter may be a key that was pasted there. */
function nothingAt(path: string, known: KnownRoutes): Fault {
  const bare = path.replace(/\/+$/, '');
  if (bare === path || known.methodsOf(bare).length === 0) return routeNotFound();
  return new Fault('route_not_found', 'There is nothing at this path. Remove the trailing slash.');
}
