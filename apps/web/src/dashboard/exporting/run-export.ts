import { t } from '../../texts/exporting.ts';
import { Problem } from '../api.ts';
import { type AskedExport, type Message, type Received, stoppedByBrowser } from './messages.ts';

/** The text that was given is no recipient of age. */
export class NoRecipient extends Error {
  override readonly name = 'NoRecipient';

  constructor() {
    super(t.notAgeKey);
  }
}

/** It was stopped: no error for the person who did so. */
export class Stopped extends Error {
  override readonly name = 'Stopped';
}

export interface Finished {
  readonly file: Blob;
  readonly received: Received;
}

/**
 * One export in a worker of its own, which ends with it, so that nothing of it stays in memory.
 * @throws {Problem} what the server refused
 */
export function runExport(
  asked: AskedExport,
  signal: AbortSignal,
  onReceived: (received: Received) => void,
): Promise<Finished> {
  const worker = new Worker(new URL('./worker.ts', import.meta.url), { type: 'module' });
  const { promise, resolve, reject } = Promise.withResolvers<Finished>();
  const stop = () => reject(new Stopped());
  signal.addEventListener('abort', stop, { once: true });
  worker.addEventListener('message', ({ data }: MessageEvent<Message>) => {
    if (data.kind === 'received') onReceived(data.received);
    else if (data.kind === 'done') resolve(data);
    else if (data.kind === 'recipient') reject(new NoRecipient());
    else if (data.kind === 'failed') reject(new Error(data.words));
    else reject(problemOf(data.refused));
  });
  worker.addEventListener('error', (event) => {
    event.preventDefault();
    reject(new Error(stoppedByBrowser()));
  });
  worker.postMessage(asked);
  return promise.finally(() => {
    worker.terminate();
    signal.removeEventListener('abort', stop);
  });
}

function problemOf({ status, retryAfter, body }: Extract<Message, { kind: 'refused' }>['refused']): Problem {
  const headers = retryAfter === null ? {} : { 'retry-after': retryAfter };
  let parsed: unknown = null;
  try {
    parsed = JSON.parse(body);
  } catch {
    // Not of Kanda, but of what is in front of it.
  }
  return new Problem(parsed, new Response(null, { status, headers }));
}

/** As a file of the browser's downloads. The address of it ends soon after, and with it what the page holds. */
export function save({ file }: Finished, name: string): void {
  const url = URL.createObjectURL(file);
  const link = document.createElement('a');
  link.href = url;
  link.download = name;
  link.click();
  setTimeout(() => URL.revokeObjectURL(url), 10_000);
}
