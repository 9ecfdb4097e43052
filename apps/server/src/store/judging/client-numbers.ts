/** Kept twice at most: the names since the last turn-over, and those before it. */
const NAMES_PER_GENERATION = 50_000;

/** What a clientId's row is found by, and what tells that the row is still that clientId's. */
export interface ClientNumber {
  readonly id: number;
  readonly secretVersion: number;
}

/**
 * Remembers which number a clientId has, which spares the look-up by name for each attempt. The row is read in every
 * transaction, and counts only when its secret has the remembered version too. A number alone would not do: a
 * database that loses commits gives it again, to another name. Versions are drawn at random and are not
 * (operations/secret-version.ts).
 */
export class ClientNumbers {
  #young = new Map<string, ClientNumber>();
  #old = new Map<string, ClientNumber>();

  get(accountId: number, clientId: string): ClientNumber | undefined {
    const name = `${accountId} ${clientId}`;
    const number = this.#young.get(name);
    if (number !== undefined) return number;
    const older = this.#old.get(name);
    if (older !== undefined) this.#keep(name, older);
    return older;
  }

  set(accountId: number, clientId: string, id: number, secretVersion: number): void {
    const name = `${accountId} ${clientId}`;
    const known = this.#young.get(name);
    if (known?.id === id && known.secretVersion === secretVersion) return;
    this.#keep(name, { id, secretVersion });
  }

  #keep(name: string, number: ClientNumber): void {
    if (this.#young.size >= NAMES_PER_GENERATION) {
      this.#old = this.#young;
      this.#young = new Map();
    }
    this.#young.set(name, number);
  }
}
