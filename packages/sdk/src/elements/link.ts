/** Talks to Kanda about one link. */

/** A page of the link, as Kanda sends it to an element. */
export interface Part {
  readonly kind: 'start' | 'enrol' | 'challenge' | 'recovery-codes' | 'done' | 'ended';
  readonly purpose: string | null;
  readonly reason: string | null;
  readonly locale: string;
  readonly direction: 'ltr' | 'rtl';
  readonly accent: string;
  readonly onAccent: string;
  /** Markup, which is never given to the browser as such: see `build.ts`. */
  readonly content: string;
}

const KINDS = ['start', 'enrol', 'challenge', 'recovery-codes', 'done', 'ended'];
const PART_SHAPE = {
  locale: /^[a-z]{2}$/,
  direction: /^(?:ltr|rtl)$/,
  accent: /^#[0-9a-f]{6}$/,
  onAccent: /^#[0-9a-f]{6}$/,
} as const;

/** How long one answer may take, ms. */
const TIMEOUT_MS = 20_000;

/** The URL of a link; null for any other text. */
export function linkUrl(text: string | null): URL | null {
  const url = text === null ? null : parse(text.trim());
  if (url === null || !['https:', 'http:'].includes(url.protocol)) return null;
  return /\/l\/[^/]+$/.test(url.pathname) && url.search === '' && url.username === '' ? url : null;
}

function parse(text: string): URL | null {
  try {
    return new URL(text);
  } catch {
    return null;
  }
}

/**
 * Asks for a page of the link, or sends a form of one. Null: no answer, or none that this page may read.
 *
 * @param action the path that the form is sent to; null asks for the first page
 * @param language of the page around the element, for a link that names none
 */
export async function askLink(
  link: URL,
  action: string | null,
  fields: URLSearchParams,
  language: string,
): Promise<Part | null> {
  const url = action === null ? link : new URL(action, link);
  // The token of a link is for its own server, whatever an answer says.
  if (url.origin !== link.origin || !url.pathname.startsWith(link.pathname)) return null;
  const headers: Record<string, string> = { accept: 'application/json' };
  // Only what a browser sends without asking first, or the request would need a preflight.
  if (/^[A-Za-z0-9-]{2,35}$/.test(language)) headers['accept-language'] = language;
  try {
    const answer = await fetch(url, {
      ...(action === null ? {} : { method: 'POST', body: fields }),
      headers,
      cache: 'no-store',
      credentials: 'omit',
      redirect: 'error',
      referrerPolicy: 'no-referrer',
      signal: AbortSignal.timeout(TIMEOUT_MS),
    });
    return asPart(await answer.json());
  } catch {
    return null;
  }
}

function asPart(answer: unknown): Part | null {
  if (typeof answer !== 'object' || answer === null) return null;
  const part = answer as Record<string, unknown>;
  for (const [name, shape] of Object.entries(PART_SHAPE))
    if (typeof part[name] !== 'string' || !shape.test(part[name])) return null;
  const isPart = KINDS.includes(String(part.kind)) && typeof part.content === 'string';
  return isPart ? (answer as Part) : null;
}
