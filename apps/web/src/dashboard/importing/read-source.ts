import {
  batchesOf,
  csvHeadings,
  FORMATS,
  type NamingRules,
  type Parsed,
  parseFile,
  previewOf,
  recordsToImport,
  type ToImport,
} from '@kanda/formats';
import { t } from '../../texts/importing.ts';
import type { Answers, FormatName, How, Request, Source, Understood } from './messages.ts';
import { isPicture, textInPicture } from './qr-image.ts';
import { Unreadable } from './unreadable.ts';

const PREVIEWED = 5;
/** A browser holds all of it in memory; `kanda import` takes four times as much. */
const MAX_MEBIBYTES = 64;

/** Reads files of secrets, and keeps what it read. Lives in a worker: a large file does not stop the page. */
export class SourceReader {
  #parsed: Parsed = { format: null, records: [], problems: [] };
  #headings: readonly string[] = [];
  #batches: readonly (readonly ToImport[])[] = [];

  async answer(request: Request): Promise<Answers[Request['kind']]> {
    switch (request.kind) {
      case 'formats':
        return FORMATS.map(({ name, title }) => ({ name, title }));
      case 'read':
        return this.#read(request.source, request.how);
      case 'name':
        return this.#name(request.rules);
      case 'batch':
        return this.#batches[request.index] ?? [];
    }
  }

  async #read(source: Source, { format, options, rules }: How): Promise<Understood> {
    const bytes = await bytesOf(source);
    this.#parsed = await parseFile(bytes, format, options).catch((cause: unknown) => {
      // Web Crypto is there only on pages that came over HTTPS, or from the same machine.
      if (globalThis.crypto?.subtle === undefined) throw new Unreadable(noWebCrypto());
      throw cause;
    });
    this.#headings = csvHeadings(bytes);
    return this.#name(rules);
  }

  #name(rules: NamingRules): Understood {
    const { format, problems } = this.#parsed;
    const named = recordsToImport(this.#parsed, rules);
    this.#batches = batchesOf(named.records);
    return {
      format: formatNamed(format),
      count: named.records.length,
      batches: this.#batches.length,
      preview: previewOf(this.#parsed, named.records, PREVIEWED),
      problems: [...problems, ...named.problems],
      headings: this.#headings,
    };
  }
}

const noWebCrypto = () => t.noHttps;

function formatNamed(format: string | null): FormatName | null {
  const known = FORMATS.find(({ name }) => name === format);
  return known === undefined ? null : { name: known.name, title: known.title };
}

/** One file as it is, or the texts of several QR codes, one a line. */
async function bytesOf(source: Source): Promise<Uint8Array> {
  if ('text' in source) return new TextEncoder().encode(source.text);
  const { files } = source;
  const [first] = files;
  if (first === undefined) throw new Unreadable(t.noFile);
  for (const { name, size } of files) {
    if (size > MAX_MEBIBYTES * 1_048_576) throw new Unreadable(t.tooLarge(name, MAX_MEBIBYTES));
  }
  const pictures = await Promise.all(files.map(isPicture));
  if (!pictures.some(Boolean) && files.length === 1) return new Uint8Array(await first.arrayBuffer());
  if (!pictures.every(Boolean)) throw new Unreadable(t.oneKind);
  const texts: string[] = [];
  for (const file of files) texts.push(await textInPicture(file));
  return new TextEncoder().encode(texts.join('\n'));
}
