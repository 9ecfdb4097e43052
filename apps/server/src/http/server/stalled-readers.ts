import type { Server } from 'node:http';
import type { Socket } from 'node:net';

export interface WriteBounds {
  /** How long a reader may leave what was written for him, besides the time that its length grants. */
  readonly graceMs: number;
  /** The slowest reader who is waited for, in bytes a second. */
  readonly minBytesPerSecond: number;
  /** What may wait for all readers together, in bytes. */
  readonly maxUnsentBytes: number;
  readonly lookEveryMs: number;
}

export const WRITE_BOUNDS: WriteBounds = {
  graceMs: 15_000,
  minBytesPerSecond: 32 * 1024,
  maxUnsentBytes: 32 * 1024 * 1024,
  lookEveryMs: 250,
};

/** What a reader owes: bytes that he has to take by a time. */
interface Debt {
  /** How many bytes have to have left for the kernel in all. */
  readonly flushed: number;
  /** ms of `performance.now()`. */
  readonly by: number;
}

/**
 * A deadline for every write, and a bound on what waits for readers. What a reader does not take is held here, once the
 * kernel's buffers are full: for as long as he likes and as much as he asks for, unless he is let go.
 *
 * What waits on a connection when it is looked at has to leave within `graceMs`, and a second more for each
 * `minBytesPerSecond`; then what waits by then has as long again. So neither does it help to read a byte a second.
 * When more than `maxUnsentBytes` wait in all, the connections with the most are closed, until it is less.
 *
 * Nothing is done per request: the connections are looked at now and then, and most have nothing that waits.
 */
export function boundUnsent(server: Server, bounds: WriteBounds = WRITE_BOUNDS): void {
  const debts = new Map<Socket, Debt | null>();
  server.on('connection', (socket: Socket) => {
    debts.set(socket, null);
    socket.once('close', () => debts.delete(socket));
  });

  function look(): void {
    const now = performance.now();
    let total = 0;
    const unsent: Socket[] = [];
    for (const [socket, debt] of debts) {
      const bytes = socket.writableLength;
      if (bytes === 0) {
        if (debt !== null) debts.set(socket, null);
        continue;
      }
      const flushed = socket.bytesWritten - bytes;
      if (debt === null || flushed >= debt.flushed) {
        const allowedMs = bounds.graceMs + (bytes / bounds.minBytesPerSecond) * 1000;
        debts.set(socket, { flushed: flushed + bytes, by: now + allowedMs });
      } else if (now > debt.by) {
        socket.destroy();
        continue;
      }
      total += bytes;
      unsent.push(socket);
    }
    if (total > bounds.maxUnsentBytes) closeLargest(unsent, total - bounds.maxUnsentBytes);
  }

  server.once('listening', () => {
    const looking = setInterval(look, bounds.lookEveryMs);
    looking.unref();
    server.once('close', () => clearInterval(looking));
  });
}

/** Closes connections, those with the most that waits first, until `bytes` have been given up. */
function closeLargest(sockets: readonly Socket[], bytes: number): void {
  const bySize = sockets
    .map((socket) => ({ socket, length: socket.writableLength }))
    .sort((one, other) => other.length - one.length);
  let left = bytes;
  for (const { socket, length } of bySize) {
    if (left <= 0) return;
    left -= length;
    socket.destroy();
  }
}
