import { createServer, type RequestListener, type Server } from 'node:http';
import { createRefuseExpectation } from './broken-requests.ts';
import { AnswersInTurn } from './pipelining.ts';
import { boundUnsent, WRITE_BOUNDS, type WriteBounds } from './stalled-readers.ts';

export interface HttpServerOptions {
  /** Where the error pages are. */
  readonly docs: string;
  readonly nextRequestId: () => string;
  /** How long and for how much readers are waited for; a test may be in more of a hurry. */
  readonly writeBounds?: WriteBounds | undefined;
}

/** From the first byte, or from the opening of a connection that has sent none. */
const HEADERS_WITHIN_MS = 10_000;
const REQUEST_WITHIN_MS = 15_000;
/** Node looks for requests that have passed their deadline only every 30 s by default. */
const LOOK_FOR_LATE_MS = 1_000;
const KEEP_ALIVE_MS = 65_000;

/**
 * A server on which no connection can hold more than its share: headers and body have a deadline each, answers go out
 * one at a time, and each has to be taken in time. Every address that is listened on has one of its own.
 */
export function createHttpServer(handle: RequestListener, options: HttpServerOptions): Server {
  const turns = new AnswersInTurn();
  const server = createServer(
    {
      headersTimeout: HEADERS_WITHIN_MS,
      requestTimeout: REQUEST_WITHIN_MS,
      connectionsCheckingInterval: LOOK_FOR_LATE_MS,
      keepAliveTimeout: KEEP_ALIVE_MS,
      // A field that comes twice is not one of the two: a proxy before Kanda may have looked at the other.
      joinDuplicateHeaders: true,
    },
    turns.listener(handle),
  );
  server.on('checkExpectation', turns.listener(createRefuseExpectation(options.docs, options.nextRequestId)));
  // The system knows a peer's address only while it is connected, and Node asks when it is first read.
  server.on('connection', (socket) => void socket.remoteAddress);
  boundUnsent(server, options.writeBounds ?? WRITE_BOUNDS);
  return server;
}
