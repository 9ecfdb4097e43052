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
  /**
   * How its entries come when each of them is read by itself, so that a large file can be read in parts: as lines, as
   * rows of cells, or as rows with names (NDJSON, or CSV with headings). Absent: the file is read as a whole.
   */
  readonly entries?: 'lines' | 'cells' | 'rows';
  /** Never rejects for what is wrong with the file: that is among the problems. */
  readonly parse: (input: Input, options: ParseOptions) => Parsed | Promise<Parsed>;
}
