/** What the commands that bring a store back share: the clock that they rely on, and what they leave to the operator. */
import { formatCount, formatTime } from '../lib/format.ts';

/** A clock may differ a little between the machine of the backup and this one. */
const CLOCK_TOLERANCE_MS = 5_000;

/**
 * What is wrong with this machine's clock, by which the codes to burn are reckoned; null: nothing. Behind the backup's
 * newest event it is surely wrong, and once it is set right, codes would be accepted that were used before.
 */
export function clockFault(newestEventAt: number | null, now: number): string | null {
  if (newestEventAt === null || now >= newestEventAt - CLOCK_TOLERANCE_MS) return null;
  return `this machine's clock (${formatTime(now)}) is behind its newest event (${formatTime(newestEventAt)})`;
}

/** `raised`: how many authenticators had codes burnt. */
export function whatToLookAfter(raised: number): string {
  return `
What happened after the backup is gone, so look after these:
  - No code that was shown until now is accepted, used or not (${formatCount(raised, 'authenticator')} raised). Users sign
    in with a code that comes after it: within three periods, a minute and a half for most.
  - Rotated secrets are the old ones again, deleted clients are back, new ones are missing: enrol them anew.
  - API keys revoked since then work again: revoke them. Passwords changed since then are the old ones.
  - Failures and locks since then are forgotten. Each log goes on where the backup ended, with a store.restored.
Start the server with: kanda serve`;
}
