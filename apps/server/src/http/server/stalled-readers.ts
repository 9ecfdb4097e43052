import type { ServerResponse } from 'node:http';

/** Node gives as much again when something was still under way at the first look: 15 to 30 s in all. */
const STALLED_AFTER_MS = 15_000;

/**
 * Lets go of a caller who asks for a long answer and then does not take it: what is ready for him would be held for
 * as long as he likes. Ordinary answers are small enough to be out of hand at once, and need none of this.
 */
export function endWhenStalled(response: ServerResponse): void {
  response.setTimeout(STALLED_AFTER_MS, () => {
    // Silence may be ours too: a filter can walk through much of a log before it finds something to send.
    if (response.writableNeedDrain) response.destroy();
  });
}
