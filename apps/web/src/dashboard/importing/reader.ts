import type { NamingRules } from '@kanda/formats';
import { t } from '../../texts/importing.ts';
import { spokenLanguage } from '../../texts/language.ts';
import type { Answers, Asked, Batch, FormatName, How, Request, Source, Understood } from './messages.ts';
import { Unreadable } from './unreadable.ts';

interface Waiting {
  readonly resolve: (answer: never) => void;
  readonly reject: (error: Error) => void;
}

/** The worker that reads files, as the page sees it. What it read goes when it ends. */
export class ImportReader {
  readonly #worker: Worker;
  readonly #waiting = new Map<number, Waiting>();
  #next = 0;

  constructor() {
    this.#worker = new Worker(new URL('./worker.ts', import.meta.url), { type: 'module' });
    this.#worker.addEventListener('message', ({ data }: MessageEvent) => {
      const { id, answer, failure } = data as { id: number; answer?: never; failure?: string };
      const waiting = this.#waiting.get(id);
      this.#waiting.delete(id);
      if (failure === undefined) waiting?.resolve(answer as never);
      else waiting?.reject(new Unreadable(failure));
    });
    this.#worker.addEventListener('error', (event) => {
      event.preventDefault();
      this.end(t.browserStopped);
    });
  }

  formats(): Promise<readonly FormatName[]> {
    return this.#ask<'formats'>({ kind: 'formats' });
  }

  read(source: Source, how: How): Promise<Understood> {
    return this.#ask<'read'>({ kind: 'read', source, how });
  }

  /** What was read last, with other names. */
  name(rules: NamingRules): Promise<Understood> {
    return this.#ask<'name'>({ kind: 'name', rules });
  }

  /** What a call sends, with its secrets. */
  batch(index: number): Promise<Batch> {
    return this.#ask<'batch'>({ kind: 'batch', index });
  }

  /** Ends the worker, whatever it does; what waits for it fails with `reason`. */
  end(reason = t.stopped): void {
    this.#worker.terminate();
    for (const { reject } of this.#waiting.values()) reject(new Unreadable(reason));
    this.#waiting.clear();
  }

  #ask<Kind extends Request['kind']>(request: Request & { kind: Kind }): Promise<Answers[Kind]> {
    const id = this.#next++;
    return new Promise((resolve, reject) => {
      this.#waiting.set(id, { resolve, reject });
      const asked: Asked = { id, request, locale: spokenLanguage() };
      this.#worker.postMessage(asked);
    });
  }
}
