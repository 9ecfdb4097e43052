import { createElement, type ReactNode, use } from 'react';
import { ask } from './api.ts';

interface LazyPage {
  (): ReactNode;
  preload: () => Promise<void>;
}

const failures = new Set<() => void>();

/** To be called before a page that could not be loaded is shown once more. */
export function loadFailedPagesAgain(): void {
  for (const forget of failures) forget();
  failures.clear();
}

/**
 * A page whose script comes when it is first shown. While the server is down the dashboard says so in the page's
 * place, with Retry; the router's own lazy components load the whole address anew, and what is left then is the
 * browser's error. A script that a newer version has replaced is another thing: then loading anew is right.
 */
export function lazyPage<Module>(load: () => Promise<Module>, name: keyof Module): LazyPage {
  let page: (() => ReactNode) | null = null;
  let loading: Promise<void> | null = null;
  const begin = () => {
    loading ??= load().then(
      (module) => {
        // The router's types are made of the pages' and the pages' of the router's: here the circle is open.
        page = module[name] as () => ReactNode;
      },
      async (cause: unknown) => {
        failures.add(() => {
          loading = null;
        });
        // Throws when there is no answer.
        await ask(fetch('/api/info').then((response) => ({ response })));
        if (isFirstReload()) location.reload();
        throw cause;
      },
    );
    return loading;
  };
  function Page() {
    if (page === null) use(begin());
    return page === null ? null : createElement(page);
  }
  // The router calls it for a link that is about to be followed. What fails then is tried again and shown by `Page`.
  Page.preload = () =>
    begin().catch(() => {
      loading = null;
    });
  return Page;
}

/** A script that is gone may be that of the version before; once is enough to get the new one. */
function isFirstReload(): boolean {
  const NOTE = 'kanda-reloaded';
  try {
    const before = Number(sessionStorage.getItem(NOTE) ?? 0);
    sessionStorage.setItem(NOTE, String(Date.now()));
    return Date.now() - before > 60_000;
  } catch {
    return false;
  }
}
