/** How `kanda import` speaks with a server that is not there all the time. */
import { once } from 'node:events';
import { createServer, type Server } from 'node:http';
import type { AddressInfo } from 'node:net';
import { setTimeout as sleep } from 'node:timers/promises';
import { afterEach, describe, expect, test } from 'vitest';
import { serverSender } from '../../../src/cli/clients/import-senders.ts';
import { Secret } from '../../../src/domain/secret.ts';

const BATCH = { records: [{}], onConflict: 'skip', allowShortSecrets: false, dryRun: false } as const;
let server: Server | null = null;

async function listen(port: number): Promise<number> {
  server = createServer((request, response) => {
    request.resume();
    const results = [{ clientId: 'ada', result: 'enrolled' }];
    response
      .writeHead(200, { 'content-type': 'application/json', connection: 'close' })
      .end(JSON.stringify({ results }));
  }).listen(port, '127.0.0.1');
  await once(server, 'listening');
  return (server.address() as AddressInfo).port;
}

async function end(): Promise<void> {
  server?.closeAllConnections();
  if (server?.listening === true) await new Promise((resolve) => server?.close(resolve));
}

afterEach(end);

describe('an import through a server', () => {
  // Seen to fail while only a connection that broke was tried again, and not one that is refused.
  test('waits for one that was there and is started again', async () => {
    const port = await listen(0);
    const sender = serverSender(`http://127.0.0.1:${port}`, new Secret('kan_any'));
    expect(await sender.send(BATCH)).toMatchObject([{ result: 'enrolled' }]);
    await end();
    const second = sender.send(BATCH);
    await sleep(300);
    await listen(port);
    expect(await second).toMatchObject([{ result: 'enrolled' }]);
  });

  test('does not wait for one that never was there', async () => {
    const port = await listen(0);
    await end();
    const sender = serverSender(`http://127.0.0.1:${port}`, new Secret('kan_any'));
    await expect(sender.send(BATCH)).rejects.toThrow(
      /No server answers at http:\/\/127\.0\.0\.1:\d+ \(.*ECONNREFUSED/,
    );
  });
});
