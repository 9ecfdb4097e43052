/** Every order in which a few calls can be carried out by the model store, not only some of them. */
import type { Violation } from './check.ts';
import type { Guard } from './guards.ts';
import { ModelStore } from './model-store.ts';
import { runSchedule } from './run-schedule.ts';
import type { Action, FaultKind, Schedule } from './schedule.ts';

/** More steps than two nodes take to serve what is explored. */
const MAX_STEPS = 24;
/** A step that is to go every way in turn. */
const EXPLORED = -1;

export interface Explored {
  readonly runs: number;
  readonly violation: Violation | null;
}

/**
 * Runs `calls` after `before` in every order of the nodes' steps, uninterrupted and with a power cut after each number
 * of steps; what the cut leaves of unsynced commits is everything that it can leave.
 *
 * @param fault in force during the calls; null: none
 */
export async function explore(
  schedule: Omit<Schedule, 'seed' | 'actions'>,
  before: readonly Action[],
  calls: readonly Action[],
  fault: FaultKind | null,
  without: Guard | null = null,
): Promise<Explored> {
  let runs = 0;
  const start: Action[] = [...before, { do: 'settle' }];
  if (fault !== null) start.push({ do: 'fault', kind: fault, steps: MAX_STEPS });
  start.push(...calls);
  for (let steps = 0; steps <= MAX_STEPS; steps++) {
    const ends: Action[][] = [
      [{ do: 'settle' }],
      ...[0, 1, 2].map((luck): Action[] => [{ do: 'power cut', luck }]),
    ];
    let longest = 0;
    for (const end of ends) {
      const orders = new Orders();
      do {
        const path = Array.from({ length: steps }, (): Action => ({ do: 'step', pick: EXPLORED }));
        const whole = { ...schedule, seed: 0, actions: [...start, ...path, ...end] };
        orders.begin();
        const { violation } = await runSchedule(
          whole,
          (made, clock) => new OrderedStore(made, clock, without, orders),
        );
        runs += 1;
        longest = Math.max(longest, orders.length);
        if (violation !== null) return { runs, violation };
      } while (orders.next());
    }
    // Nothing was left to do before the last step, in whatever order.
    if (longest < steps) break;
  }
  return { runs, violation: null };
}

/** Counts through all sequences of choices: like an odometer whose wheels have as many figures as there are choices. */
class Orders {
  #wheels: { figure: number; figures: number }[] = [];
  #place = 0;

  get length(): number {
    return this.#wheels.length;
  }

  begin(): void {
    this.#place = 0;
  }

  /** The choice at the next place, among this number of options. */
  choose(figures: number): number {
    if (figures === 0) return 0;
    const wheel = this.#wheels[this.#place] ?? { figure: 0, figures };
    this.#wheels[this.#place++] = wheel;
    return wheel.figure;
  }

  /** Goes on to the next sequence; false after the last. */
  next(): boolean {
    for (let wheel = this.#wheels.pop(); wheel !== undefined; wheel = this.#wheels.pop()) {
      if (wheel.figure + 1 < wheel.figures) {
        this.#wheels.push({ ...wheel, figure: wheel.figure + 1 });
        return true;
      }
    }
    return false;
  }
}

/** A model store whose steps, from the calls on, are chosen by `orders`. */
class OrderedStore extends ModelStore {
  readonly #orders: Orders;

  constructor(schedule: Schedule, clock: () => number, without: Guard | null, orders: Orders) {
    super(schedule, clock, without);
    this.#orders = orders;
  }

  override step(pick: number): void {
    super.step(pick === EXPLORED ? this.#orders.choose(this.choices) : pick);
  }
}
