/** Passages about lost phones: recovery codes made, used, raced, guessed, kept while a client is locked or disabled. */
import type { Random } from '../support/random.ts';
import { attempt, call, steps } from './gestures.ts';
import { type Action, NODES, SHEET } from './schedule.ts';

const SETTLE: Action = { do: 'settle' };
const GUESS = -1;

const PASSAGES = [
  [3, sheet],
  [3, atBothNodes],
  [3, whileLocked],
  [2, whileDisabled],
  [2, guesses],
] as const;

export function lostPhoneOf(random: Random, client: number): Action[] {
  return random.weighted(PASSAGES)(random, client);
}

function recover(random: Random, client: number, place = random.below(SHEET), older = 0): Action {
  return { do: 'call', node: random.below(NODES), client, ask: 'recover', paper: { older, place } };
}

function made(random: Random, client: number): Action[] {
  return [call(random, client, 'make codes'), SETTLE];
}

/** A sheet is used, replaced and voided. */
function sheet(random: Random, client: number): Action[] {
  const place = random.below(SHEET);
  return [
    ...made(random, client),
    recover(random, client, place),
    ...steps(random, 3),
    recover(random, client, random.below(2) === 0 ? place : random.below(SHEET)),
    ...(random.below(2) === 0 ? [SETTLE] : []),
    call(random, client, random.pick(['make codes', 'void codes', 'rotate', 'delete', 'look'] as const)),
    ...(random.below(2) === 0 ? [SETTLE] : []),
    recover(random, client, undefined, random.below(2)),
    ...steps(random, 4),
  ];
}

/** One code at both nodes at once, and perhaps the power goes. */
function atBothNodes(random: Random, client: number): Action[] {
  const place = random.below(SHEET);
  const end: Action = random.pick([
    SETTLE,
    { do: 'kill', node: random.below(NODES) },
    { do: 'power cut', luck: random.below(1 << 16) },
  ]);
  const both = Array.from({ length: NODES }, (_, node): Action => {
    return { do: 'call', node, client, ask: 'recover', paper: { older: 0, place } };
  });
  return [...made(random, client), ...both, ...steps(random, 8), end, recover(random, client, place)];
}

/** Wrong codes lock the client, a recovery code ends that, and wrong ones go on. */
function whileLocked(random: Random, client: number): Action[] {
  const wrong = (): Action => {
    return attempt(random.below(NODES), client, { from: 'guess', number: random.below(1_000_000) });
  };
  const count = random.pick([3, 5, 8, 12]);
  return [
    ...made(random, client),
    ...Array.from({ length: count }, wrong).flatMap((one) => [one, { do: 'clock', byMs: 4_000 } as const]),
    ...(random.below(2) === 0 ? [SETTLE] : []),
    recover(random, client),
    ...Array.from({ length: random.below(4) }, wrong),
    SETTLE,
    attempt(random.below(NODES), client, { from: 'phone', offset: 0, older: 0 }),
    recover(random, client),
  ];
}

function whileDisabled(random: Random, client: number): Action[] {
  return [
    ...made(random, client),
    call(random, client, 'disable'),
    ...(random.below(2) === 0 ? [SETTLE] : []),
    recover(random, client),
    ...(random.below(2) === 0 ? [SETTLE] : []),
    call(random, client, 'enable'),
    recover(random, client),
    ...steps(random, 4),
  ];
}

/** Guesses at recovery codes end in delays, which a right one does not shorten. */
function guesses(random: Random, client: number): Action[] {
  const later: Action = { do: 'clock', byMs: random.pick([59_000, 61_000, -200_000, 901_000]) };
  return [
    ...made(random, client),
    ...Array.from({ length: 9 + random.below(5) }, () => recover(random, client, GUESS)),
    ...(random.below(2) === 0 ? [SETTLE] : []),
    ...(random.below(2) === 0 ? [later] : []),
    recover(random, client, random.pick([GUESS, 0])),
    ...(random.below(3) === 0 ? [call(random, client, 'unlock')] : []),
    recover(random, client, 1),
    SETTLE,
  ];
}
