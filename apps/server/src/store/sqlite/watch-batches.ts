import type { StoreFigures } from '../../domain/observation/store-figures.ts';
import type { Attempt } from '../../domain/verdicts/ports.ts';
import { type Judged, wordFor } from '../judging/judged.ts';
import type { Judge } from './judge.ts';

export interface BatchWatch {
  /** The judge's own, timed when there is a follower. */
  judge(attempt: Attempt): Judged;
  /** For the group commit to call when a batch has ended. */
  onEnd(size: number, durable: boolean, begunAt: number): void;
}

/** Notes each batch in `figures` and, only while there is a follower, which requests were judged in it and when. */
export function watchBatches(judge: Judge, figures: StoreFigures): BatchWatch {
  let requestIds: string[] = [];
  return {
    judge(attempt) {
      const { follower } = figures;
      const { requestId } = attempt.origin;
      if (follower === null || requestId === null) return judge.judge(attempt);
      const begunAt = performance.now();
      const result = judge.judge(attempt);
      requestIds.push(requestId);
      follower.attemptJudged({ requestId, begunAt, endedAt: performance.now(), verdict: wordFor(result) });
      return result;
    },
    onEnd(size, durable, begunAt) {
      figures.note({ size, durable, begunAt, endedAt: performance.now(), requestIds }, judge.takeTally());
      if (requestIds.length > 0) requestIds = [];
    },
  };
}
