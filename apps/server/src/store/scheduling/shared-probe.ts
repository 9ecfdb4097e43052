import { storeUnavailable } from '../../domain/errors.ts';

/** How long a good answer is given again (ms): 10 probes a second are as many as anybody needs. */
const HOLDS_MS = 100;
/** How long a probe may take (ms): a store that needs longer serves no one well, and a load balancer waits no longer. */
const WITHIN_MS = 2_000;

export interface ProbeTimes {
  readonly holdsMs?: number;
  readonly withinMs?: number;
}

/**
 * Whether the store works. Anybody may ask, as often as he likes, and each probe is a write to the disk: those who ask
 * while it is tried share the answer, and so do those who ask soon after it was good. A bad one is not kept. One that
 * takes too long is bad for all who ask until it has ended; none is begun beside it.
 */
export class SharedProbe {
  readonly #probe: () => Promise<void>;
  readonly #holdsMs: number;
  readonly #withinMs: number;
  #asked: Promise<void> | null = null;

  constructor(probe: () => Promise<void>, { holdsMs = HOLDS_MS, withinMs = WITHIN_MS }: ProbeTimes = {}) {
    this.#probe = probe;
    this.#holdsMs = holdsMs;
    this.#withinMs = withinMs;
  }

  /** Rejects with what the probe rejected with, or with `store_unavailable` when it takes too long. */
  ask(): Promise<void> {
    if (this.#asked !== null) return this.#asked;
    const probed = this.#probe();
    const asked = within(probed, this.#withinMs);
    this.#asked = asked;
    const forget = () => {
      if (this.#asked === asked) this.#asked = null;
    };
    probed.then(() => setTimeout(forget, this.#holdsMs).unref(), forget);
    return asked;
  }

  /** The next to ask has it tried again. */
  forget(): void {
    this.#asked = null;
  }
}

function within(probed: Promise<void>, withinMs: number): Promise<void> {
  const { promise, resolve, reject } = Promise.withResolvers<void>();
  const timer = setTimeout(() => {
    reject(storeUnavailable(new Error(`the store did not answer a probe within ${withinMs} ms`)));
  }, withinMs);
  probed.then(resolve, reject).finally(() => clearTimeout(timer));
  return promise;
}
