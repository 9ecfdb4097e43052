/** Requests byte by byte, for what no HTTP client would send. */

import { once } from 'node:events';
import type { AddressInfo } from 'node:net';
import { connect } from 'node:net';
import { text } from 'node:stream/consumers';
import { setTimeout as sleep } from 'node:timers/promises';
import type { TestApp } from './start-app.ts';

export interface RawAnswer {
  readonly status: number;
  readonly headers: Readonly<Record<string, string>>;
  readonly body: string;
}

/** Lets the app listen on a free port of the loopback address; gives a way to speak to it. */
export async function openRaw(kanda: TestApp): Promise<(request: string | Buffer) => Promise<RawAnswer>> {
  const port = await portOf(kanda);
  return (request) =>
    new Promise((resolve, reject) => {
      const socket = connect(port, '127.0.0.1', () => socket.write(request));
      const pieces: Buffer[] = [];
      socket.on('data', (piece) => pieces.push(piece));
      socket.on('close', () => {
        const answer = parse(Buffer.concat(pieces).toString('latin1'));
        if (answer === null) reject(new Error('the connection was closed without an answer'));
        else resolve(answer);
      });
      // A server that has answered may close before it has read everything.
      socket.on('error', () => {});
    });
}

/** The same for a sender who pauses between pieces, and reads nothing before all are written. */
export async function openSlow(kanda: TestApp): Promise<(pieces: readonly string[]) => Promise<RawAnswer>> {
  const port = await portOf(kanda);
  return async (pieces) => {
    const socket = connect(port, '127.0.0.1');
    socket.pause();
    await once(socket, 'connect');
    for (const piece of pieces) {
      await new Promise<void>((resolve, reject) => {
        socket.write(piece, (error) => (error ? reject(error) : resolve()));
      });
      await sleep(100);
    }
    const answer = parse(await text(socket));
    if (answer === null) throw new Error('the connection was closed without an answer');
    return answer;
  };
}

async function portOf({ app }: TestApp): Promise<number> {
  if (!app.server.listening) await app.listen({ host: '127.0.0.1', port: 0 });
  return (app.server.address() as AddressInfo).port;
}

/** A request whose answer ends the connection. */
export function request(method: string, target: string, headers: readonly string[] = [], body = ''): string {
  const lines = [`${method} ${target} HTTP/1.1`, 'Host: kanda', 'Connection: close', ...headers];
  return `${lines.join('\r\n')}\r\n\r\n${body}`;
}

function parse(bytes: string): RawAnswer | null {
  const [, status, head, body] =
    /^HTTP\/1\.1 (\d{3}) [^\r]*\r\n([\s\S]*?)\r\n\r\n([\s\S]*)$/.exec(bytes) ?? [];
  if (status === undefined || head === undefined || body === undefined) return null;
  const headers = head.split('\r\n').map((line) => line.split(/:\s*/, 2) as [string, string]);
  return {
    status: Number(status),
    headers: Object.fromEntries(headers.map(([name, value]) => [name.toLowerCase(), value])),
    body: Buffer.from(body, 'latin1').toString(),
  };
}
