/** Where checkpoints go, so that one who changes the store cannot change them too. */
import { open } from 'node:fs/promises';

export interface CheckpointSink {
  /** For the operator's log; without anything secret. */
  readonly name: string;
  /**
   * Resolves when all of these signed notes have arrived. They may arrive twice.
   *
   * @param onClock called with how many ms this machine's clock is ahead of the sink's, where that shows it
   */
  send(notes: readonly string[], signal: AbortSignal, onClock?: (aheadMs: number) => void): Promise<void>;
}

const POST_WITHIN_MS = 10_000;
const OWN_HEADERS = { 'content-type': 'text/plain; charset=utf-8', 'user-agent': 'kanda' };

type RequestHeaders = Readonly<Record<string, string>>;

/** `setting` is an http(s) URL, or else the path of a file; `headers` are for the URL. */
export function sinkOf(setting: string, headers: RequestHeaders = {}): CheckpointSink {
  return /^https?:\/\//i.test(setting) ? httpSink(new URL(setting), headers) : fileSink(setting);
}

/** Appends to a file, a blank line between two notes, and syncs it. */
export function fileSink(path: string): CheckpointSink {
  return {
    name: path,
    async send(notes) {
      const file = await open(path, 'a+', 0o600);
      try {
        const { size } = await file.stat();
        const text = notes.map((note) => `${note}\n`).join('');
        try {
          await file.appendFile((await endsMidLine(file, size)) ? `\n\n${text}` : text);
          await file.datasync();
        } catch (error) {
          // What is there of a note would only be in the way of the next one.
          await file.truncate(size).catch(() => {});
          throw error;
        }
      } finally {
        await file.close();
      }
    },
  };
}

async function endsMidLine(file: Awaited<ReturnType<typeof open>>, size: number): Promise<boolean> {
  if (size === 0) return false;
  const { buffer } = await file.read(Buffer.alloc(1), 0, 1, size - 1);
  return buffer[0] !== 0x0a;
}

/** Posts each note as the body of a request of its own. Any answer of 200 to 299 means that it was kept. */
export function httpSink(url: URL, headers: RequestHeaders = {}): CheckpointSink {
  const name = `${url.origin}${url.pathname}`;
  return {
    name,
    async send(notes, signal, onClock) {
      for (const note of notes) {
        const askedAt = Date.now();
        const answer = await fetch(url, {
          method: 'POST',
          headers: withOwn(headers),
          body: note,
          redirect: 'error',
          signal: AbortSignal.any([signal, AbortSignal.timeout(POST_WITHIN_MS)]),
        });
        const aheadMs = aheadOfAnswer(answer, askedAt, Date.now());
        await answer.body?.cancel();
        if (aheadMs !== null) onClock?.(aheadMs);
        if (!answer.ok) throw new Error(`${name} answered ${answer.status}`);
      }
    },
  };
}

/** Those of the operator win, whatever the case of their names. */
function withOwn(headers: RequestHeaders): Headers {
  const all = new Headers(OWN_HEADERS);
  for (const [name, value] of Object.entries(headers)) all.set(name, value);
  return all;
}

/** A Date header has no fractions of a second (RFC 9110 §5.6.7). */
const DATE_HEADER_MS = 1_000;

/**
 * How many ms this machine's clock is ahead of that of the answer, below 0 where it is behind; null: it shows none. Only
 * what the time between question and answer cannot explain counts.
 */
export function aheadOfAnswer(answer: Response, askedAt: number, answeredAt: number): number | null {
  const date = Date.parse(answer.headers.get('date') ?? '');
  if (Number.isNaN(date)) return null;
  return Math.max(0, askedAt - (date + DATE_HEADER_MS)) - Math.max(0, date - answeredAt);
}
