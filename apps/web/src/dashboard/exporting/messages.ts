import { t } from '../../texts/exporting.ts';
import type { Locale } from '../../texts/locale.ts';
/** What the page and the worker that fetches an export say to each other. No secret is among it but in the finished file. */
export interface AskedExport {
  readonly format: ExportFormat;
  /** Who can read the file; null: anyone. */
  readonly recipient: string | null;
  /** Which half of the account. */
  readonly headers: Readonly<Record<string, string>>;
  /** In which a failure is said. */
  readonly locale: Locale;
}

export type ExportFormat = 'kanda' | 'otpauth' | 'oath-csv';

/** What has come so far. */
export interface Received {
  readonly bytes: number;
  /** null: they are encrypted on their way through, so no one can count them. */
  readonly secrets: number | null;
}

/** A refusal of the server, as it came. */
export interface Refused {
  readonly status: number;
  readonly retryAfter: string | null;
  readonly body: string;
}

/** What is said when the browser ends the worker, or the worker fails by itself. */
export const stoppedByBrowser = () => t.browserStopped;

export type Message =
  | { readonly kind: 'received'; readonly received: Received }
  | { readonly kind: 'done'; readonly file: Blob; readonly received: Received }
  | { readonly kind: 'refused'; readonly refused: Refused }
  | { readonly kind: 'recipient' }
  | { readonly kind: 'failed'; readonly words: string };
