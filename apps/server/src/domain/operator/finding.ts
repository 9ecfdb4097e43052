/** What one check found. */
export interface Finding {
  /** What was looked at, in a word or two. */
  readonly check: string;
  /** `fine`; `look`: works, or cannot be known, and needs a look; `problem`: does not work, or is not safe. */
  readonly level: Level;
  readonly found: string;
  /** What to do about it. */
  readonly remedy?: string;
}

export const LEVELS = ['fine', 'look', 'problem'] as const;

export type Level = (typeof LEVELS)[number];

export function fine(check: string, found: string): Finding {
  return { check, level: 'fine', found };
}

export function look(check: string, found: string, remedy: string): Finding {
  return { check, level: 'look', found, remedy };
}

export function problem(check: string, found: string, remedy: string): Finding {
  return { check, level: 'problem', found, remedy };
}
