/** As many as keys that are remembered opened (crypto/authenticator-keys.ts): who is known there is known here. */
const CAPACITY = 120_000;
/** After this number of names in use the hand takes the next one: no single call pays for a whole round. */
const MAX_PASSED = 128;

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
 *
 * Bounded: when all places are taken a hand goes round them and gives up the first name that was not asked for since it
 * last passed. Numbers are kept in arrays and not in an object for each name, which every major collection would visit.
 */
export class ClientNumbers {
  readonly #capacity: number;
  /** By account and then by name: a look-up joins no two into one key. */
  readonly #places = new Map<number, Map<string, number>>();
  /** What is in each place. */
  readonly #names: string[] = [];
  readonly #accounts: Float64Array;
  readonly #ids: Float64Array;
  readonly #versions: Float64Array;
  readonly #asked: Uint8Array;
  #hand = 0;

  /** @param capacity how many names to remember, at least 1 */
  constructor(capacity: number = CAPACITY) {
    this.#capacity = capacity;
    this.#accounts = new Float64Array(capacity);
    this.#ids = new Float64Array(capacity);
    this.#versions = new Float64Array(capacity);
    this.#asked = new Uint8Array(capacity);
  }

  get(accountId: number, clientId: string): ClientNumber | undefined {
    const place = this.#places.get(accountId)?.get(clientId);
    if (place === undefined) return undefined;
    this.#asked[place] = 1;
    return { id: this.#ids[place] as number, secretVersion: this.#versions[place] as number };
  }

  set(accountId: number, clientId: string, id: number, secretVersion: number): void {
    const place = this.#places.get(accountId)?.get(clientId) ?? this.#take(accountId, clientId);
    this.#ids[place] = id;
    this.#versions[place] = secretVersion;
  }

  /** A place for a new name. */
  #take(accountId: number, clientId: string): number {
    const place = this.#freePlace();
    let places = this.#places.get(accountId);
    if (places === undefined) {
      places = new Map();
      this.#places.set(accountId, places);
    }
    places.set(clientId, place);
    this.#names[place] = clientId;
    this.#accounts[place] = accountId;
    this.#asked[place] = 0;
    return place;
  }

  #freePlace(): number {
    if (this.#names.length < this.#capacity) return this.#names.length;
    for (let passed = 0; passed < MAX_PASSED && this.#asked[this.#hand] === 1; passed++) {
      this.#asked[this.#hand] = 0;
      this.#turn();
    }
    const place = this.#hand;
    this.#turn();
    this.#forget(this.#accounts[place] as number, this.#names[place] as string);
    return place;
  }

  #turn(): void {
    this.#hand = (this.#hand + 1) % this.#capacity;
  }

  #forget(accountId: number, clientId: string): void {
    const places = this.#places.get(accountId);
    places?.delete(clientId);
    if (places?.size === 0) this.#places.delete(accountId);
  }
}
