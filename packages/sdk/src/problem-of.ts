import { Problem, type ProblemDocument } from './errors.ts';
import { PROBLEM_CLASSES } from './problems.ts';

type ProblemClass = new (document: ProblemDocument, retryAfterSeconds: number | null) => Problem;

const CLASSES: Readonly<Record<string, ProblemClass | undefined>> = PROBLEM_CLASSES;

/** The error of this document, of the class of its code. */
export function problemOf(document: ProblemDocument, retryAfterSeconds: number | null): Problem {
  const Class = Object.hasOwn(CLASSES, document.code) ? CLASSES[document.code] : undefined;
  return new (Class ?? Problem)(document, retryAfterSeconds);
}
