/** What people do in a schedule: the pieces that passages are made of. */
import type { Random } from '../support/random.ts';
import { type Action, type CodeAsk, type CodeChoice, NODES, type PlainAsk } from './schedule.ts';

/** One attempt, or a few at once with the same code or with different ones, at any of the nodes. */
export function attempts(random: Random, client: number, ask: CodeAsk = 'validate'): Action[] {
  const count = random.weighted([
    [6, 1],
    [3, 2],
    [2, 4],
    [1, 7],
  ]);
  const same = random.below(2) === 0 ? chooseCode(random) : null;
  return Array.from({ length: count }, () =>
    attempt(random.below(NODES), client, same ?? chooseCode(random), ask),
  );
}

export function attempt(node: number, client: number, code: CodeChoice, ask: CodeAsk = 'validate'): Action {
  return { do: 'call', node, client, ask, code };
}

export function chooseCode(random: Random): CodeChoice {
  const from = random.weighted<CodeChoice['from']>([
    [11, 'phone'],
    [3, 'memory'],
    [5, 'guess'],
  ]);
  if (from === 'memory') return { from, back: random.below(6) };
  if (from === 'guess') return { from, number: random.below(1_000_000) };
  return {
    from,
    offset: random.pick([0, 0, 0, 0, 1, 1, -1, -1, 2, -2, 3]),
    older: random.pick([0, 0, 0, 0, 1, 2]),
  };
}

export function call(random: Random, client: number, ask: PlainAsk) {
  return { do: 'call', node: random.below(NODES), client, ask } as const;
}

export function steps(random: Random, most: number): Action[] {
  return Array.from({ length: 1 + random.below(most) }, () => ({ do: 'step', pick: random.below(16) }));
}
