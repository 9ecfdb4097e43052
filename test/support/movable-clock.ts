/** A clock of one process that a test moves while it runs, by Debian's libfaketime. */
import { globSync, renameSync, writeFileSync } from 'node:fs';
import { findTool } from './test-tools.ts';

/** The library that moves the clock of a program with threads; null, after saying what is missing. */
export function findLibfaketime(): string | null {
  if (findTool('faketime') === null) return null;
  return globSync('/usr/lib/*/faketime/libfaketimeMT.so.1')[0] ?? null;
}

export class MovableClock {
  readonly #file: string;

  /** @param file of its own, which is written */
  constructor(file: string) {
    this.#file = file;
    this.move(0);
  }

  /** Variables for the process whose clock it is. */
  variables(libfaketime: string): Record<string, string> {
    return {
      LD_PRELOAD: libfaketime,
      FAKETIME_TIMESTAMP_FILE: this.#file,
      // Read again every second; timers go by the clock that no one sets.
      FAKETIME_CACHE_DURATION: '1',
      FAKETIME_DONT_FAKE_MONOTONIC: '1',
    };
  }

  /** Sets it ahead of the machine's clock by this many seconds, within a second; a negative number sets it behind. */
  move(seconds: number): void {
    // Replaced as a whole: half of a number would be a time too.
    writeFileSync(`${this.#file}.new`, `${seconds < 0 ? '' : '+'}${seconds}\n`);
    renameSync(`${this.#file}.new`, this.#file);
  }
}
