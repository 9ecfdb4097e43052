/**
 * How long tests wait at most, in one place. A wait ends as soon as what it is for has come, so a long limit costs
 * nothing on a machine at rest; these bear one that is ten times slower. How long a whole test may take is its project's
 * number in `vitest.config.ts`, and a test has a limit of its own only where it needs more
 * (`test/repo/projects.test.ts`).
 */

/** What comes within a second or two of a machine at rest; also what `expect.poll` has. For `vi.waitFor`. */
export const SOON = { timeout: 60_000, interval: 50 } as const;

/** A server of any kind, from its start until it listens. */
export const STARTS_WITHIN_MS = 60_000;

/** A program that ends by itself within seconds. Less than a test may take, so that the failure names the program. */
export const ENDS_WITHIN_MS = 150_000;
