/** What the model store makes of a request that may have been sent before. */
import { keptMs } from './check-again.ts';
import type { Outcome } from './history.ts';
import { carryOut } from './model-requests.ts';
import type { Work } from './model-work.ts';

/** Carries it out unless that was done, and keeps what it came to in the same commit. */
export function carryOutOnce(work: Work): Outcome {
  const { request, visible, draft, now, has } = work;
  const { key, ask, at } = request;
  if (key === '') return carryOut(work);
  const time = ask === 'validate' ? now : at;
  const kept = draft.answers.get(key) ?? visible.answers.get(key);
  if (kept !== undefined && kept.expires > time && has['kept-answers']) {
    return { kind: 'again', outcome: kept.outcome };
  }
  const outcome = carryOut(work);
  const answer = { outcome, expires: time + keptMs(ask) };
  if (has['answer-in-commit']) draft.answers.set(key, answer);
  else draft.later.push((next) => void next.answers.set(key, answer));
  return outcome;
}
