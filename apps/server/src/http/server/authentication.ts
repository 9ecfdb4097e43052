import type { FastifyReply, FastifyRequest, HookHandlerDoneFunction } from 'fastify';
import { timeIn } from '../../domain/accounts/account.ts';
import { Fault } from '../../domain/errors.ts';
import type { Principal } from '../../domain/keys/bearers.ts';
import type { Scope } from '../../domain/keys/scopes.ts';
import { assertItsAccount, namesAccount } from './account-header.ts';
import { type AccountRate, limitAccounts } from './account-rate.ts';
import type { CallDeadlines } from './call-deadlines.ts';
import { KnownHalves } from './known-halves.ts';
import type { RouteContext, Services } from './services.ts';
import type { SessionCookies } from './session-cookies.ts';
import { inItsMode, MODE_HEADER, markMode, markRefusedMode, namesMode, routeNotFound } from './test-mode.ts';

declare module 'fastify' {
  interface FastifyRequest {
    /** Set by `authenticate`; read it through `principalOf`. */
    principal: Principal | null;
  }
}

type OnRequest = (request: FastifyRequest, reply: FastifyReply, done: HookHandlerDoneFunction) => void;

/**
 * A hook that lets a request pass only with a good bearer that has the scope, or one of them. It runs before the path
 * parameters and the body are looked at, so that an unknown caller does not learn how they are judged.
 */
export type Authenticate = (scope: Scope | readonly Scope[] | null) => OnRequest;

/** Long enough that connections which never rest cost little, short beside the second that they are asked to wait. */
const REFUSED_AFTER_MS = 50;

/** How often an account that is far over its quota may still do what ends something, such as revoke a key. */
const ENDINGS_PER_SECOND = 1;

/** @param rate how much one account may ask; null: any number of requests */
export function createAuthenticate(
  services: Pick<Services, 'bearers' | 'clock' | 'quotas' | 'testHalves'>,
  rate: AccountRate | null,
  cookies: SessionCookies,
  deadlines: CallDeadlines,
): Authenticate {
  const { bearers, clock } = services;
  const admit = createAdmit(services);
  const halves = new KnownHalves();

  function pass(
    request: FastifyRequest,
    reply: FastifyReply,
    principal: Principal,
    scopes: readonly Scope[],
    done: HookHandlerDoneFunction,
    isCounted = false,
  ): void {
    markMode(reply, principal);
    if (isCounted || rate === null || rate.take(principal.account.id, clock()))
      admit(request, principal, scopes, done);
    else refuseLater(rate.refuse(reply), done);
  }

  async function identify(request: FastifyRequest, bearer: string, now: number): Promise<Principal> {
    const principal = await bearers.identify(bearer, now);
    assertItsAccount(request, principal);
    return namesMode(request) ? inItsMode(request, principal, services) : principal;
  }

  const answerWith =
    (scopes: readonly Scope[]): OnRequest =>
    (request, reply, done) => {
      // Caches must not keep one bearer's answer for another: they do not know which headers identify the caller (RFC 9111 §3.5).
      reply.header('cache-control', 'no-store');
      let bearer: string | null;
      try {
        bearer = bearerIn(request, cookies);
      } catch (error) {
        done(error as Fault);
        return;
      }
      if (bearer === null) {
        done(credentialsMissing());
        return;
      }
      const now = clock();
      const recalled = bearers.recall(bearer, now);
      if (recalled !== null && !namesMode(request) && !namesAccount(request)) {
        pass(request, reply, recalled, scopes, done);
        return;
      }
      const half = halves.of(request, bearer);
      const over = half === null ? null : overRate(reply, rate, half, now);
      if (over !== null) return refuseLater(over, done);
      deadlines.within(request, identify(request, bearer, now)).then(
        (principal) => {
          halves.note(request, bearer, principal);
          pass(request, reply, principal, scopes, done, half === principal.account.id);
        },
        (error) => {
          halves.forget(request, bearer);
          markRefusedMode(reply, bearer);
          done(error);
        },
      );
    };

  return (scope) => answerWith(scope === null ? [] : typeof scope === 'string' ? [scope] : scope);
}

/** The fault of a bearer of this test half, before the store is asked about it; null: it is within the rate. */
function overRate(reply: FastifyReply, rate: AccountRate | null, half: number, now: number): Fault | null {
  if (rate === null || rate.take(half, now)) return null;
  reply.header(MODE_HEADER, 'test');
  return rate.refuse(reply);
}

