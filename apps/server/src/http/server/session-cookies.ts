import type { FastifyRequest } from 'fastify';
import { Fault } from '../../domain/errors.ts';

/**
 * Log-ins of browsers, whose token no script can read: it travels in a cookie. Whatever else runs in the browser
 * can make it send that cookie, so a request that relies on it has to come from a page of this very server.
 */
export interface SessionCookies {
  /**
   * The token in the request's cookie; null when it has none. Only for requests without an Authorization header.
   * Faults: token_invalid when there are two, cross_site_request when no page of ours sent it.
   */
  tokenIn(request: FastifyRequest): string | null;
  /** Whether a browser would keep our cookie on the way that this request took. */
  works(request: FastifyRequest): boolean;
  /** Refuses what cannot begin a log-in by cookie. Faults: https_required, cross_site_request. */
  assertUsable(request: FastifyRequest): void;
  /** The Set-Cookie that hands `token` to the browser, and to it alone. */
  holding(request: FastifyRequest, token: string): string;
  /** The Set-Cookie that ends the request's cookie; null when it has none. */
  ending(request: FastifyRequest): string | null;
}

/** The prefix makes browsers take it only over HTTPS, for this host alone and for all of it. */
export const SECURE_NAME = '__Host-kanda_session';
/** Browsers refuse the prefix on http://localhost, some of them `Secure` too. */
export const LOOPBACK_NAME = 'kanda_session';
const ATTRIBUTES = 'Path=/; HttpOnly; SameSite=Strict';

const HOST = /^(\[[0-9a-f:.]+\]|[a-z0-9._-]+)(?::\d{1,5})?$/i;
/** By name and not by the peer's address, which behind a proxy or a tunnel is loopback for everybody. */
const LOOPBACK_HOSTS = ['localhost', '127.0.0.1', '[::1]'];

/** @param publicUrl where browsers reach this server, if that is known */
export function createSessionCookies(publicUrl: string | null): SessionCookies {
  const publicIsHttps = publicUrl?.startsWith('https:') === true;

  /** What the cookie is called on the way that this request took; null: a browser would not keep any. */
  function nameFor(request: FastifyRequest): string | null {
    if (request.protocol === 'https' || publicIsHttps) return SECURE_NAME;
    return isLoopback(request.host) ? LOOPBACK_NAME : null;
  }

  /**
   * Whether `origin` is that of our own pages. A name that foreign DNS points at this machine is none of
   * ours: over HTTPS the certificate sees to that, without it only loopback names count.
   */
  function isOwn(origin: string, request: FastifyRequest): boolean {
    const asked = canonicalOrigin(origin);
    if (asked === null) return false;
    if (asked === publicUrl) return true;
    if (request.protocol !== 'https' && !isLoopback(request.host)) return false;
    return HOST.test(request.host) && asked === canonicalOrigin(`${request.protocol}://${request.host}`);
  }

  /** Browsers say where a request comes from in these two, which no page can write. */
  function assertOwnPage(request: FastifyRequest): void {
    const { origin, 'sec-fetch-site': site } = request.headers;
    if (site !== undefined && site !== 'same-origin' && !(site === 'none' && isSafe(request.method))) {
      throw crossSite('It came from a page of another site.');
    }
    if (origin === undefined || isOwn(origin, request)) return;
    throw crossSite(
      'Its Origin is not that of this server. Behind a proxy, set KANDA_PUBLIC_URL to the address that browsers use.',
    );
  }

  return {
    tokenIn(request) {
      const { cookie } = request.headers;
      const name = cookie === undefined ? null : nameFor(request);
      if (cookie === undefined || name === null) return null;
      const [token, ...others] = valuesOf(name, cookie);
      if (token === undefined) return null;
      if (others.length > 0) {
        throw new Fault(
          'token_invalid',
          `The request has two cookies with the name ${name}. Delete this site's cookies in your browser and log in again.`,
        );
      }
      assertOwnPage(request);
      return token;
    },

    works: (request) => nameFor(request) !== null,

    assertUsable(request) {
      if (nameFor(request) === null) {
        throw new Fault(
          'https_required',
          "This page isn't on HTTPS, so your browser won't keep you signed in. Put HTTPS in front of Kanda; a proxy " +
            'that does so must be named in KANDA_TRUSTED_PROXIES, or its address in KANDA_PUBLIC_URL.',
        );
      }
      assertOwnPage(request);
    },

    holding(request, token) {
      const name = nameFor(request);
      if (name === null) throw new Error('assertUsable comes first');
      return setCookie(name, token);
    },

    ending(request) {
      const name = nameFor(request);
      const cookie = request.headers.cookie;
      if (name === null || cookie === undefined || valuesOf(name, cookie).length === 0) return null;
      return `${setCookie(name, '')}; Max-Age=0`;
    },
  };
}

/** Without an end: the browser drops it when it closes, and the token in it ends by itself. */
function setCookie(name: string, value: string): string {
  return `${name}=${value}; ${ATTRIBUTES}${name === SECURE_NAME ? '; Secure' : ''}`;
}

/** Names of cookies are compared as they are: `__host-` has none of the prefix's protection in older browsers. */
function valuesOf(name: string, cookie: string): string[] {
  return cookie
    .split(';')
    .map((pair) => pair.trim())
    .filter((pair) => pair.startsWith(`${name}=`))
    .map((pair) => pair.slice(name.length + 1));
}

function isLoopback(host: string): boolean {
  const name = HOST.exec(host)?.[1];
  return name !== undefined && LOOPBACK_HOSTS.includes(name.toLowerCase());
}

/** `scheme://host[:port]` as browsers write it; null for anything else, `null` included. */
function canonicalOrigin(text: string): string | null {
  const [, scheme, host] = /^(https?):\/\/([^/?#@\\]+)$/i.exec(text) ?? [];
  if (scheme === undefined || host === undefined || !HOST.test(host) || !URL.canParse(text)) return null;
  return new URL(text).origin;
}

function isSafe(method: string): boolean {
  return method === 'GET' || method === 'HEAD';
}

function crossSite(why: string): Fault {
  return new Fault('cross_site_request', `This request was not carried out. ${why}`);
}
