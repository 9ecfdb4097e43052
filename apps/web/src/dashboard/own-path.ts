/**
 * `next` as a path of this site; null when it leads elsewhere, as `//elsewhere.example` and `/\elsewhere.example`
 * do. What a browser makes of it decides, not how it looks.
 */
export function ownPath(next: string, origin: string): string | null {
  if (!next.startsWith('/')) return null;
  try {
    const url = new URL(next, origin);
    return url.origin === origin ? `${url.pathname}${url.search}` : null;
  } catch {
    return null;
  }
}
