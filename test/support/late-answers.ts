/** A way to a server on which answers take their time, as over a slow network; requests arrive at once. */
import { type AddressInfo, createServer, connect as dial, type Socket } from 'node:net';

export interface LateAnswers {
  readonly url: string;
  /** Ends it with all connections that it carries. */
  close(): void;
}

/**
 * @param url of the server
 * @param delayMs how long the bytes of an answer are held back
 * @param onSent called when the server has sent some, before they are on their way
 */
export async function lateAnswers(url: string, delayMs: number, onSent: () => void): Promise<LateAnswers> {
  const { hostname, port } = new URL(url);
  const sockets = new Set<Socket>();
  const keep = (socket: Socket): Socket => {
    sockets.add(socket);
    // A server that was killed resets its connections, and its callers learn of it by the end of theirs.
    return socket.on('error', () => socket.destroy()).on('close', () => sockets.delete(socket));
  };
  const relay = createServer((caller) => {
    const server = keep(dial(Number(port), hostname));
    keep(caller).pipe(server);
    server.on('data', (bytes) => {
      onSent();
      setTimeout(() => caller.write(bytes), delayMs);
    });
    // What was held back when the server died was on its way, and is lost with the connection.
    server.on('close', () => caller.destroy());
    caller.on('close', () => server.destroy());
  });
  await new Promise<void>((resolve) => relay.listen(0, '127.0.0.1', resolve));
  return {
    url: `http://127.0.0.1:${(relay.address() as AddressInfo).port}`,
    close() {
      relay.close();
      for (const socket of sockets) socket.destroy();
    },
  };
}
