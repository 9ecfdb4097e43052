import { InvalidArgument } from './errors.ts';

/**
 * Whether a verdict of `validate` lets the user in: only when its `valid` is `true` itself. Anything else, such as an
 * error, `"true"` or nothing at all, is no.
 * Throws InvalidArgument for a promise: `isValid(kanda.validate(…))` lacks an `await`.
 */
export function isValid<V>(verdict: V): verdict is V & { readonly valid: true } {
  if (typeof verdict !== 'object' || verdict === null) return false;
  if (typeof (verdict as { then?: unknown }).then === 'function') {
    throw new InvalidArgument('isValid() was given a promise: await the verdict first.');
  }
  return Object.hasOwn(verdict, 'valid') && (verdict as { valid?: unknown }).valid === true;
}
