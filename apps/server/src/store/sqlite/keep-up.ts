import type { SecretBox } from '../../domain/clients/secret-box.ts';
import type { StoreFigures } from '../../domain/observation/store-figures.ts';
import type { Clock } from '../../domain/time.ts';
import { countKeys } from '../operations/keys/count-keys.ts';
import { type Executor, pruneAndFinish } from '../operations-store.ts';
import type { FreePages } from './free-pages.ts';

const EVERY_MS = 10 * 60 * 1000;

export interface KeepUpParts {
  readonly executor: Executor;
  readonly box: SecretBox;
  readonly clock: Clock;
  readonly figures: StoreFigures;
}

/** The store's own regular work: deletes what has ended, counts keys, and gives free pages back. */
export class KeepUp {
  readonly #parts: KeepUpParts;
  readonly #freePages: FreePages;
  #rounds: NodeJS.Timeout | undefined;

  constructor(parts: KeepUpParts, freePages: FreePages) {
    this.#parts = parts;
    this.#freePages = freePages;
  }

  start(everyMs: number = EVERY_MS): void {
    this.#rounds = setInterval(() => {
      this.#round().catch(() => {
        // Left for the next round: this only frees space.
      });
    }, everyMs);
    this.#rounds.unref();
  }

  /** The round that is under way ends when it next asks the store for something. */
  stop(): void {
    clearInterval(this.#rounds);
  }

  async #round(): Promise<void> {
    const { executor, box, clock, figures } = this.#parts;
    try {
      await pruneAndFinish(executor, box, clock);
      figures.apiKeys = await countKeys(executor, clock());
    } finally {
      // What retention has deleted is free, too.
      await this.#freePages.giveBack();
    }
  }
}
