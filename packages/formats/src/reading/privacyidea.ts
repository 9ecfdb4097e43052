import { textOf, wholeNumber } from './values.ts';

/**
 * What privacyIDEA keeps of a TOTP token. Its counter is the last step that was used (0: none), and `timeShift`
 * counts seconds, with a fraction, where other programs count steps.
 */
export function privacyIdeaState(period: number, counter: unknown, timeShift: unknown) {
  const last = wholeNumber(counter, 'counter', { min: 0, max: Number.MAX_SAFE_INTEGER, absent: 0 });
  const shift = Number(textOf(timeShift) || '0');
  const driftSteps = Number.isFinite(shift) ? Math.round(shift / period) : 0;
  return {
    lastUsedStep: last === 0 ? undefined : last,
    driftSteps: driftSteps === 0 ? undefined : driftSteps,
  };
}
