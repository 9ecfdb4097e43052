/** Kept twice at most: the names since the last turn-over, and those before it. */
const NAMES_PER_GENERATION = 50_000;

/**
 * Remembers which number a clientId has, which spares the look-up by name for each attempt. A number is
 * never given twice, so a name that was deleted and enrolled again shows itself: the row of its old number
 * is gone. A number alone decides nothing; the row is read in every transaction.
 */
export class ClientNumbers {
  #young = new Map<string, number>();
  #old = new Map<string, number>();

  get(accountId: number, clientId: string): number | undefined {
    const name = `${accountId} ${clientId}`;
    const number = this.#young.get(name);
    if (number !== undefined) return number;
    const older = this.#old.get(name);
    if (older !== undefined) this.#keep(name, older);
    return older;
  }

  set(accountId: number, clientId: string, number: number): void {
    this.#keep(`${accountId} ${clientId}`, number);
  }

  /** After an undone transaction: it may have shown numbers that are now given to others. */
  forget(): void {
    this.#young.clear();
    this.#old.clear();
  }

  #keep(name: string, number: number): void {
    if (this.#young.size >= NAMES_PER_GENERATION) {
      this.#old = this.#young;
      this.#young = new Map();
    }
    this.#young.set(name, number);
  }
}
