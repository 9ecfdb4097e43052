/** Floods of a running server: connections that send much and read little, and what the server takes meanwhile. */
import { readFileSync } from 'node:fs';
import { connect, type Socket } from 'node:net';
import { setTimeout as sleep } from 'node:timers/promises';

export type Reading = 'never' | 'a byte a second' | 'everything';

export interface FloodOptions {
  readonly port: number;
  readonly connections: number;
  /** What each connection sends at once. */
  readonly text: string;
  readonly reading: Reading;
  /** Of 127.0.0.0/8, all of which lead to this machine. */
  readonly from?: string;
}

/** Connections that each send the same and read as much as `reading` says. */
export class Flood {
  readonly #sockets: readonly Socket[];
  readonly #sipping: NodeJS.Timeout | null = null;
  /** Answers by status, of those that read everything. */
  readonly statuses = new Map<string, number>();

  constructor({ port, connections, text, reading, from = '127.0.0.1' }: FloodOptions) {
    this.#sockets = Array.from({ length: connections }, () => {
      const socket = connect({ port, host: '127.0.0.1', localAddress: from });
      // It may be closed while it is written to.
      socket.on('error', () => {});
      if (reading === 'everything') socket.on('data', (piece) => this.#count(piece.toString('latin1')));
      else socket.pause();
      socket.write(text);
      return socket;
    });
    if (reading === 'a byte a second') {
      this.#sipping = setInterval(() => {
        for (const socket of this.#sockets) socket.read(1);
      }, 1_000);
    }
  }

  /** Reads on to the end of each connection; resolves with what came of how many bytes and answers, by connection. */
  takeRest(): Promise<readonly string[]> {
    if (this.#sipping !== null) clearInterval(this.#sipping);
    return Promise.all(
      this.#sockets.map(
        (socket) =>
          new Promise<string>((resolve) => {
            const pieces: Buffer[] = [];
            socket.on('data', (piece) => pieces.push(piece));
            const end = () => resolve(Buffer.concat(pieces).toString('latin1'));
            if (socket.closed) end();
            else socket.once('close', end);
            socket.resume();
          }),
      ),
    );
  }

  end(): void {
    if (this.#sipping !== null) clearInterval(this.#sipping);
    for (const socket of this.#sockets) socket.destroy();
  }

  #count(text: string): void {
    for (const [, status = ''] of text.matchAll(/HTTP\/1\.1 (\d{3}) /g)) {
      this.statuses.set(status, (this.statuses.get(status) ?? 0) + 1);
    }
  }
}

/** Watches how much memory a process has resident. */
export class MemoryWatch {
  readonly #pid: number;
  readonly #stopping = new AbortController();
  readonly #watching: Promise<void>;
  #peakBytes = 0;

  constructor(pid: number) {
    this.#pid = pid;
    this.#watching = this.#watch();
  }

  /** The most that was seen, in MiB. */
  async peak(): Promise<number> {
    this.#stopping.abort();
    await this.#watching;
    return Math.round(this.#peakBytes / 1024 / 1024);
  }

  async #watch(): Promise<void> {
    while (!this.#stopping.signal.aborted) {
      this.#peakBytes = Math.max(this.#peakBytes, residentBytes(this.#pid));
      await sleep(50, undefined, { signal: this.#stopping.signal }).catch(() => {});
    }
  }
}

function residentBytes(pid: number): number {
  // A process that has ended has no figure: that it has is seen elsewhere.
  const status = readFileSync(`/proc/${pid}/status`, 'utf8');
  return Number(/^VmRSS:\s+(\d+) kB$/m.exec(status)?.[1] ?? 0) * 1024;
}
