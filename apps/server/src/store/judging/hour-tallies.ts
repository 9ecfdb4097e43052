import type { NewEvent } from '../../domain/log/events.ts';
import { HOUR_MS } from '../../domain/time.ts';

/** How an event counts in the hour's activity. */
export interface Tally {
  readonly accepted: number;
  readonly refused: number;
  readonly locked: number;
}

/** What one event adds to its hour; only verdicts count. */
function tallyOf(event: Pick<NewEvent, 'event' | 'outcome' | 'reason'>): Tally {
  if (event.event === 'client.locked') return { accepted: 0, refused: 0, locked: 1 };
  if (event.event !== 'totp.validated') return { accepted: 0, refused: 0, locked: 0 };
  return event.outcome === 'success'
    ? { accepted: 1, refused: 0, locked: 0 }
    : { accepted: 0, refused: 1, locked: 0 };
}

/** What events of one account add to one hour. */
export interface HourTally {
  /** Hours since the epoch. */
  readonly hour: number;
  readonly firstEvent: number;
  lastEvent: number;
  accepted: number;
  refused: number;
  locked: number;
}

/** What a batch adds to the activity of one account, hour by hour. */
export class HourTallies {
  readonly #hours = new Map<number, HourTally>();

  /** @param id the event's number; greater than those before */
  add(event: NewEvent, id: number): void {
    const hour = Math.floor(event.at / HOUR_MS);
    let tally = this.#hours.get(hour);
    if (tally === undefined) {
      tally = { hour, firstEvent: id, lastEvent: id, accepted: 0, refused: 0, locked: 0 };
      this.#hours.set(hour, tally);
    }
    const { accepted, refused, locked } = tallyOf(event);
    tally.lastEvent = id;
    tally.accepted += accepted;
    tally.refused += refused;
    tally.locked += locked;
  }

  get isEmpty(): boolean {
    return this.#hours.size === 0;
  }

  values(): Iterable<HourTally> {
    return this.#hours.values();
  }
}
