import type { IncomingMessage, Server, ServerResponse } from 'node:http';
import swagger from '@fastify/swagger';
import type { TypeBoxTypeProvider } from '@fastify/type-provider-typebox';
import { Ajv } from 'ajv';
import fastify, { type FastifyBaseLogger, type FastifyInstance } from 'fastify';
import { Fault } from '../domain/errors.ts';
import { createAuthenticate } from './authentication.ts';
import { errorPages } from './error-pages.ts';
import { parseJsonBody } from './json-body.ts';
import { createMetrics } from './metrics.ts';
import { OPENAPI } from './openapi.ts';
import { sendProblem, toFault } from './problems.ts';
import { createLimited } from './rate-limit.ts';
import { changeClient } from './routes/change-client.ts';
import { createKey } from './routes/create-key.ts';
import { deleteClient } from './routes/delete-client.ts';
import { exchangeKey } from './routes/exchange-key.ts';
import { getAccount } from './routes/get-account.ts';
import { getClient } from './routes/get-client.ts';
import { listClients } from './routes/list-clients.ts';
import { listKeys } from './routes/list-keys.ts';
import { listLogs } from './routes/list-logs.ts';
import { logIn } from './routes/log-in.ts';
import { operations } from './routes/operations.ts';
import { registerAccount } from './routes/register-account.ts';
import { registerClient } from './routes/register-client.ts';
import { revokeKey } from './routes/revoke-key.ts';
import { rotateClient } from './routes/rotate-client.ts';
import { validateCode } from './routes/validate-code.ts';
import type { RouteContext, Services } from './services.ts';

export type App = FastifyInstance<
  Server,
  IncomingMessage,
  ServerResponse,
  FastifyBaseLogger,
  TypeBoxTypeProvider
>;

/** What the HTTP layer writes to the operator's log: fields, then a sentence. */
export interface Log {
  readonly requests: boolean;
  info(fields: object, message: string): void;
  error(fields: object, message: string): void;
}

export interface AppOptions {
  readonly log: Log;
  readonly trustedProxies: readonly string[];
  readonly registrationOpen: boolean;
  /** Under which the world reaches this server; null: unknown, links are relative. */
  readonly publicUrl: string | null;
  /** Distinguishes the request ids of this process from those of others. */
  readonly bootId: string;
  /** The Markdown pages of `docs/errors`, by code. */
  readonly errorPages: ReadonlyMap<string, string>;
}

const BODY_LIMIT = 16 * 1024;
/** Longer than any clientId of 128 characters when every one of them is percent-encoded. */
const MAX_PARAM_LENGTH = 1_024;
/** Each route by itself, in the order of the contract. */
const ROUTES = [
  registerAccount,
  logIn,
  exchangeKey,
  getAccount,
  createKey,
  listKeys,
  revokeKey,
  registerClient,
  validateCode,
  rotateClient,
  listClients,
  getClient,
  deleteClient,
  changeClient,
  listLogs,
  operations,
];

