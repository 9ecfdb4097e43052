import { readFile, stat } from 'node:fs/promises';
import { connect as connectTcp, isIP, type Socket } from 'node:net';
import { connect as connectTls } from 'node:tls';
import type { FedEvent } from '../../domain/feeds/fed-event.ts';
import type { EventSink } from './event-sink.ts';
import { octetCounted, syslogMessage } from './syslog-message.ts';

/** While more is sent, a connection lasts this long: its end is what shows that all of it was read. */
const CONFIRM_EVERY_MS = 10_000;
const CONNECT_WITHIN_MS = 10_000;
const WRITE_WITHIN_MS = 30_000;
const CLOSE_WITHIN_MS = 15_000;
const OTHERS_MAY_READ_OR_WRITE = 0o006;

export interface SyslogReceiver {
  /** Without TLS, messages can be read and changed on the way. */
  readonly tls: boolean;
  readonly host: string;
  readonly port: number;
}

/** The paths of PEM files, read for each connection: a renewed certificate needs no restart. */
export interface SyslogTls {
  /** null: the authorities that Node knows. */
  readonly ca: string | null;
  readonly certificate: string | null;
  readonly key: string | null;
}

/** A connection, and why nothing can be sent on it any more. */
interface Connection {
  readonly socket: Socket;
  failure: Error | null;
  /** We have sent our end. */
  ending: boolean;
  readonly closed: Promise<void>;
}

/**
 * Syslog has no answers, and what was written to a connection may never have been read. But a receiver that has read up to
 * our end closes its side, too, and one that died with something unread resets the connection: so a clean end of both sides
 * confirms all that was sent.
 */
export class SyslogSink implements EventSink {
  readonly feed = 'syslog';
  readonly confirmEveryMs: number;
  readonly name: string;
  readonly #receiver: SyslogReceiver;
  readonly #tls: SyslogTls;
  readonly #hostname: string;
  readonly #closeWithinMs: number;
  #connection: Connection | null = null;

  /**
   * @param hostname the name of this machine, in each message
   * @param times other than the usual ones only in tests
   */
  constructor(
    receiver: SyslogReceiver,
    tls: SyslogTls,
    hostname: string,
    { confirmEveryMs = CONFIRM_EVERY_MS, closeWithinMs = CLOSE_WITHIN_MS } = {},
  ) {
    this.confirmEveryMs = confirmEveryMs;
    this.#closeWithinMs = closeWithinMs;
    this.#receiver = receiver;
    this.#tls = tls;
    this.#hostname = hostname;
    const host = receiver.host.includes(':') ? `[${receiver.host}]` : receiver.host;
    this.name = `${receiver.tls ? 'tls' : 'tcp'}://${host}:${receiver.port}`;
  }

  async send(events: readonly FedEvent[], signal: AbortSignal): Promise<void> {
    this.#connection ??= await this.#connect(signal);
    const connection = this.#connection;
    const frames = Buffer.concat(events.map((event) => octetCounted(syslogMessage(event, this.#hostname))));
    if (connection.failure !== null) throw connection.failure;
    const written = Promise.withResolvers<void>();
    connection.socket.write(frames, (error) => (error ? written.reject(error) : written.resolve()));
    await within(written.promise, connection, WRITE_WITHIN_MS, signal, 'took nothing');
  }

  async confirm(signal: AbortSignal): Promise<void> {
    const connection = this.#connection;
    if (connection === null) throw new Error('there is no connection that could be confirmed');
    if (connection.failure !== null) throw connection.failure;
    connection.ending = true;
    connection.socket.end();
    await within(connection.closed, connection, this.#closeWithinMs, signal, 'did not close the connection');
    this.#connection = null;
    if (connection.failure !== null) throw connection.failure;
  }

  async drop(): Promise<void> {
    this.#connection?.socket.destroy();
    this.#connection = null;
  }

  async #connect(signal: AbortSignal): Promise<Connection> {
    const { host, port, tls } = this.#receiver;
    const socket = tls
      ? connectTls({
          host,
          port,
          minVersion: 'TLSv1.2',
          ...(isIP(host) === 0 ? { servername: host } : {}),
          ...(await this.#credentials()),
        })
      : connectTcp({ host, port });
    const closed = Promise.withResolvers<void>();
    const connection: Connection = { socket, failure: null, ending: false, closed: closed.promise };
    let hasEnded = false;
    const fail = (error: Error) => {
      connection.failure ??= error;
    };
    socket.once('error', fail);
    socket.once('end', () => {
      hasEnded = true;
      // What is on its way may not have been read.
      if (!connection.ending) fail(new Error('the receiver closed the connection'));
    });
    socket.once('close', () => {
      if (!hasEnded) fail(new Error('the connection was cut'));
      closed.resolve();
    });
    // A receiver has nothing to say; what it says must not keep its end from being seen.
    socket.resume();
    const ready = Promise.withResolvers<void>();
    socket.once(tls ? 'secureConnect' : 'connect', () => ready.resolve());
    try {
      await within(ready.promise, connection, CONNECT_WITHIN_MS, signal, 'could not be connected to');
    } catch (error) {
      socket.destroy();
      throw error;
    }
    return connection;
  }

  async #credentials() {
    const { ca, certificate, key } = this.#tls;
    if (key !== null && process.platform !== 'win32') {
      const { mode } = await stat(key);
      if ((mode & OTHERS_MAY_READ_OR_WRITE) !== 0)
        throw new Error(
          `every user of this machine can read or change ${key} (KANDA_SYSLOG_KEY). Close it with: chmod o-rw '${key}'`,
        );
    }
    return {
      ...(ca === null ? {} : { ca: await readFile(ca) }),
      ...(certificate === null ? {} : { cert: await readFile(certificate) }),
      ...(key === null ? {} : { key: await readFile(key) }),
    };
  }
}

/** `work`, unless the connection ends before, or it takes too long: `what` says so of the receiver. */
async function within(
  work: Promise<void>,
  connection: Connection,
  ms: number,
  signal: AbortSignal,
  what: string,
): Promise<void> {
  const late = Promise.withResolvers<never>();
  const timer = setTimeout(() => late.reject(new Error(`the receiver ${what} within ${ms / 1000} s`)), ms);
  const stop = () => late.reject(new Error('the server stops'));
  if (signal.aborted) stop();
  signal.addEventListener('abort', stop, { once: true });
  const cut = connection.closed.then(() => {
    throw connection.failure ?? new Error('the connection was closed');
  });
  try {
    // Whichever comes first; of the others nothing more is to be heard.
    cut.catch(() => {});
    await Promise.race([work, late.promise, cut]);
  } finally {
    clearTimeout(timer);
    signal.removeEventListener('abort', stop);
  }
}
