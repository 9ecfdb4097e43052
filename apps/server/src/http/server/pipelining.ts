import type { Server } from 'node:http';
import type { Socket } from 'node:net';

/** Many times what clients that pipeline send ahead; most send nothing before they have the answer. */
export const MOST_UNANSWERED = 256;

const UNANSWERED = Symbol('unanswered');

/**
 * Closes a connection on which more requests than that wait for an answer. Node begins with each as soon as it has come,
 * and holds the answers back until it is their turn: without a bound a few megabytes on one connection would be tens
 * of thousands of requests at once.
 */
export function boundPipelining(server: Server): void {
  server.on('request', ({ socket }: { socket: Socket & { [UNANSWERED]?: number } }, response) => {
    const unanswered = (socket[UNANSWERED] ?? 0) + 1;
    socket[UNANSWERED] = unanswered;
    if (unanswered > MOST_UNANSWERED) socket.destroy();
    response.once('close', () => {
      socket[UNANSWERED] = (socket[UNANSWERED] ?? 1) - 1;
    });
  });
}
