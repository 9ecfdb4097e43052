import { writeFileSync } from 'node:fs';

/**
 * Leaves the memory of this process, and of those that it starts, out of core dumps (Linux, core(5)): it holds the
 * master key and opened secrets, and a dump is a file that others may read. Where the system has no such switch,
 * nothing happens.
 */
export function keepMemoryOutOfCoreDumps(): void {
  try {
    writeFileSync('/proc/self/coredump_filter', '0');
  } catch {
    // Not Linux, or a kernel without core dumps.
  }
}
