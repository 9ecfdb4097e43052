/** A receiver of syslog messages that notes their ids, and confirms them or not. */
import { once } from 'node:events';
import { type AddressInfo, createServer, type Server, type Socket } from 'node:net';

export class SyslogListener {
  /** Of each message, in the order in which they came. */
  readonly ids: string[] = [];
  /** Whether it closes its side of a connection that the sender has closed. */
  confirms = true;
  readonly #server: Server;
  readonly #sockets = new Set<Socket>();

  private constructor() {
    this.#server = createServer({ allowHalfOpen: true }, (socket) => this.#serve(socket));
  }

  static async start(): Promise<SyslogListener> {
    const listener = new SyslogListener();
    listener.#server.listen(0, '127.0.0.1');
    await once(listener.#server, 'listening');
    return listener;
  }

  get port(): number {
    return (this.#server.address() as AddressInfo).port;
  }

  async end(): Promise<void> {
    for (const socket of this.#sockets) socket.destroy();
    if (!this.#server.listening) return;
    this.#server.close();
    await once(this.#server, 'close');
  }

  #serve(socket: Socket): void {
    this.#sockets.add(socket);
    let text = '';
    socket.on('data', (part) => {
      text += part.toString('latin1');
      const whole = text.lastIndexOf('msg_');
      const [, id] = /^(msg_[^"]+)"/.exec(text.slice(whole)) ?? [];
      // An id that is cut waits for the rest of it.
      const read = id === undefined && whole >= 0 ? text.slice(0, whole) : text;
      for (const [, id = ''] of read.matchAll(/ id="(msg_[^"]+)"/g)) this.ids.push(id);
      text = text.slice(read.length);
    });
    socket.on('end', () => {
      if (this.confirms) socket.end();
    });
    socket.on('error', () => {});
    socket.on('close', () => this.#sockets.delete(socket));
  }
}

/** A port on which no one listens. */
export async function closedPort(): Promise<number> {
  const listener = await SyslogListener.start();
  const { port } = listener;
  await listener.end();
  return port;
}