/** Lets a known caller through, or says why not: the route is none of its half's, a scope is missing, a quota is used up. */
function createAdmit({ clock, quotas }: Pick<Services, 'clock' | 'quotas'>) {
  const endings = limitAccounts(ENDINGS_PER_SECOND);

  /** The fault of an account that may not write to its log; null: it may. */
  function overQuota(
    { method }: FastifyRequest,
    { account }: Principal,
    scopes: readonly Scope[],
  ): Fault | null {
    if (method === 'GET' || method === 'HEAD') return null;
    const now = clock();
    const standing = quotas.standing(account, timeIn(account, now));
    if (standing.level !== 'far over') return null;
    const ends = method === 'DELETE' || scopes.length === 0;
    return ends && endings.take(account.id, now) ? null : standing.fault;
  }

  return function admit(
    request: FastifyRequest,
    principal: Principal,
    scopes: readonly Scope[],
    done: HookHandlerDoneFunction,
  ): void {
    const hidden = request.routeOptions.config?.testOnly === true && principal.account.test === undefined;
    const fault = hidden ? routeNotFound() : scopeMissing(principal, scopes);
    const over = fault === null ? overQuota(request, principal, scopes) : null;
    if (over !== null) {
      refuseLater(over, done);
      return;
    }
    if (fault === null) request.principal = principal;
    done(fault ?? undefined);
  };
}

function credentialsMissing(): Fault {
  return new Fault(
    'credentials_missing',
    'Send "Authorization: Bearer <token>", with a token from POST /api/auth/token or an API key.',
  );
}

/** The fault of a bearer that has none of the scopes which a call asks for; null: it has one, or none is asked for. */
function scopeMissing(principal: Principal, scopes: readonly Scope[]): Fault | null {
  if (scopes.length === 0 || scopes.some((scope) => principal.scopes.has(scope))) return null;
  const names = scopes.join(' or ');
  return new Fault('scope_missing', `This call needs the scope ${names}, which this bearer does not have.`);
}

/**
 * A caller that is over the limit and asks again at once would keep the server busy with refusals: each of its connections
 * waits a little, and the calls of others come first.
 */
function refuseLater(fault: Fault, done: HookHandlerDoneFunction): void {
  setTimeout(() => done(fault), REFUSED_AFTER_MS);
}

/**
 * A hook after `authenticate` that lets only log-ins pass: how an account is protected is changed by a person, not
 * by a key that an application holds, whatever its scopes.
 */
export const requireLogin: OnRequest = (request, _reply, done) => {
  if (principalOf(request).sessionId !== null) {
    done();
    return;
  }
  done(
    new Fault(
      'login_required',
      'Only a log-in may do this, with a token from POST /api/auth/login: no API key and no token of one.',
    ),
  );
};

/**
 * A hook after `authenticate` that lets only log-ins of operators pass. To every other bearer there is nothing: neither a
 * tenant nor an API key, which an application holds, learns of it.
 */
export const requireOperator: OnRequest = (request, _reply, done) => {
  const { account, sessionId } = principalOf(request);
  done(sessionId !== null && account.operator === true ? undefined : routeNotFound());
};

/**
 * The bearer that a request shows, in its Authorization header or, where there is none, in a browser's session cookie;
 * null: neither. Faults: token_invalid, cross_site_request.
 */
function bearerIn(request: FastifyRequest, cookies: SessionCookies): string | null {
  const { authorization, cookie } = request.headers;
  if (authorization !== undefined || cookie === undefined) return bearerOf(authorization);
  return cookies.tokenIn(request);
}

/**
 * For answers that go on for a while: faults as soon as the bearer of this request has ended, or may no longer do what
 * `scope` names. The store is asked once a second at most. Faults: those of `Bearers.identify`, scope_missing.
 */
export function stillAllowed(
  request: FastifyRequest,
  scope: Scope,
  { bearers, clock, sessionCookies }: Pick<RouteContext, 'bearers' | 'clock' | 'sessionCookies'>,
): () => Promise<void> {
  const bearer = bearerIn(request, sessionCookies) ?? '';
  // By the server's clock: which account the bearer is of, and so whose clock counts, is yet to be seen.
  return async () => {
    const { scopes } = await bearers.identify(bearer, clock({ principal: null }));
    if (!scopes.has(scope)) throw new Fault('scope_missing', 'This bearer may no longer do this.');
  };
}

/** The scheme in any case (RFC 9110 §11.1), then one space and the bearer. */
function bearerOf(header: string | undefined): string | null {
  if (header === undefined || header.length < 8) return null;
  if (!header.startsWith('Bearer ') && header.slice(0, 7).toLowerCase() !== 'bearer ') return null;
  return header.slice(7);
}

/** The principal of a request on an authenticated route. */
export function principalOf(request: FastifyRequest): Principal {
  if (request.principal === null) throw new Error(`${request.url} is not behind authentication`);
  return request.principal;
}
