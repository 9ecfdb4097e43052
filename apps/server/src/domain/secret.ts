/**
 * A value that must never be printed: an API key, a password, a bearer token, a seed, a code.
 * Every way that JavaScript turns an object into text gives `[redacted]`; the value itself is reached
 * only through `reveal()`, which makes each place that handles it easy to find.
 */
const INSPECT = Symbol.for('nodejs.util.inspect.custom');

export class Secret<T extends string | Uint8Array = string> {
  readonly #value: T;

  constructor(value: T) {
    this.#value = value;
  }

  /** The value. Keep it in a local variable, never in an object that may be logged. */
  reveal(): T {
    return this.#value;
  }

  toString(): string {
    return '[redacted]';
  }

  toJSON(): string {
    return '[redacted]';
  }

  [Symbol.toPrimitive](): string {
    return '[redacted]';
  }

  [INSPECT](): string {
    return '[redacted]';
  }
}
