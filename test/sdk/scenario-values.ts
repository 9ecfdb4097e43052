/** The words for values in `sdks/scenarios.json`: filled in before a call, and held against what came back. */
import { randomBytes } from 'node:crypto';
import { createHotpKey, decodeBase32, formatCode, hotp, stepAt } from '@kanda/otp';
import { Secret } from '../../packages/sdk/src/index.ts';

type Word = Readonly<Record<string, unknown>>;

const PERIOD = 30;

/** What one scenario has named so far: ids, keys, answers. Each name gets a value that no other run has. */
export class Names {
  readonly #made = new Map<string, string>();
  readonly #saved = new Map<string, unknown>();

  /** Keeps an answer, with the `with` of its step as `$with`. */
  save(name: string, answer: unknown, filled: unknown): void {
    const { fields } = { fields: typeof answer === 'object' && answer !== null ? answer : {} };
    this.#saved.set(name, { ...fields, $with: filled });
  }

  /** The value with every word in it filled in. */
  fill(value: unknown): unknown {
    if (Array.isArray(value)) return value.map((one) => this.fill(one));
    if (typeof value !== 'object' || value === null) return value;
    const word = value as Word;
    if ('$id' in word) return this.#unique(`id ${word.$id}`, `${word.$id}-`);
    if ('$key' in word) return this.#unique(`key ${word.$key}`, 'key-');
    if ('$text' in word) return String(word.$text).repeat(Number(word.times));
    if ('$from' in word) return this.#from(String(word.$from));
    if ('$code' in word) return this.#code(word);
    if ('$wrong' in word) return this.#wrong(word);
    return Object.fromEntries(Object.entries(word).map(([name, one]) => [name, this.fill(one)]));
  }

  #unique(what: string, prefix: string): string {
    const made = this.#made.get(what) ?? `${prefix}${randomBytes(6).toString('hex')}`;
    this.#made.set(what, made);
    return made;
  }

  #from(place: string): unknown {
    const [name = '', ...path] = place.split('.');
    if (!this.#saved.has(name)) throw new Error(`No step before is called ${name}.`);
    return path.reduce<unknown>(
      (value, part) => revealed((value as Record<string, unknown>)[part]),
      this.#saved.get(name),
    );
  }

  #code({ $code, step, counter }: Word): string {
    const factor = counter === undefined ? stepAt(Date.now(), PERIOD) + Number(step ?? 0) : Number(counter);
    return codeAt(this.#secret($code), factor);
  }

  /** The `nth` code that is right neither near now nor for a counter below 100. */
  #wrong({ $wrong, nth = 0 }: Word): string {
    const secret = this.#secret($wrong);
    const now = stepAt(Date.now(), PERIOD);
    const factors = [...Array(21).keys()].map((step) => now + step - 10).concat([...Array(100).keys()]);
    const right = new Set(factors.map((factor) => codeAt(secret, factor)));
    const wrong = [...Array(200).keys()]
      .map((number) => formatCode(number, 6))
      .filter((code) => !right.has(code));
    return String(wrong[Number(nth)]);
  }

  #secret(name: unknown): string {
    return String(this.#from(`${name}.secret`));
  }
}

function codeAt(secret: string, factor: number): string {
  return formatCode(hotp(createHotpKey(decodeBase32(secret), 'SHA1'), factor, 6), 6);
}

function revealed(value: unknown): unknown {
  return value instanceof Secret ? value.reveal() : value;
}

/** What differs from what a step expects; empty when it is as expected. Words in `expected` are filled in already. */
export function differences(expected: unknown, found: unknown, place = 'the answer'): string[] {
  const differs = (what: string) => [`${place}: expected ${what}, found ${shown(found)}`];
  if (Array.isArray(expected)) {
    if (!Array.isArray(found) || found.length !== expected.length)
      return differs(`${expected.length} things`);
    return expected.flatMap((one, index) => differences(one, found[index], `${place}.${index}`));
  }
  if (typeof expected !== 'object' || expected === null) {
    return found === expected ? [] : differs(JSON.stringify(expected));
  }
  const word = expected as Word;
  if ('$is' in word) return kindOf(found) === word.$is ? [] : differs(`a ${word.$is}`);
  if ('$count' in word) {
    return Array.isArray(found) && found.length === word.$count ? [] : differs(`${word.$count} things`);
  }
  if ('$oneOf' in word) {
    return (word.$oneOf as unknown[]).includes(found) ? [] : differs(`one of ${JSON.stringify(word.$oneOf)}`);
  }
  if (typeof found !== 'object' || found === null) return differs('an object');
  return Object.entries(word).flatMap(([name, one]) =>
    differences(one, (found as Record<string, unknown>)[name], `${place}.${name}`),
  );
}

function kindOf(value: unknown): string {
  if (value instanceof Secret) return 'secret';
  if (value === undefined) return 'absent';
  return Number.isInteger(value) ? 'integer' : typeof value;
}

function shown(value: unknown): string {
  return Array.isArray(value)
    ? `${value.length} things: ${JSON.stringify(value)}`
    : String(JSON.stringify(value));
}
