/**
 * Whether a history is linearizable: whether each operation can be taken to have happened at one moment between its
 * call and its answer, so that together they are what a sequential model allows. The search is that of Wing and Gong
 * ("Testing and Verifying Concurrent Objects", 1993) with Lowe's memory of what was tried ("Testing for
 * linearizability", 2017), as in Porcupine and Knossos.
 */

/** Something that was asked, and maybe answered. */
export interface Operation {
  /** When it was asked, by the clock of the one who recorded the history. */
  readonly begun: number;
  /**
   * When the answer was there. `Infinity`: what came of it is not known (no answer, or one that leaves it open). It may
   * have happened at any moment since, or never.
   */
  readonly ended: number;
}

export interface Model<State, Op extends Operation> {
  readonly initial: State;
  /**
   * The states in which this operation may leave the model: none when its answer is impossible in `state`, several when
   * the answer does not say what happened.
   */
  next(state: State, operation: Op): readonly State[];
  /** The same text for states that are the same. */
  keyOf(state: State): string;
}

/**
 * null when the history is linearizable. Else the most operations that can be put in an order, in that order; the
 * operation that is wrong is among those that could have come next.
 */
export function nonLinearizable<State, Op extends Operation>(
  { initial, next, keyOf }: Model<State, Op>,
  history: readonly Op[],
): readonly Op[] | null {
  const operations = history.toSorted((a, b) => a.begun - b.begun);
  const done = new Set<number>();
  const order: Op[] = [];
  const tried = new Set<string>();
  let longest: readonly Op[] = [];

  function search(state: State): boolean {
    const candidates = candidatesAmong(operations, done);
    if (candidates === null) return true;
    if (order.length > longest.length) longest = [...order];
    for (const index of candidates) {
      const operation = operations[index] as Op;
      for (const after of next(state, operation)) {
        done.add(index);
        const key = `${[...done].sort((a, b) => a - b).join()} ${keyOf(after)}`;
        if (!tried.has(key)) {
          tried.add(key);
          order.push(operation);
          if (search(after)) return true;
          order.pop();
        }
        done.delete(index);
      }
    }
    return false;
  }

  return search(initial) ? null : longest;
}

/**
 * What may have happened next: all that was asked before anything else that is left was answered. null: nothing is left
 * that must have happened.
 */
function candidatesAmong(operations: readonly Operation[], done: ReadonlySet<number>): number[] | null {
  const left = [...operations.keys()].filter((index) => !done.has(index));
  const firstAnswer = Math.min(...left.map((index) => operations[index]?.ended ?? 0));
  if (firstAnswer === Number.POSITIVE_INFINITY) return null;
  return left.filter((index) => (operations[index]?.begun ?? 0) <= firstAnswer);
}
