import type { IncomingMessage } from 'node:http';
import { finished } from 'node:stream/promises';

/** A caller that announces more has not done so by mistake, and need not get an answer. */
const MAX_BYTES = 2 * 1024 * 1024;
const LINGER_MS = 1_000;

/**
 * Reads and discards the rest of a refused body. Closing a connection with unread data resets it: a sender that is
 * still writing sees its write fail and never gets the answer, and a proxy reports 502. Bounded by 2 MiB and one
 * second.
 *
 * @param body must have no other reader
 */
export async function discardRest(body: IncomingMessage): Promise<void> {
  if (body.complete || Number(body.headers['content-length'] ?? 0) > MAX_BYTES) return;
  const enough = new AbortController();
  let bytes = 0;
  const count = (piece: Buffer) => {
    bytes += piece.length;
    if (bytes > MAX_BYTES) enough.abort();
  };
  body.on('data', count);
  const signal = AbortSignal.any([enough.signal, AbortSignal.timeout(LINGER_MS)]);
  // A sender who goes away, or on for too long, is no fault of ours.
  await finished(body, { signal }).catch(() => {});
  body.off('data', count);
}
