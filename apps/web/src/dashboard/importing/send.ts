import type { paths } from '../../../../../packages/sdk/src/schema.d.ts';
import { api, ask, isUnreachable, Problem } from '../api.ts';
import type { Batch } from './messages.ts';
import type { ImportReader } from './reader.ts';

type ImportCall = paths['/api/totp/import']['post'];
type Body = ImportCall['requestBody']['content']['application/json'];
type Answer = ImportCall['responses'][200]['content']['application/json']['results'][number];

export type Conflicts = 'skip' | 'fail' | 'replace';

/** What became of a record, and where in the file it is. */
export type Result = Omit<Answer, 'result'> & { place: string; result: Answer['result'] | 'not_sent' };

export interface Sending {
  readonly onConflict: 'skip' | 'replace';
  readonly allowShortSecrets: boolean;
  readonly dryRun: boolean;
}

export interface Progress {
  readonly sent: number;
  /** Why it waits; null: it does not. */
  readonly waiting: string | null;
}

interface Watch {
  /** Asks to stop after the call that is under way. */
  readonly signal: AbortSignal;
  readonly onProgress: (progress: Progress) => void;
}

const TRIES = 20;
const MAX_PAUSE_MS = 10_000;

/**
 * Sends all that was read, one call after the other. What is not sent, because it was stopped, is `not_sent`. A call
 * whose answer was lost is sent again with its Idempotency-Key, and takes effect once.
 */
export async function sendAll(
  reader: Pick<ImportReader, 'batch'>,
  batches: number,
  sending: Sending,
  { signal, onProgress }: Watch,
): Promise<Result[]> {
  const results: Result[] = [];
  const show = (waiting: string | null) => onProgress({ sent: results.length, waiting });
  show(null);
  for (let index = 0; index < batches; index++) {
    const batch = await reader.batch(index);
    const answers = signal.aborted ? null : await sendOne(batch, sending, signal, show);
    for (const [at, { place, clientId }] of batch.entries()) {
      const answer = answers?.[at];
      results.push(answer === undefined ? { place, clientId, result: 'not_sent' } : { place, ...answer });
    }
    show(null);
  }
  return results;
}

/** null: it was stopped before the server answered. */
async function sendOne(
  batch: Batch,
  sending: Sending,
  signal: AbortSignal,
  show: (waiting: string | null) => void,
): Promise<readonly Answer[] | null> {
  const body: Body = { ...sending, records: batch.map(({ fields }) => fields as Body['records'][number]) };
  const params = { header: { 'Idempotency-Key': newKey() } };
  for (let tries = 1; ; tries++) {
    try {
      const { results } = await ask(api.POST('/api/totp/import', { body, params }));
      return results;
    } catch (error) {
      if (tries === TRIES || !mayBeTriedAgain(error)) throw error;
      show((error as Error).message);
      const wait = error instanceof Problem ? (error.retryAfter ?? 1) * 1_000 : 500 * tries;
      await pause(Math.min(wait, MAX_PAUSE_MS), signal);
      if (signal.aborted) return null;
    }
  }
}

/** The server is busy, or cannot be reached. */
function mayBeTriedAgain(error: unknown): boolean {
  return error instanceof Problem ? [409, 429, 503].includes(error.status) : isUnreachable(error);
}

function pause(ms: number, signal: AbortSignal): Promise<void> {
  return new Promise((resolve) => {
    const timer = setTimeout(resolve, ms);
    const stop = () => {
      clearTimeout(timer);
      resolve();
    };
    signal.addEventListener('abort', stop, { once: true });
  });
}

function newKey(): string {
  return [...crypto.getRandomValues(new Uint8Array(16))]
    .map((byte) => byte.toString(16).padStart(2, '0'))
    .join('');
}
