/**
 * Where `next` leads, when that is a page of this site; null when it leads elsewhere, as `//elsewhere.example`,
 * `/\elsewhere.example` and `https://elsewhere.example` do.
 *
 * The whole URL is returned, and it is what must be used. Its path alone is not safe: `/.//elsewhere.example/` is on
 * this site, but its path is `//elsewhere.example/`, which a browser reads as another host when it resolves it again.
 * @param next an address from the query, so anything at all
 * @param origin this site's, as `location.origin`
 */
export function ownUrl(next: string, origin: string): URL | null {
  if (!next.startsWith('/') || !URL.canParse(next, origin)) return null;
  const url = new URL(next, origin);
  return url.origin === origin ? url : null;
}

/** The address of `url` within the dashboard, for its router; null when another page of the site is meant. */
export function dashboardPath({ pathname, search, hash }: URL): string | null {
  if (pathname !== '/dashboard' && !pathname.startsWith('/dashboard/')) return null;
  return `${pathname}${search}${hash}`;
}

/** The page on which to sign in, a page of its own outside the dashboard. @param next where it leads to afterwards */
export function signInAddress(next: string): string {
  return `/signin?${new URLSearchParams({ next })}`;
}
