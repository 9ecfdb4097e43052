import type { Input } from './reading/input.ts';
import type { Parsed, ParseOptions } from './record.ts';

/** A format that secrets are read from: one file each in `formats/`. */
export interface Format {
  /** As `--format` takes it. */
  readonly name: string;
  /** As a person knows it. */
  readonly title: string;
  /** Whether a file looks like this format; decides nothing about its entries. */
  readonly matches: (input: Input) => boolean;
  /** Never rejects for what is wrong with the file: that is among the problems. */
  readonly parse: (input: Input, options: ParseOptions) => Parsed | Promise<Parsed>;
}
