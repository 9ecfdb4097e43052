import type { NamingRules, ParseOptions, Preview, Problem, ToImport } from '@kanda/formats';
import type { Locale } from '../../texts/locale.ts';

/** What the page and the worker that reads files say to each other. Secrets stay with the worker until they are sent. */
export type Request =
  | { readonly kind: 'formats' }
  | { readonly kind: 'read'; readonly source: Source; readonly how: How }
  | { readonly kind: 'name'; readonly rules: NamingRules }
  | { readonly kind: 'batch'; readonly index: number };

/** A request, and the language in which its failure is said. */
export interface Asked {
  readonly id: number;
  readonly request: Request;
  readonly locale: Locale;
}

/** Where the secrets come from: one file, several pictures of QR codes, or text. */
export type Source = { readonly files: readonly File[] } | { readonly text: string };

export interface How {
  /** The name of a format, or `auto`. */
  readonly format: string;
  readonly options: ParseOptions;
  readonly rules: NamingRules;
}

export interface FormatName {
  readonly name: string;
  readonly title: string;
}

/** What was understood of a file. Has no secret. */
export interface Understood {
  /** The format; null when none was recognized. */
  readonly format: FormatName | null;
  /** How many can be sent, and in how many calls. */
  readonly count: number;
  readonly batches: number;
  readonly preview: readonly Preview[];
  readonly problems: readonly Problem[];
  /** Of a CSV file. */
  readonly headings: readonly string[];
}

export type Batch = readonly ToImport[];

export interface Answers {
  readonly formats: readonly FormatName[];
  readonly read: Understood;
  readonly name: Understood;
  readonly batch: Batch;
}
