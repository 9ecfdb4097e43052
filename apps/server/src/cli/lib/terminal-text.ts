import { printable } from '../../domain/log/events.ts';

/**
 * Text that holds something of others (a file, a store, a server) as a terminal may show it: what would move the cursor,
 * colour or reorder what is printed is written as `\u001b`. Line breaks stay.
 */
export function terminalText(text: string): string {
  return text
    .split('\n')
    .map((line) => printable(line, line.length))
    .join('\n');
}
