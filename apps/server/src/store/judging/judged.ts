import { Fault } from '../../domain/errors.ts';
import { AlreadyAnswered } from '../../domain/idempotency/idempotency.ts';
import type { Verdict } from '../../domain/verdicts/decide.ts';

/** What an attempt came to. A fault is its caller's alone. */
export type Judged = Verdict | Fault | AlreadyAnswered;

/** Whether the caller gets it as a verdict; the rest is thrown. */
export function isVerdict(judged: Judged): judged is Verdict {
  return !(judged instanceof Fault || judged instanceof AlreadyAnswered);
}

/** What a trace says of it. */
export function wordFor(judged: Judged): string {
  if (judged instanceof Fault) return judged.code;
  if (judged instanceof AlreadyAnswered) return 'answered before';
  return judged.valid ? 'valid' : judged.reason;
}
