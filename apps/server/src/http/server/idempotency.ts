import { createHash } from 'node:crypto';
import type { FastifyReply, FastifyRequest, RouteHandlerMethod, RouteOptions } from 'fastify';
import type { Change } from '../../domain/change.ts';
import { Fault } from '../../domain/errors.ts';
import {
  AlreadyAnswered,
  ANSWER_KEPT_MS,
  type Answer,
  type IdempotentChange,
  type IdempotentRequest,
  idempotencyKeyInUse,
  VERDICT_KEPT_MS,
} from '../../domain/idempotency/idempotency.ts';
import type { Store } from '../../domain/store.ts';
import { principalOf } from './authentication.ts';
import type { RequestClock } from './request-clock.ts';
import type { App } from './types.ts';

declare module 'fastify' {
  interface FastifyContextConfig {
    /** The route gives verdicts: they are kept for a shorter time, and looked for only where codes are judged. */
    givesVerdicts?: boolean;
  }
  interface FastifyRequest {
    /** null: the request has no Idempotency-Key, or its route takes none. */
    idempotency: IdempotentRequest | null;
  }
}

/** Of a request that was sent before: its answer was kept. */
const REPLAYED = 'idempotent-replayed';
const CHANGING_METHODS = ['POST', 'PATCH', 'PUT', 'DELETE'];
const MAX_KEY_LENGTH = 255;

/** Whether a route takes an Idempotency-Key: it changes something, and a bearer says for whom an answer would be kept. */
export function takesIdempotencyKey({
  method,
  url,
  schema,
}: Pick<RouteOptions, 'method' | 'url' | 'schema'>) {
  return (
    url.startsWith('/api/') &&
    schema?.security !== undefined &&
    [method].flat().some((one) => CHANGING_METHODS.includes(one))
  );
}

/** For how long (ms) a route's answers are kept. */
export function answerKeptMs({ config }: Pick<RouteOptions, 'config'>): number {
  return config?.givesVerdicts === true ? VERDICT_KEPT_MS : ANSWER_KEPT_MS;
}

/**
 * Has every route that is added from here on, and changes something of an account, honour the header `Idempotency-Key`
 * (draft-ietf-httpapi-idempotency-key-header): a request that took effect is answered again, and not carried out again.
 * The route makes its change by {@link once}. Without the header it does nothing.
 */
export function honourIdempotencyKeys(
  app: App,
  store: Pick<Store, 'assertNotAnswered'>,
  clock: RequestClock,
): void {
  /** Requests that this process works on. */
  const underWay = new Set<string>();

  async function answer(
    handler: RouteHandlerMethod,
    request: FastifyRequest,
    reply: FastifyReply,
  ): Promise<unknown> {
    const { account } = principalOf(request);
    const { givesVerdicts = false } = request.routeOptions.config;
    const idempotent = toIdempotentRequest(request, answerKeptMs(request.routeOptions));
    const name = `${account.id} ${Buffer.from(idempotent.key).toString('base64')}`;
    if (underWay.has(name)) throw idempotencyKeyInUse();
    underWay.add(name);
    try {
      if (!givesVerdicts) await store.assertNotAnswered(account.id, idempotent, clock(request));
      request.idempotency = idempotent;
      return await handler.call(app as never, request, reply);
    } catch (error) {
      if (!(error instanceof AlreadyAnswered)) throw error;
      reply.header(REPLAYED, 'true');
      if (error.outcome instanceof Fault) throw error.outcome;
      return reply.code(error.outcome.status).send(error.outcome.body);
    } finally {
      underWay.delete(name);
    }
  }

  app.decorateRequest('idempotency', null);
  app.addHook('onRoute', (route) => {
    if (!takesIdempotencyKey(route)) return;
    const { handler } = route;
    const once: RouteHandlerMethod = (request, reply) =>
      request.headers['idempotency-key'] === undefined
        ? handler.call(app as never, request, reply)
        : answer(handler, request, reply);
    route.handler = once;
  });
}

/**
 * Makes the change that a request asks for and gives its answer. With an Idempotency-Key the answer is kept in the
 * transaction of the change.
 *
 * @param make makes the change; what it passes on as the result has to be what it returns (see `withResult`)
 */
export async function once<C extends Change, R, A extends Answer>(
  { idempotency }: FastifyRequest,
  change: C,
  make: (change: C) => Promise<R>,
  answerOf: (result: R) => A,
): Promise<A> {
  if (idempotency === null) return answerOf(await make(change));
  let kept: A | null = null;
  const keeping: IdempotentChange = {
    ...idempotency,
    answerOf: (result) => {
      kept = answerOf(result as R);
      return kept;
    },
  };
  const result = await make({ ...change, idempotency: keeping });
  // A picture of a QR code need not be drawn twice.
  return kept ?? answerOf(result);
}

/** The answer of a call that has nothing to say but that it was done. */
export function noContent() {
  return { status: 204 as const, body: null };
}

/** Faults: idempotency_key_invalid. */
function toIdempotentRequest(request: FastifyRequest, keptMs: number): IdempotentRequest {
  const key = parseIdempotencyKey(String(request.headers['idempotency-key']));
  const body = JSON.stringify(request.body ?? null);
  return {
    // The actor is the API key, also of a token that it was traded for, or the account that logged in.
    key: digest(principalOf(request).actor, key),
    request: digest(request.method, request.url, body),
    keptMs,
  };
}

/** No field but the last can hold a line break. */
function digest(...fields: readonly string[]): Uint8Array {
  return createHash('sha256').update(fields.join('\n')).digest();
}

/**
 * The key as it was meant: 1 to 255 printable ASCII characters, bare or as a string of structured fields, `"…"`
 * (RFC 9651 §3.3.3). Faults: idempotency_key_invalid.
 */
export function parseIdempotencyKey(header: string): string {
  const quoted = /^"((?:[ !#-[\]-~]|\\["\\])*)"$/.exec(header)?.[1];
  const key = quoted?.replace(/\\(.)/g, '$1') ?? header;
  if (
    /^[ -~]+$/.test(key) &&
    key.length <= MAX_KEY_LENGTH &&
    (quoted !== undefined || !header.startsWith('"'))
  )
    return key;
  throw new Fault(
    'idempotency_key_invalid',
    `The header Idempotency-Key must have 1 to ${MAX_KEY_LENGTH} printable ASCII characters, such as a UUID. Nothing was done.`,
  );
}
