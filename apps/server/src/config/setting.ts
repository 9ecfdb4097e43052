/** What a setting is, and its two kinds. */

export interface Setting<T> {
  /** The environment variable. */
  readonly name: string;
  /** The flag of `kanda serve` without its dashes; null when a command line is no place for the value. */
  readonly flag: string | null;
  /** One sentence for `--help` and the documentation. */
  readonly description: string;
  /** The text in place of an absent value; null when there is none. */
  readonly default: string | null;
  readonly example: string;
  /** The value of a text that is not empty. Throws `BadValue`. */
  readonly parse: (text: string) => T;
  /** The value when the setting is absent. */
  readonly absent: () => T;
}

/** What is wrong with a value, as the end of a sentence that begins with the setting's name. */
export class BadValue extends Error {}

type Described<T> = Pick<Setting<T>, 'name' | 'flag' | 'description' | 'example' | 'parse'>;

/** A setting whose default is a text like any that is set. */
export function withDefault<T>(setting: Described<T> & { default: string }): Setting<T> {
  return { ...setting, absent: () => setting.parse(setting.default) };
}

/** A setting that is null when absent. */
export function optional<T>(setting: Described<T>): Setting<T | null> {
  return { ...setting, default: null, absent: () => null };
}
