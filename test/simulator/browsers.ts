/** Trusted browsers: by what names stores know them, and which tokens they hold. */
import { createHash } from 'node:crypto';
import type { Call } from './history.ts';

/** The id of the browser that a call has trusted: of one length, so that they sort as they were made. */
export function browserOf(call: string): string {
  return `device${(call.split('-')[1] ?? '').padStart(10, '0')}`;
}

/** By what a store knows a browser's secret. */
export function macOfBrowser(name: string): Buffer {
  return createHash('sha256').update(name).digest();
}

/** The newest token that a browser was given, as far as it was answered: how often it had been replaced. */
export function newestToken(name: string, calls: readonly Call[]): number {
  const used = calls.filter(
    ({ ask, target, outcome }) =>
      ask === 'use device' && target === name && outcome?.kind === 'device' && outcome.device.valid,
  );
  return Math.max(0, ...used.map(({ uses }) => uses + 1));
}
