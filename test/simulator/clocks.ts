/** Passages about clocks that are off and counters that ran ahead: followed, found again, forgotten. */
import type { Random } from '../support/random.ts';
import { attempt, attempts, call, steps } from './gestures.ts';
import { type Action, type CodeChoice, NODES } from './schedule.ts';

const NOW = { from: 'phone', offset: 0, older: 0 } as const;
const SETTLE: Action = { do: 'settle' };
const STEP_MS = 30_000;

const PASSAGES = [
  [3, foundAgain],
  [2, usedCodes],
  [2, foundAtBothNodes],
  [3, walk],
  [1, misses],
  [3, putRight],
] as const;

export function clocksOf(random: Random, client: number): Action[] {
  return random.weighted(PASSAGES)(random, client);
}

function drift(random: Random, client: number): Action {
  return { do: 'drift', client, steps: random.pick([1, 2, 3, -1, -2, -4, 6, -7, 9, 12, -13, 21]) };
}

function resync(random: Random, client: number, offset: number, older = 0): Action {
  const code: CodeChoice = { ...NOW, offset };
  return { do: 'call', node: random.below(NODES), client, ask: 'resync', older, code };
}

function resetDrift(random: Random, client: number): Action {
  return { do: 'call', node: random.below(NODES), client, ask: 'reset drift', older: random.below(2) };
}

function validate(random: Random, client: number, offset = 0): Action {
  return attempt(random.below(NODES), client, { ...NOW, offset });
}

/** The clock goes wrong, is found again, and is perhaps put right. */
function foundAgain(random: Random, client: number): Action[] {
  return [
    drift(random, client),
    ...(random.below(2) === 0 ? [validate(random, client)] : []),
    resync(random, client, random.below(3) - 1, random.below(3) === 0 ? 1 : 0),
    SETTLE,
    ...attempts(random, client),
    { do: 'clock', byMs: STEP_MS * random.below(3) },
    validate(random, client, random.below(3) - 1),
    ...(random.below(2) === 0 ? [resetDrift(random, client)] : []),
    ...(random.below(2) === 0 ? [{ do: 'drift', client, steps: 0 } as const] : []),
    validate(random, client, random.below(2)),
    ...steps(random, 4),
  ];
}

/** Two codes in a row of which one was used, or both were. */
function usedCodes(random: Random, client: number): Action[] {
  return [
    validate(random, client),
    ...(random.below(2) === 0 ? [SETTLE] : []),
    resync(random, client, random.pick([-2, -1, -1, 0])),
    ...(random.below(2) === 0 ? [SETTLE] : []),
    resync(random, client, random.pick([-1, 0, 1])),
    validate(random, client, random.below(2)),
    ...steps(random, 4),
  ];
}

/** The same two codes at both nodes at once, and one of them as a login. */
function foundAtBothNodes(random: Random, client: number): Action[] {
  const { node } = call(random, client, 'look');
  const pair = { from: 'memory', back: 0 } as const;
  return [
    drift(random, client),
    resync(random, client, 0),
    ...Array.from({ length: NODES }, (_, each): Action => {
      return { do: 'call', node: each, client, ask: 'resync', older: 0, code: pair };
    }),
    attempt(node, client, { from: 'memory', back: random.below(2) }),
    ...steps(random, 8),
    ...(random.below(3) === 0 ? [{ do: 'kill', node } as const] : []),
    SETTLE,
    validate(random, client, 1),
  ];
}

/** A clock goes wrong little by little, so that each code is within reach of the one before. */
function walk(random: Random, client: number): Action[] {
  const direction = random.pick([1, -1]);
  const walked = Array.from({ length: 2 + random.below(4) }, (_, index): Action[] => [
    { do: 'drift', client, steps: direction * (index + 1) },
    { do: 'clock', byMs: STEP_MS * (1 + random.below(3)) },
    validate(random, client),
    ...(random.below(3) === 0 ? [validate(random, client, -1)] : []),
    SETTLE,
  ]);
  return [
    ...walked.flat(),
    ...(random.below(2) === 0 ? [{ do: 'drift', client, steps: 0 } as const] : []),
    validate(random, client, random.below(3) - 1),
  ];
}

/** Wrong guesses at a resynchronisation spend the client's one failure budget. */
function misses(random: Random, client: number): Action[] {
  const guesses = Array.from({ length: 2 + random.below(5) }, (): Action => {
    const code: CodeChoice = { from: 'guess', number: random.below(1_000_000) };
    return { do: 'call', node: random.below(NODES), client, ask: 'resync', older: 0, code };
  });
  return [...guesses, ...steps(random, 4), validate(random, client), resync(random, client, 1)];
}

/** The server's clock runs ahead, a code is accepted, and the clock is put right; the code comes again when its time has come. */
function putRight(random: Random, client: number): Action[] {
  const byMs = random.pick([300_000, 3_600_000, 90_000_000]);
  const isPending = random.below(4) === 0;
  const ask = isPending ? 'confirm' : 'validate';
  const later = random.below(3) - 1;
  return [
    ...(isPending ? [call(random, client, 'add'), SETTLE] : []),
    { do: 'clock', byMs: isPending ? 60_000 : byMs },
    attempt(random.below(NODES), client, { ...NOW, offset: random.below(3) }, ask),
    SETTLE,
    { do: 'clock', byMs: -(isPending ? 60_000 : byMs) },
    ...(random.below(2) === 0 ? [validate(random, client), SETTLE] : []),
    call(random, client, 'reset clock'),
    SETTLE,
    { do: 'clock', byMs: (isPending ? 60_000 : byMs) + later * STEP_MS },
    attempt(random.below(NODES), client, { from: 'memory', back: random.below(2) }),
    validate(random, client, random.below(2)),
    ...steps(random, 4),
  ];
}
