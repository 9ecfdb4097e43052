import { isOfPrepared } from './exchange.ts';

/** What is wrong is what was sent, or a row that it touched, and not the database. */
export function isRequestFault(error: unknown): boolean {
  return /^(21|22|23|42|54|XX)/.test(codeOf(error));
}

/** Another session has held a row or a table for longer than the wait (`lock_not_available`). */
export function isLockTimeout(error: unknown): boolean {
  return codeOf(error) === '55P03';
}

/** A deadlock or a serialization failure, or a plan that is no more: the database has undone the transaction as a whole. */
export function isUndone(error: unknown): boolean {
  return isOfPrepared(error) || /^(40001|40P01)$/.test(codeOf(error));
}

function codeOf(error: unknown): string {
  return (error as { code?: string } | null | undefined)?.code ?? '';
}
