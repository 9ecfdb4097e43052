/** A network cable with a switch: TCP connections go through it until it is cut, and then nothing does. */
import { connect, createServer, type Server, type Socket } from 'node:net';

export class Wire {
  readonly #target: number;
  readonly #server: Server;
  /** Both ends of each connection; the far one is null while it waits for the cable to heal. */
  readonly #pairs = new Set<{ near: Socket; far: Socket | null }>();
  #isCut = false;

  private constructor(target: number) {
    this.#target = target;
    // `allowHalfOpen`: an end is an answer as well, and comes through as it was sent.
    this.#server = createServer({ allowHalfOpen: true, pauseOnConnect: true }, (near) => this.#accept(near));
  }

  /** From `port` to `target`, both on 127.0.0.1. */
  static async lay(port: number, target: number): Promise<Wire> {
    const wire = new Wire(target);
    await new Promise<void>((resolve, reject) => {
      wire.#server.once('error', reject);
      wire.#server.listen(port, '127.0.0.1', resolve);
    });
    // The wire alone is no reason to stay.
    wire.#server.unref();
    return wire;
  }

  /** From now on nothing comes through, and no one notices: what is sent waits, as behind a pulled plug. */
  cut(): void {
    this.#isCut = true;
    for (const { near, far } of this.#pairs) {
      near.pause();
      far?.pause();
    }
  }

  heal(): void {
    this.#isCut = false;
    for (const pair of this.#pairs) {
      if (pair.far === null) this.#join(pair);
      pair.near.resume();
      pair.far?.resume();
    }
  }

  close(): void {
    this.#server.close();
    for (const { near, far } of this.#pairs) {
      near.destroy();
      far?.destroy();
    }
  }

  #accept(near: Socket): void {
    const pair = { near, far: null };
    this.#pairs.add(pair);
    near.on('error', () => {});
    near.on('close', () => this.#pairs.delete(pair));
    if (this.#isCut) return;
    this.#join(pair);
    near.resume();
  }

  #join(pair: { near: Socket; far: Socket | null }): void {
    const far = connect({ port: this.#target, host: '127.0.0.1', allowHalfOpen: true });
    pair.far = far;
    for (const [from, to] of [
      [pair.near, far],
      [far, pair.near],
    ] as const) {
      from.on('data', (part: Buffer) => to.write(part));
      from.on('end', () => to.end());
      from.on('close', () => to.destroy());
    }
    far.on('error', () => {});
  }
}
