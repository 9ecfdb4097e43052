/**
 * Something that must not get into a log: it prints as `[redacted]`, also within other objects, as JSON and in
 * templates. Only `reveal()` gives it away, so that a search for that word finds each place that does.
 */
export class Secret<T = string> {
  readonly #value: T;

  constructor(value: T) {
    this.#value = value;
  }

  /** The value itself: to show it to the user whom it belongs to, once. */
  reveal(): T {
    return this.#value;
  }

  toString(): string {
    return REDACTED;
  }

  toJSON(): string {
    return REDACTED;
  }

  /** How Node and Bun print it, and Deno. */
  [Symbol.for('nodejs.util.inspect.custom')](): string {
    return `Secret ${REDACTED}`;
  }

  [Symbol.for('Deno.customInspect')](): string {
    return `Secret ${REDACTED}`;
  }
}

const REDACTED = '[redacted]';
