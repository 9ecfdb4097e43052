import { isPlainHost } from '../own-origin.ts';

/** What decides whether a browser keeps a session: a part of `window`. */
interface Surroundings {
  readonly isSecureContext: boolean;
  readonly location: Pick<Location, 'hostname' | 'port'>;
}

const LOOPBACK: readonly string[] = ['localhost', '127.0.0.1', '[::1]'];

/**
 * Whether the browser would keep a session of this page. The server tells for the way that the request took; that a
 * page is on plain HTTP elsewhere than on this machine is known without it.
 * @param info what the server told of itself, once it has
 */
export function keepsSession(
  info: { readonly cookieLogin: boolean } | undefined,
  { isSecureContext, location }: Surroundings,
): boolean {
  if (!isSecureContext && !LOOPBACK.includes(location.hostname)) return false;
  return info?.cookieLogin !== false;
}

/**
 * The command that makes the server's port one of the reader's own machine, whose browser then trusts the page, and
 * the origin at which it is there. Behind a proxy on port 80 the port is taken for Kanda's own. A host name that a
 * shell would not take as it is written is left for the reader to fill in.
 */
export function tunnelTo({ hostname, port }: Surroundings['location']): { command: string; origin: string } {
  const open = port === '' ? '3000' : port;
  const host = isPlainHost(hostname) ? hostname.replace(/^\[|\]$/g, '') : 'YOUR-SERVER';
  return { command: `ssh -L ${open}:127.0.0.1:${open} ${host}`, origin: `http://localhost:${open}` };
}
