import { Fault } from '../../domain/errors.ts';
import { terminalText } from './terminal-text.ts';

/** An error for the operator: what was wrong, not where in the code. */
export function tellError(error: unknown): string {
  return terminalText(messageOf(error));
}

/** The sentence of an error, for a text that says more. */
export function messageOf(error: unknown): string {
  if (!(error instanceof Error)) return String(error);
  if (!(error instanceof Fault)) return error.message;
  // What lies beneath is kept from callers of the API; here the operator reads.
  return error.cause instanceof Error ? `${error.detail} (${error.cause.message})` : error.detail;
}
