import { randomBytes } from 'node:crypto';
import { once } from 'node:events';
import { createServer } from 'node:http';
import type { AddressInfo } from 'node:net';
import { text } from 'node:stream/consumers';
import type { Account } from '../../../src/domain/accounts/account.ts';
import { Secret } from '../../../src/domain/secret.ts';
import type { NewWebhook } from '../../../src/domain/webhooks/ports.ts';

/** A receiver that answers as it is asked to, and remembers the numbers of the events that it took. */
export async function plainReceiver(statusOf: (sequence: number) => number | Promise<number>) {
  const taken: number[] = [];
  const server = createServer(async (request, response) => {
    const { data } = JSON.parse(await text(request));
    const status = await statusOf(data.sequence);
    if (status < 300) taken.push(data.sequence);
    response.writeHead(status).end();
  });
  server.listen(0, '127.0.0.1');
  await once(server, 'listening');
  const { port } = server.address() as AddressInfo;
  return {
    taken,
    url: `http://127.0.0.1:${port}/`,
    async stop() {
      server.closeAllConnections();
      server.close();
      await once(server, 'close');
    },
  };
}

export function newWebhook({ id: accountId }: Pick<Account, 'id'>, id: string, url: string): NewWebhook {
  return { accountId, id, url, events: null, secret: new Secret<Uint8Array>(randomBytes(32)) };
}
