/** Of the examples of proxies in deploy/, and where a proxy may listen. */
import { once } from 'node:events';
import { createServer } from 'node:net';
import { expect } from 'vitest';

/** Replaces exactly one place, so that an example which has changed is not tested as something else. */
export function replaced(text: string, from: string, to: string): string {
  expect(
    text
      .split('\n')
      .filter((line) => !/^\s*#/.test(line))
      .join('\n')
      .split(from),
    from,
  ).toHaveLength(2);
  return text
    .split('\n')
    .map((line) => (/^\s*#/.test(line) ? line : line.replace(from, to)))
    .join('\n');
}

/** A port of this machine on which nothing listens. */
export async function freePort(): Promise<number> {
  const listener = createServer().listen(0, '127.0.0.1');
  await once(listener, 'listening');
  const address = listener.address();
  listener.close();
  await once(listener, 'close');
  if (address === null || typeof address === 'string') throw new Error('no port');
  return address.port;
}
