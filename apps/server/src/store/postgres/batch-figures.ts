import type { BatchTally } from '../../domain/observation/batch-tally.ts';
import type { StoreFigures } from '../../domain/observation/store-figures.ts';
import type { Attempt } from '../../domain/verdicts/ports.ts';
import { type Judged, wordFor } from '../judging/judged.ts';

/** Notes a batch of attempts, or of other work, that ends now. */
export function noteBatch(
  figures: StoreFigures,
  batch: readonly (Attempt | object)[],
  durable: boolean,
  begunAt: number,
  tally: BatchTally | null = null,
): void {
  const requestIds = figures.follower === null ? [] : batch.flatMap(requestIdOf);
  const endedAt = performance.now();
  figures.note({ size: batch.length, durable, begunAt, endedAt, requestIds }, tally);
}

/** Tells a follower, if there is one, what each attempt came to; null: it was not judged. */
export function tellFollower(
  { follower }: StoreFigures,
  attempts: readonly Attempt[],
  judged: readonly (Judged | null)[],
  begunAt: number,
): void {
  if (follower === null) return;
  const endedAt = performance.now();
  for (const [index, attempt] of attempts.entries()) {
    const outcome = judged[index];
    const { requestId } = attempt.origin;
    if (requestId === null || outcome == null) continue;
    follower.attemptJudged({ requestId, begunAt, endedAt, verdict: wordFor(outcome) });
  }
}

function requestIdOf(item: Attempt | object): readonly string[] {
  const requestId = 'origin' in item ? item.origin.requestId : null;
  return requestId === null ? [] : [requestId];
}
