import type { Socket } from 'node:net';
import { setTimeout as sleep } from 'node:timers/promises';
import type { App } from './types.ts';

/** What callers have sent by the time of the stop may still wait in the kernel: it is read before connections close. */
const LINGER_MS = 100;
const SWEEP_EVERY_MS = 100;

/**
 * Lets a stop end as soon as the calls in flight are answered. Node closes the connections that are idle when
 * the stop begins, and no others: one that was busy then would be kept alive after its answer, and one that
 * has never sent anything (browsers open such in advance) counts as busy.
 */
export function letConnectionsGo(app: App): void {
  const openedAt = new Map<Socket, number>();
  app.server.on('connection', (socket) => {
    openedAt.set(socket, performance.now());
    socket.once('close', () => openedAt.delete(socket));
  });

  function sweep(): void {
    app.server.closeIdleConnections();
    const silentSince = performance.now() - LINGER_MS;
    for (const [socket, opened] of openedAt) {
      if (socket.bytesRead === 0 && opened < silentSince) socket.destroy();
    }
  }

  // From here on answers say `Connection: close`; Fastify has marked the app as closing before it calls this.
  app.addHook('preClose', async () => {
    if (!app.server.listening) return;
    await sleep(LINGER_MS);
    sweep();
    const sweeping = setInterval(sweep, SWEEP_EVERY_MS);
    app.server.once('close', () => clearInterval(sweeping));
  });
}
