/** What the commands that bring a store back share: the clock that they rely on, and what they leave to the operator. */
import { DAY_MS } from '../../domain/time.ts';
import { HIGHEST_ACCEPTED } from '../../domain/verdicts/methods/totp.ts';
import { formatCount, formatSpan, formatTime } from '../lib/format.ts';

/** A clock may differ a little between the machine of the backup and this one. */
const CLOCK_TOLERANCE_MS = 5_000;

/** A backup that is older is restored so seldom that its age is worth a word: more likely the clock is ahead. */
const MAX_AGE_MS = 7 * DAY_MS;

/**
 * What is wrong with this machine's clock, by which the codes to burn are reckoned; null: nothing. Behind the backup's
 * newest event it is surely wrong, and once it is set right, codes would be accepted that were used before.
 */
export function clockFault(newestEventAt: number | null, now: number): string | null {
  if (newestEventAt === null) return null;
  if (now > newestEventAt + MAX_AGE_MS)
    return `this machine's clock (${formatTime(now)}) is ${formatSpan(now - newestEventAt)} after its newest event (${formatTime(newestEventAt)}); if it is ahead, every user is shut out for as long`;
  if (now >= newestEventAt - CLOCK_TOLERANCE_MS) return null;
  return `this machine's clock (${formatTime(now)}) is behind its newest event (${formatTime(newestEventAt)})`;
}

/** What a store is after a restore. */
export interface Restored {
  /** How many authenticators had codes burnt. */
  readonly raised: number;
  /** How many were ahead of the clock before. */
  readonly clocksAhead: number;
  /** How many recovery codes of users are unused. */
  readonly recoveryCodes: number;
}

export function whatToLookAfter(
  { raised, clocksAhead: ahead, recoveryCodes }: Restored,
  now: number,
): string {
  const before =
    ahead === 0
      ? ''
      : `
  - ${formatCount(ahead, 'authenticator')} of the backup ${ahead === 1 ? 'refuses' : 'refuse'} every code, as the clock was ahead when one was accepted.
    Unlock them with {"resetClock": true}.`;
  const recovery =
    recoveryCodes === 0
      ? ''
      : `
  - ${formatCount(recoveryCodes, 'recovery code')} of users are unused again as at the backup: one that was used since is good
    once more. Make new ones for the users whose client.recovery_code_used your copy of the log shows.`;
  return `
What happened after the backup is gone, so look after these:
  - No code that was shown until now is accepted, used or not, nor any of the next ${HIGHEST_ACCEPTED} periods (${formatCount(raised, 'authenticator')} raised).
    Users sign in with a later one, in eight minutes for most.
  - That was reckoned by this machine's clock, ${formatTime(now)}. If it is ahead, users are shut out for as long:
    set it, and restore again.${before}${recovery}
  - Rotated secrets are the old ones again, deleted users are back, new ones are missing: enrol them anew.
  - API keys revoked since then work again: revoke them. Passwords changed since then are the old ones.
  - A key for receipts revoked since then signs again: kanda keys rotate --signing --revoke.
  - Accounts disabled or deleted since then are active again, and addresses are the old ones.
  - Webhooks changed or deleted since then are as they were, with the secrets of then.
  - If the server that the backup is of goes on, start this one with KANDA_WEBHOOKS=off: it would send to the same
    receivers, with valid signatures.
  - Failures and locks since then are forgotten. Each log goes on where the backup ended, with a store.restored.
Start the server with: kanda serve`;
}
