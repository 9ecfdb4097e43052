import type { onRequestHookHandler } from 'fastify';
import type { App } from './types.ts';

/** What is known of a path that led to no handler. */
export interface KnownRoutes {
  /**
   * The methods that the path has, for an honest 405. A path that is written out hides those whose parameter it could
   * be (OpenAPI 3.1, Paths Object): `DELETE /api/totp/links/redeem` is no deletion of the link `redeem`.
   */
  methodsOf(path: string): string[];
  /**
   * Whether the path lies where an authenticated route takes a parameter. A spelling that the router does not
   * take there (broken escapes, more slashes) is answered like one that it takes: who calls comes first.
   */
  isGuarded(path: string): boolean;
}

/**
 * Remembers the routes that are added to `app` from now on.
 * @param refuse answers a request for a path that is written out, by a method that only a path with a parameter has
 */
export function rememberRoutes(app: App, refuse: onRequestHookHandler): KnownRoutes {
  const routes: { readonly shape: RegExp; readonly method: string }[] = [];
  const writtenOut = new Map<string, string[]>();
  const guarded = new Set<string>();
  app.addHook('onRoute', (route) => {
    const { url, method, schema } = route;
    const methods = [method].flat();
    if (url.includes(':')) {
      route.onRequest = [
        function refuseHidden(request, reply, done) {
          if (writtenOut.has(pathOf(request.url))) refuse.call(this, request, reply, done);
          else done();
        },
        ...[route.onRequest ?? []].flat(),
      ];
    } else writtenOut.set(url, [...(writtenOut.get(url) ?? []), ...methods]);
    const shape = new RegExp(
      `^${url.replace(/[.*+?^${}()|[\]\\]/g, '\\$&').replace(/:[A-Za-z]+/g, '[^/]+')}$`,
    );
    for (const one of methods) routes.push({ shape, method: one });
    if (schema?.security !== undefined && url.includes(':')) guarded.add(url.slice(0, url.indexOf(':')));
  });
  return {
    methodsOf(path) {
      const methods =
        writtenOut.get(path) ?? routes.filter(({ shape }) => shape.test(path)).map(({ method }) => method);
      return [...new Set(methods)].sort();
    },
    isGuarded(path) {
      return [...guarded].some((prefix) => path.startsWith(prefix));
    },
  };
}

/** The path of a request's URL, without its query. */
export function pathOf(url: string): string {
  return url.split('?', 1)[0] ?? '';
}
