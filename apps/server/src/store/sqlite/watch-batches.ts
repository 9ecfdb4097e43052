import { Fault } from '../../domain/errors.ts';
import type { StoreFigures } from '../../domain/observation/store-figures.ts';
import type { Verdict } from '../../domain/verdicts/decide.ts';
import type { Attempt } from '../../domain/verdicts/ports.ts';
import type { Judge } from './judge.ts';

export interface BatchWatch {
  /** The judge's own, timed when there is a follower. */
  judge(attempt: Attempt): Verdict | Fault;
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
      const verdict = result instanceof Fault ? result.code : result.valid ? 'valid' : result.reason;
      requestIds.push(requestId);
      follower.attemptJudged({ requestId, begunAt, endedAt: performance.now(), verdict });
      return result;
    },
    onEnd(size, durable, begunAt) {
      figures.note({ size, durable, begunAt, endedAt: performance.now(), requestIds }, judge.takeLockouts());
      if (requestIds.length > 0) requestIds = [];
    },
  };
}
