import type { App } from './types.ts';

/** What is known of a path that led to no handler. */
export interface KnownRoutes {
  /** The methods that the path has, for an honest 405. */
  methodsOf(path: string): string[];
  /**
   * Whether the path lies where an authenticated route takes a parameter. A spelling that the router does not
   * take there (broken escapes, more slashes) is answered like one that it takes: who calls comes first.
   */
  isGuarded(path: string): boolean;
}

/** Remembers the routes that are added to `app` from now on. */
export function rememberRoutes(app: App): KnownRoutes {
  const routes: { readonly shape: RegExp; readonly method: string }[] = [];
  const guarded = new Set<string>();
  app.addHook('onRoute', ({ url, method, schema }) => {
    const shape = new RegExp(
      `^${url.replace(/[.*+?^${}()|[\]\\]/g, '\\$&').replace(/:[A-Za-z]+/g, '[^/]+')}$`,
    );
    for (const one of [method].flat()) routes.push({ shape, method: one });
    if (schema?.security !== undefined && url.includes(':')) guarded.add(url.slice(0, url.indexOf(':')));
  });
  return {
    methodsOf(path) {
      return [...new Set(routes.filter(({ shape }) => shape.test(path)).map(({ method }) => method))].sort();
    },
    isGuarded(path) {
      return [...guarded].some((prefix) => path.startsWith(prefix));
    },
  };
}
