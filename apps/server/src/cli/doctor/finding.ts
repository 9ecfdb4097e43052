/** What one check found. */
export interface Finding {
  /** What was looked at, in a word or two. */
  readonly check: string;
  /** `fine`; `look`: works, or cannot be known, but somebody should look; `mend`: does not work, or is not safe. */
  readonly level: 'fine' | 'look' | 'mend';
  readonly found: string;
  /** What to do about it. */
  readonly remedy?: string;
}

export function fine(check: string, found: string): Finding {
  return { check, level: 'fine', found };
}

export function look(check: string, found: string, remedy: string): Finding {
  return { check, level: 'look', found, remedy };
}

export function mend(check: string, found: string, remedy: string): Finding {
  return { check, level: 'mend', found, remedy };
}
