/** What a caller would rather have (RFC 9110 §12): read from its Accept headers. */

/** How files can be packed, the smaller result first. */
export const ENCODINGS = ['br', 'gzip'] as const;
export type Encoding = (typeof ENCODINGS)[number];

/** Whether the caller is a browser that wants to show a page: programs take anything, or say nothing. */
export function wantsPage(accept: string | undefined): boolean {
  return accept !== undefined && (qualities(accept).get('text/html') ?? 0) > 0;
}

/** The best of the encodings there are; null: unpacked, which everybody takes. */
export function bestEncoding(accept: string | undefined, there: ReadonlySet<Encoding>): Encoding | null {
  if (accept === undefined) return null;
  const accepted = qualities(accept);
  const others = accepted.get('*') ?? 0;
  const plain = accepted.get('identity') ?? 0;
  let best: Encoding | null = null;
  let bestQuality = plain;
  for (const encoding of ENCODINGS) {
    const quality = accepted.get(encoding) ?? others;
    // Of equals the first; over unpacked already when it is no worse.
    const better = best === null ? quality > 0 && quality >= bestQuality : quality > bestQuality;
    if (there.has(encoding) && better) {
      best = encoding;
      bestQuality = quality;
    }
  }
  return best;
}

/** Whether one of the tags in `If-None-Match` is this one; weak and strong ones count the same. */
export function isKnown(ifNoneMatch: string | undefined, etag: string): boolean {
  if (ifNoneMatch === undefined) return false;
  return ifNoneMatch
    .split(',')
    .map((tag) => tag.trim().replace(/^W\//, ''))
    .some((tag) => tag === etag || tag === '*');
}

/** The names in a list such as `br;q=0.8, gzip`, each with its quality from 0 to 1. */
function qualities(list: string): Map<string, number> {
  const named = new Map<string, number>();
  for (const item of list.split(',')) {
    const [name = '', ...parameters] = item.split(';').map((part) => part.trim().toLowerCase());
    const quality = parameters.find((parameter) => parameter.startsWith('q='))?.slice(2) ?? '1';
    const value = Number(quality);
    if (name !== '') named.set(name, Number.isFinite(value) ? Math.min(1, Math.max(0, value)) : 0);
  }
  return named;
}
