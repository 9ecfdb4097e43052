/** Whether what was read is what the log adds up to: not older than what was answered before, and not lost afterwards. */
import { Broken } from './broken.ts';
import type { Call, History, SeenClient } from './history.ts';
import { isRead } from './schedule.ts';

/** What each client was after each event that changed it, oldest first. */
export class Timelines {
  readonly #byClient = new Map<string, { readonly from: number; readonly state: string }[]>();

  /** The client is this from the event with the number `from` on; null: it is not enrolled. */
  note(clientId: string, from: number, client: SeenClient | null): void {
    const timeline = this.#byClient.get(clientId) ?? [];
    timeline.push({ from, state: textOf(client) });
    this.#byClient.set(clientId, timeline);
  }

  /** The numbers of events after which it was this: pairs of the first and the last. */
  spansOf(clientId: string, client: SeenClient | null): [first: number, last: number][] {
    const timeline = [{ from: 0, state: textOf(null) }, ...(this.#byClient.get(clientId) ?? [])];
    return timeline.flatMap(({ from, state }, index): [number, number][] =>
      state === textOf(client) ? [[from, (timeline[index + 1]?.from ?? Number.POSITIVE_INFINITY) - 1]] : [],
    );
  }
}

function textOf(client: SeenClient | null): string {
  if (client === null) return 'null';
  const { confirmed, disabled, failures, delayedUntil, locked, recentFailures } = client;
  return JSON.stringify([confirmed, disabled, failures, delayedUntil, locked, recentFailures]);
}

/** @param placeOf where in the log the event of a call is */
export function checkReads(
  { calls, backups, ending }: History,
  placeOf: (call: Call) => number | undefined,
  timelines: Timelines,
): void {
  const since = backups.at(-1)?.restored ?? 0;
  const own = calls.filter(({ begun }) => begun > since);
  for (const read of own.filter(({ ask }) => isRead(ask))) {
    const { outcome } = read;
    if (outcome?.kind !== 'client' && outcome?.kind !== 'lines') continue;
    // What was answered, or shown to someone, before this read began.
    const known = own.filter(({ ended }) => ended < read.begun).map((call) => shownBy(call, placeOf));
    const floor = Math.max(0, ...known);
    if (outcome.kind === 'lines') {
      for (const [index, line] of outcome.lines.entries()) {
        if (line.id !== read.after + 1 + index) {
          throw new Broken(
            'a collector gets every event',
            `${line.id} after ${read.after + index}: ${read.id}`,
          );
        }
        const kept = ending.log[line.id - 1];
        if (JSON.stringify(kept) === JSON.stringify(line)) continue;
        const is = JSON.stringify(kept ?? null);
        throw new Broken(
          'what was read is not lost',
          `${read.id} showed ${JSON.stringify(line)}, now it is ${is}`,
        );
      }
      if (outcome.reached < floor) throw stale(read, floor);
      continue;
    }
    const spans = timelines.spansOf(read.clientId, outcome.client);
    if (spans.some(([, last]) => last >= floor)) continue;
    if (spans.length > 0) throw stale(read, floor);
    throw new Broken('what was read is not lost', `${read.id} showed ${JSON.stringify(outcome.client)}`);
  }
}

/** The newest event that the caller of this can know of. */
function shownBy(call: Call, placeOf: (call: Call) => number | undefined): number {
  const { outcome } = call;
  if (outcome?.kind === 'lines') return outcome.reached;
  const decided = [
    'verdict',
    'confirmation',
    'resync',
    'recovery',
    'finding',
    'device',
    'done',
    'refused',
  ].includes(outcome?.kind ?? '');
  return decided ? (placeOf(call) ?? 0) : 0;
}

function stale(read: Call, floor: number): Broken {
  return new Broken(
    'a read shows what was answered before it',
    `${read.id} (${JSON.stringify(read.outcome)}) does not show event ${floor}`,
  );
}
