/** Clocks of nodes that differ: who sets them how, and what a node must not do while its own is far off. */
import type { Random } from '../support/random.ts';
import { type Entry, isAcknowledged } from './ledger.ts';

/** From some moment on the clock of a node is so much ahead of the machine's; negative: behind. */
export interface ClockMove {
  readonly node: number;
  /** Milliseconds of the monotonic clock. */
  readonly at: number;
  readonly seconds: number;
}

/** Within what Kanda allows, and may be warned of. */
const NEAR: readonly number[] = [-12, -6, -1.5, 0, 1.5, 6, 12];
/** Beyond it: such a node judges nothing, and leaves its callers to the other one. */
const FAR: readonly number[] = [-3_600, -45, -20, 20, 45, 3_600];
/** By more than this a node may not judge: 15 s, and what a slow answer of the database explains. */
const JUDGES_NOTHING_ABOVE_SECONDS = 17;
/** The file of a clock is read once a second, and a difference is noticed with the next batch. */
const NOTICED_AFTER_MS = 3_000;

/** Clocks for two nodes: one is near the right time, so that there is service; the other may be anywhere. */
export function skewedClocks(random: Random): readonly number[] {
  const near = random.pick(NEAR);
  const other = random.pick(random.below(3) === 0 ? NEAR : FAR);
  return random.below(2) === 0 ? [other, near] : [near, other];
}

/** One sentence for each verdict of a node whose clock had long been too far off. */
export function judgedOutOfStep(entries: readonly Entry[], moves: readonly ClockMove[]): string[] {
  const spans = moves.flatMap((move, index) => {
    if (Math.abs(move.seconds) <= JUDGES_NOTHING_ABOVE_SECONDS) return [];
    const next = moves.slice(index + 1).find(({ node }) => node === move.node);
    return [{ ...move, from: move.at + NOTICED_AFTER_MS, to: next?.at ?? Number.POSITIVE_INFINITY }];
  });
  return entries.flatMap((entry) => {
    if (entry.ask === 'enrol' || !isAcknowledged(entry) || entry.answer.status !== 200) return [];
    const span = spans.find(
      ({ node, from, to }) => node === entry.node && entry.begun > from && entry.answer.ended < to,
    );
    if (span === undefined) return [];
    return [
      `${entry.id} (${entry.ask} ${entry.clientId}) was judged by node ${entry.node + 1}, whose clock was off by ${span.seconds} s`,
    ];
  });
}
