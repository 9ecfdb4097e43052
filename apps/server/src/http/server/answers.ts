import { STATUS_CODES } from 'node:http';
import { type TSchema, Type } from 'typebox';
import { ProblemView } from '../routes/schemas.ts';

/** Registered once with the app, so that every error answer refers to one description. */
export const PROBLEM_SCHEMA = { ...ProblemView, $id: 'Problem' };

/** The error statuses that a route can answer with. */
export type ErrorStatus = 400 | 401 | 403 | 404 | 409 | 413 | 415 | 429 | 500 | 503 | 507;

/**
 * A route's answers: its own by status, and the problem document for each error status it can have. Any route refuses
 * what it does not take (400). Where a bearer is needed (401), its account may be over `KANDA_RATE_LIMIT` (429); what
 * was not foreseen (500) any route may answer.
 * `otherTypes` names further media types in which the first answer can come.
 */
export function answers<T extends Record<number, TSchema>>(
  own: T,
  errors: readonly ErrorStatus[],
  otherTypes: readonly string[] = [],
) {
  const documented: Partial<Record<number | 'default', unknown>> = {};
  for (const [status, schema] of Object.entries(own)) {
    if (otherTypes.length === 0) {
      documented[Number(status)] = schema;
      continue;
    }
    const content: Record<string, unknown> = { 'application/json': { schema } };
    for (const type of otherTypes) content[type] = { schema: Type.String() };
    documented[Number(status)] = { description: 'Default Response', content };
  }
  const limited: readonly ErrorStatus[] = errors.includes(401) ? [429] : [];
  for (const status of [400, ...errors, ...limited]) documented[status] = problem(STATUS_CODES[status]);
  documented.default = problem('Any other error');
  return documented as T;
}

/** A problem document as an answer. */
export function problem(description: string | undefined) {
  return {
    description,
    content: { 'application/problem+json': { schema: { $ref: `${PROBLEM_SCHEMA.$id}#` } } },
  };
}
