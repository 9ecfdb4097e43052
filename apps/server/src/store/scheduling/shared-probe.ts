/** How long a good answer is given again (ms): 10 probes a second are as many as anybody needs. */
const HOLDS_MS = 100;

/**
 * Whether the store works. Anybody may ask, as often as he likes, and each probe is a write to the disk: those who ask
 * while it is tried share the answer, and so do those who ask soon after it was good. A bad one is not kept.
 */
export class SharedProbe {
  readonly #probe: () => Promise<void>;
  readonly #holdsMs: number;
  #asked: Promise<void> | null = null;

  constructor(probe: () => Promise<void>, holdsMs = HOLDS_MS) {
    this.#probe = probe;
    this.#holdsMs = holdsMs;
  }

  /** Rejects with what the probe rejected with. */
  ask(): Promise<void> {
    if (this.#asked !== null) return this.#asked;
    const asked = this.#probe();
    this.#asked = asked;
    const forget = () => {
      if (this.#asked === asked) this.#asked = null;
    };
    asked.then(() => setTimeout(forget, this.#holdsMs).unref(), forget);
    return asked;
  }

  /** The next to ask has it tried again. */
  forget(): void {
    this.#asked = null;
  }
}
