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
  #young: ByAccount = new Map();
  #youngNames = 0;
  #old: ByAccount = new Map();

  get(accountId: number, clientId: string): ClientNumber | undefined {
    const number = this.#young.get(accountId)?.get(clientId);
    if (number !== undefined) return number;
    const older = this.#old.get(accountId)?.get(clientId);
    if (older !== undefined) this.#keep(accountId, clientId, older);
    return older;
  }

  set(accountId: number, clientId: string, id: number, secretVersion: number): void {
    const known = this.#young.get(accountId)?.get(clientId);
    if (known?.id === id && known.secretVersion === secretVersion) return;
    this.#keep(accountId, clientId, { id, secretVersion });
  }

  #keep(accountId: number, clientId: string, number: ClientNumber): void {
    if (this.#youngNames >= NAMES_PER_GENERATION) {
      this.#old = this.#young;
      this.#young = new Map();
      this.#youngNames = 0;
    }
    let names = this.#young.get(accountId);
    if (names === undefined) {
      names = new Map();
      this.#young.set(accountId, names);
    }
    if (!names.has(clientId)) this.#youngNames++;
    names.set(clientId, number);
  }
}

/** By account and then by name: a look-up joins no two into one key. */
type ByAccount = Map<number, Map<string, ClientNumber>>;
