/** The parameter by which the person's browser brings the result back. */
const RESULT = 'result';

/** Origins that an account may list. */
export const MAX_RETURN_ORIGINS = 20;
export const MAX_RETURN_URL_LENGTH = 2_048;

const LOOPBACK = ['localhost', '127.0.0.1', '[::1]'];

/**
 * An origin as it is listed, written as URLs have it; null: it is none, or one that results must not go to: HTTPS, or
 * HTTP on this machine for development.
 */
export function returnOrigin(text: string): string | null {
  const url = parse(text);
  if (url === null || url.origin !== text.replace(/\/$/, '') || !isSafe(url)) return null;
  return url.origin;
}

/**
 * A return URL as it is used from then on; null: its origin is none of these, or it is no URL for this. What is compared
 * is the origin of the very text that is given back, so no two parsers have to agree about another one.
 */
export function returnUrlIn(text: string, origins: readonly string[]): string | null {
  const url = parse(text);
  if (url === null || !isSafe(url) || !origins.includes(url.origin)) return null;
  if (url.username !== '' || url.password !== '' || url.searchParams.has(RESULT)) return null;
  const written = url.href;
  return written.length <= MAX_RETURN_URL_LENGTH && parse(written)?.origin === url.origin ? written : null;
}

/** The return URL with a result, whose characters need no escape, before the fragment. */
export function withResultOf(returnUrl: string, result: string): string {
  const [before = '', ...fragment] = returnUrl.split('#');
  const joined = `${before}${before.includes('?') ? '&' : '?'}${RESULT}=${result}`;
  return fragment.length === 0 ? joined : `${joined}#${fragment.join('#')}`;
}

function isSafe({ protocol, hostname }: URL): boolean {
  return protocol === 'https:' || (protocol === 'http:' && LOOPBACK.includes(hostname));
}

/** White space and control characters, which a URL parser drops, are refused: what was read must be what was sent. */
function parse(text: string): URL | null {
  if (text.length > MAX_RETURN_URL_LENGTH || /[\s\p{Cc}\\]/u.test(text) || !URL.canParse(text)) return null;
  return new URL(text);
}
