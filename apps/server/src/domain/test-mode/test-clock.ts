import { Fault } from '../errors.ts';
import { DAY_MS } from '../time.ts';

/** How far ahead of the server's clock that of a test half may be: no time in it has five digits in its year. */
export const MAX_OFFSET_MS = 100 * 365 * DAY_MS;

/** The clock of a test half would be too far ahead. `leftMs`: by how much it can still be set forward. */
export function testClockSpent(leftMs: number): Fault {
  return new Fault(
    'test_clock_spent',
    `The clock of a test half may be set forward by ${MAX_OFFSET_MS / 1000} seconds in all, and of these ` +
      `${Math.floor(leftMs / 1000)} are left. Nothing was changed. Run tests against a server of their own: kanda serve --test.`,
  );
}