/** The whole HTTP surface, ready to listen or to be asked directly by a test. */
export async function createApp(services: Services, options: AppOptions): Promise<App> {
  const { log, bootId, publicUrl } = options;
  const docs = `${publicUrl ?? ''}/docs/errors`;
  let requestNumber = 0;

  const app: App = fastify({
    logger: false,
    bodyLimit: BODY_LIMIT,
    genReqId: () => `req_${bootId}_${(++requestNumber).toString(36)}`,
    trustProxy: options.trustedProxies.length === 0 ? false : [...options.trustedProxies],
    routerOptions: { maxParamLength: MAX_PARAM_LENGTH },
    // A slow or silent sender is cut off rather than kept: headers and body have a deadline each.
    requestTimeout: 15_000,
    connectionTimeout: 0,
    keepAliveTimeout: 65_000,
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
      sendProblem(fault, request, reply, docs);
    },
  }).withTypeProvider<TypeBoxTypeProvider>();

  useStrictInput(app);
  app.decorateRequest('principal', null);

  app.setErrorHandler((error, request, reply) => {
    const fault = toFault(error);
    if (
      fault.code === 'internal' ||
      fault.code === 'secret_unreadable' ||
      fault.code === 'store_unavailable'
    ) {
      log.error({ requestId: request.id, code: fault.code, cause: fault.cause }, 'a request failed');
    }
    return sendProblem(fault, request, reply, docs);
  });

  const metrics = createMetrics();
  app.addHook('onResponse', (request, reply, done) => {
    const route = request.routeOptions.url ?? 'none';
    metrics.countRequest(request.method, route, reply.statusCode, reply.elapsedTime / 1000);
    if (log.requests) {
      log.info(
        {
          requestId: request.id,
          method: request.method,
          route,
          status: reply.statusCode,
          ms: Math.round(reply.elapsedTime * 10) / 10,
          ip: request.ip,
        },
        'request',
      );
    }
    done();
  });

  await app.register(swagger, { openapi: OPENAPI });
  const known = rememberRoutes(app);
  const context: RouteContext = {
    ...services,
    metrics,
    authenticate: createAuthenticate(services.bearers, services.clock),
    limited: createLimited(services.store, services.clock),
    registrationOpen: options.registrationOpen,
  };
  for (const route of ROUTES) route(app, context);
  errorPages(app, options.errorPages);

  app.setNotFoundHandler((request, reply) => {
    const allowed = known.methodsOf(request.url.split('?', 1)[0] ?? '');
    if (allowed.length === 0) {
      const fault = new Fault(
        'route_not_found',
        'There is nothing at this path. /openapi.json lists what there is.',
      );
      return sendProblem(fault, request, reply, docs);
    }
    reply.header('allow', allowed.join(', '));
    const fault = new Fault(
      'method_not_allowed',
      `This path knows ${allowed.join(', ')}, not ${request.method}.`,
    );
    return sendProblem(fault, request, reply, docs);
  });

  await app.ready();
  return app;
}

/**
 * Bodies are taken as they are: no string becomes a number, no unknown field is dropped in silence. Only
 * queries are text by nature, so there numbers are read from it.
 */
function useStrictInput(app: App): void {
  const formats = { 'date-time': isTimestamp };
  const strict = new Ajv({
    allErrors: true,
    coerceTypes: false,
    useDefaults: false,
    removeAdditional: false,
    formats,
  });
  const fromText = new Ajv({
    allErrors: true,
    coerceTypes: true,
    useDefaults: false,
    removeAdditional: false,
    formats,
  });
  for (const ajv of [strict, fromText]) ajv.addKeyword('example');
  app.setValidatorCompiler(({ schema, httpPart }) =>
    (httpPart === 'querystring' ? fromText : strict).compile(schema as object),
  );
  app.removeAllContentTypeParsers();
  app.addContentTypeParser('application/json', { parseAs: 'buffer' }, (_request, bytes, done) => {
    try {
      // Some HTTP clients declare JSON on every POST; without a body there is nothing to read.
      done(null, bytes.length === 0 ? undefined : parseJsonBody(bytes as Buffer));
    } catch (error) {
      done(error as Error, undefined);
    }
  });
}

/** RFC 3339 with an offset; the calendar is checked too, so 2026-02-30 is refused. */
function isTimestamp(text: string): boolean {
  const match = /^(\d{4}-\d{2}-\d{2})T\d{2}:\d{2}:\d{2}(?:\.\d{1,9})?(?:Z|[+-]\d{2}:\d{2})$/.exec(text);
  if (match === null || Number.isNaN(Date.parse(text))) return false;
  return new Date(`${match[1]}T00:00:00Z`).toISOString().startsWith(match[1] as string);
}

/** Which methods a path has, for an honest 405. */
function rememberRoutes(app: App) {
  const routes: { readonly shape: RegExp; readonly method: string }[] = [];
  app.addHook('onRoute', ({ url, method }) => {
    const shape = new RegExp(
      `^${url.replace(/[.*+?^${}()|[\]\\]/g, '\\$&').replace(/:[A-Za-z]+/g, '[^/]+')}$`,
    );
    for (const one of [method].flat()) routes.push({ shape, method: one });
  });
  return {
    methodsOf(path: string): string[] {
      return [...new Set(routes.filter(({ shape }) => shape.test(path)).map(({ method }) => method))].sort();
    },
  };
}
