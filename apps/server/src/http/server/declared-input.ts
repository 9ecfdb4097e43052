import type {
  FastifyRequest,
  HookHandlerDoneFunction,
  preValidationHookHandler,
  RouteOptions,
} from 'fastify';
import { Fault } from '../../domain/errors.ts';
import type { App } from './types.ts';

declare module 'fastify' {
  interface FastifyContextConfig {
    /** A page: what comes after the `?` is for its scripts, and the server looks at none of it. */
    takesAnyQuery?: boolean;
  }
}

/** The schema of a body that is to be absent or `{}`, which some HTTP clients send for nothing. */
export const NO_BODY = { type: ['object', 'null'], additionalProperties: false } as const;
const NO_QUERY = { type: 'object', properties: {}, additionalProperties: false } as const;

/** Fastify reads no body of these, and takes no schema for one. */
const WITHOUT_BODY = ['GET', 'HEAD'];

/**
 * From here on a route takes what it declares and nothing else: without a schema for the body or the query it takes
 * none, so that no route can forget to refuse what it would ignore. To be called before the first route is added.
 * Throws at a route whose path has a parameter that it does not declare.
 */
export function takeDeclaredInputAlone(app: App): void {
  app.addHook('onRoute', (route) => {
    const { schema = {}, url } = route;
    if (url.includes(':') && schema.params === undefined)
      throw new Error(`${url} has a parameter that its schema does not declare`);
    const query = route.config?.takesAnyQuery === true ? {} : { querystring: NO_QUERY };
    if (schema.querystring !== undefined) beforeValidation(route, refuseBrokenQuery);
    const hasNoBody = [route.method].flat().every((method) => WITHOUT_BODY.includes(method));
    route.schema = { ...query, ...(hasNoBody ? {} : { body: NO_BODY }), ...schema };
    if (hasNoBody) beforeValidation(route, refuseBody);
  });
  app.addHook('onRequest', (request, _reply, done) => {
    forgetTypeOfNothing(request);
    done();
  });
}

/** Once for each route: Fastify makes the HEAD of a GET from what is already here. */
function beforeValidation(route: RouteOptions, hook: preValidationHookHandler): void {
  const hooks = [route.preValidation ?? []].flat();
  route.preValidation = hooks.includes(hook) ? hooks : [hook, ...hooks];
}

/** The parser would take `%zz` for a percent sign and two letters, which a clientId may have: it would be another one. */
function refuseBrokenQuery({ url }: FastifyRequest, _reply: unknown, done: HookHandlerDoneFunction): void {
  const at = url.indexOf('?');
  done(
    at < 0 || isPercentEncoded(url.slice(at + 1))
      ? undefined
      : new Fault('query_invalid', 'The query is invalid: its percent-encoding is wrong. Write % as %25.'),
  );
}

function isPercentEncoded(text: string): boolean {
  try {
    decodeURIComponent(text);
    return true;
  } catch {
    return false;
  }
}

function refuseBody(request: FastifyRequest, _reply: unknown, done: HookHandlerDoneFunction): void {
  if (announcesNothing(request)) {
    done();
    return;
  }
  const message = 'must be left out: this call takes none';
  done(new Fault('body_invalid', `The body ${message}.`, { errors: [{ path: '', message }] }));
}

/** An empty body is none, whatever type it is said to have: nothing is there to be read as that. */
function forgetTypeOfNothing(request: FastifyRequest): void {
  const { headers } = request.raw;
  if (headers['content-type'] !== undefined && announcesNothing(request)) delete headers['content-type'];
}

function announcesNothing({ headers }: FastifyRequest): boolean {
  return headers['transfer-encoding'] === undefined && Number(headers['content-length'] ?? 0) === 0;
}
