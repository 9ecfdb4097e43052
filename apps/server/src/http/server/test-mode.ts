import type { FastifyReply, FastifyRequest, RouteOptions } from 'fastify';
import { MODES, type Mode, modeOf } from '../../domain/accounts/account.ts';
import { Fault } from '../../domain/errors.ts';
import type { Principal } from '../../domain/keys/bearers.ts';
import { TEST_ID } from '../../domain/test-mode/test-halves.ts';
import { originOf } from './origin.ts';
import type { Services } from './services.ts';

declare module 'fastify' {
  interface FastifyContextConfig {
    /** For test halves alone: to every other bearer there is nothing at its path. */
    testOnly?: boolean;
    /** A query parameter `mode` does what the header does, for links and EventSource, which send no headers of their own. */
    takesModeInQuery?: boolean;
  }
}

/** Of a request: which half of its account a log-in means. Of an answer: that it is about a test half. */
export const MODE_HEADER = 'kanda-mode';

const TEST_PATHS = '/api/test/';

/** Whether a log-in can ask a route for the test half of its account: it can where it is about what a half has of its own. */
export function takesMode({
  url = '',
  schema,
}: {
  readonly url?: string | undefined;
  readonly schema?: RouteOptions['schema'] | undefined;
}): boolean {
  return url.startsWith('/api/') && !url.startsWith('/api/auth/') && schema?.security !== undefined;
}

/** Whether a request says which half it means. */
export function namesMode({ headers, query, routeOptions }: FastifyRequest): boolean {
  if (headers[MODE_HEADER] !== undefined) return true;
  return routeOptions.config?.takesModeInQuery === true && (query as { mode?: unknown }).mode !== undefined;
}

/**
 * Who acts in a request that says which half it means. A log-in gets the half that it asks for. A key is of one half, whatever
 * the request says: it is refused where that is another one, so that no test can run on live users by mistake.
 * Faults: request_malformed, mode_mismatch.
 */
export async function inItsMode(
  request: FastifyRequest,
  principal: Principal,
  { clock, testHalves }: Pick<Services, 'clock' | 'testHalves'>,
): Promise<Principal> {
  const asked = modeAskedFor(request);
  if (principal.sessionId === null) {
    if (asked !== modeOf(principal.account)) throw modeMismatch(modeOf(principal.account));
    return principal;
  }
  if (asked === 'live' || !(takesMode(request.routeOptions) || isOfTestMode(request.url))) return principal;
  const origin = { ...originOf(request), actor: principal.actor };
  return { ...principal, account: await testHalves.of(principal.account, { at: clock(), origin }) };
}

function modeAskedFor({ headers, query, routeOptions }: FastifyRequest): Mode {
  const named = [headers[MODE_HEADER]];
  if (routeOptions.config?.takesModeInQuery === true) named.push((query as { mode?: string }).mode);
  const [mode, ...others] = new Set(named.filter((one) => one !== undefined));
  if (others.length === 0 && isMode(mode)) return mode;
  throw new Fault('request_malformed', 'Kanda-Mode must be live or test, and mode in the query the same.');
}

function isMode(text: unknown): text is Mode {
  return MODES.some((mode) => mode === text);
}

function modeMismatch(mode: Mode): Fault {
  const detail =
    mode === 'live'
      ? 'This is a live key, and the request says that it is for the test half. Use a key that begins with kan_test_. Nothing was done.'
      : 'This is a test key, and the request says that it is for the live half. Use a live key. Nothing was done.';
  return new Fault('mode_mismatch', detail);
}

/** Says on an answer that it is about a test half; nothing on that of a live account. */
export function markMode(reply: FastifyReply, { account }: Principal): void {
  if (account.test !== undefined) reply.header(MODE_HEADER, 'test');
}

/**
 * The same on the refusal of a bearer that is written like one of a test half. What it really is of is not known then, and
 * nothing else follows from how it is written.
 */
export function markRefusedMode(reply: FastifyReply, bearer: string): void {
  if (bearer.startsWith('kan_test_') || isOfTestHalf(bearer)) reply.header(MODE_HEADER, 'test');
}

/** Whether a token names a test half; its signature is not looked at. */
function isOfTestHalf(token: string): boolean {
  const [, payload = ''] = token.split('.', 2);
  try {
    const { sub } = JSON.parse(Buffer.from(payload, 'base64url').toString()) as { sub?: unknown };
    return typeof sub === 'string' && sub.startsWith(TEST_ID);
  } catch {
    return false;
  }
}

export function isOfTestMode(path: string): boolean {
  return path.startsWith(TEST_PATHS);
}

/** Whether a path has to look as if nothing were there: it is one of test mode, and the caller is not of a test half. */
export function isHidden(path: string, { principal }: Pick<FastifyRequest, 'principal'>): boolean {
  return isOfTestMode(path) && principal?.account.test === undefined;
}

/** What a call of test mode answers outside of test halves: the same as a path that does not exist. */
export function routeNotFound(): Fault {
  return new Fault('route_not_found', 'There is nothing at this path. /openapi.json lists what there is.');
}
