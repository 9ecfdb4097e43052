import type { Config } from '../../config/schema.ts';

/** Where a program on this machine reaches a server with these settings, also one that listens on every address. */
export function localUrl({ host, port }: Pick<Config, 'host' | 'port'>): string {
  const reachable = { '0.0.0.0': '127.0.0.1', '::': '::1' }[host] ?? host;
  return `http://${reachable.includes(':') ? `[${reachable}]` : reachable}:${port}`;
}
