import { once } from 'node:events';
import { type AddressInfo, connect, createServer, type Server, type Socket } from 'node:net';
import { setTimeout as sleep } from 'node:timers/promises';

/**
 * Stands between a store and its database, on loopback. Told to, it passes the next COMMIT on to the database and
 * cuts the connection before the answer, as a network does at the worst moment.
 */
export class CuttingProxy {
  readonly #server: Server;
  readonly #sockets = new Set<Socket>();
  #armed = false;
  cuts = 0;
  /** What the database says comes message by message, each in a packet of its own, as over a slow line. */
  slow = false;

  private constructor(server: Server) {
    this.#server = server;
  }

  static async start(targetPort: number): Promise<CuttingProxy> {
    const server = createServer();
    const proxy = new CuttingProxy(server);
    server.on('connection', (client) => proxy.#join(client, connect(targetPort, '127.0.0.1')));
    server.listen(0, '127.0.0.1');
    await once(server, 'listening');
    return proxy;
  }

  /** The same database by way of this proxy. */
  through(url: string): string {
    const by = new URL(url);
    by.port = String((this.#server.address() as AddressInfo).port);
    return by.href;
  }

  cutAtNextCommit(): void {
    this.#armed = true;
  }

  async stop(): Promise<void> {
    for (const socket of this.#sockets) socket.destroy();
    this.#server.close();
    await once(this.#server, 'close');
  }

  #join(client: Socket, database: Socket): void {
    let isCut = false;
    for (const socket of [client, database]) {
      this.#sockets.add(socket);
      socket.on('error', () => {});
      socket.on('close', () => {
        this.#sockets.delete(socket);
        // The database is to read what it was sent before it sees the end.
        if (socket === client && isCut) database.end();
        else for (const other of [client, database]) other.destroy();
      });
    }
    client.on('data', (bytes) => {
      database.write(bytes);
      if (!this.#armed || !bytes.includes('commit\0')) return;
      this.#armed = false;
      isCut = true;
      this.cuts++;
      client.destroy();
    });
    let passing = Promise.resolve();
    database.on('data', (bytes) => {
      if (!this.slow) {
        if (!isCut) client.write(bytes);
        return;
      }
      passing = passing.then(async () => {
        for (const piece of messagesOf(bytes)) {
          if (!isCut) client.write(piece);
          await sleep(5);
        }
      });
    });
  }
}

/** Each message of the protocol is a letter, the length of what follows, and that. */
function* messagesOf(bytes: Buffer): Generator<Buffer> {
  for (let at = 0; at < bytes.length; ) {
    const end = at + 5 <= bytes.length ? at + 1 + bytes.readUInt32BE(at + 1) : bytes.length;
    yield bytes.subarray(at, end);
    at = end;
  }
}
