/** Passages about browsers that are trusted: used, used twice at once, stolen, ended by what ends them. */
import type { Random } from '../support/random.ts';
import { attempt, call, steps } from './gestures.ts';
import { type Action, NODES, SHEET } from './schedule.ts';

const NOW = { from: 'phone', offset: 0, older: 0 } as const;
const SETTLE: Action = { do: 'settle' };
const MINUTE_MS = 60_000;

const PASSAGES = [
  [3, used],
  [2, stolen],
  [3, ended],
] as const;

export function browserOfLife(random: Random, client: number): Action[] {
  return random.weighted(PASSAGES)(random, client);
}

function trusted(random: Random, client: number): Action[] {
  const trust = attempt(random.below(NODES), client, { ...NOW, offset: random.below(2) }, 'trust');
  return [{ do: 'clock', byMs: MINUTE_MS }, trust, SETTLE];
}

function use(random: Random, client: number, lag = 0, older = 0): Action {
  return { do: 'call', node: random.below(NODES), client, ask: 'use device', older, lag };
}

function later(random: Random): Action {
  return {
    do: 'clock',
    byMs: random.pick([1, 30_000, MINUTE_MS - 1, MINUTE_MS, 90_000, -MINUTE_MS, 90_000_000]),
  };
}

/** One tab, or two of them at once with one token. */
function used(random: Random, client: number): Action[] {
  return [
    ...trusted(random, client),
    use(random, client),
    ...(random.below(2) === 0 ? [use(random, client)] : [SETTLE]),
    ...steps(random, 4),
    ...(random.below(2) === 0 ? [later(random)] : []),
    use(random, client, random.below(3), random.below(2)),
    ...(random.below(4) === 0 ? [{ do: 'kill', node: random.below(NODES) } as const] : []),
    SETTLE,
    use(random, client),
  ];
}

/** An older token comes again, and then the newest one. */
function stolen(random: Random, client: number): Action[] {
  return [
    ...trusted(random, client),
    use(random, client),
    SETTLE,
    ...(random.below(2) === 0 ? [use(random, client), SETTLE] : []),
    ...(random.below(2) === 0 ? [later(random)] : []),
    use(random, client, 1 + random.below(2)),
    ...(random.below(2) === 0 ? [SETTLE] : []),
    use(random, client),
    ...steps(random, 3),
  ];
}

/** What ends all of them, and one that is used all the same. */
function ended(random: Random, client: number): Action[] {
  const paper = { older: 0, place: random.below(SHEET) };
  const ends = random.pick<readonly Action[]>([
    [call(random, client, 'end devices')],
    [call(random, client, 'rotate')],
    [call(random, client, 'disable'), call(random, client, 'enable')],
    [
      call(random, client, 'make codes'),
      SETTLE,
      { do: 'call', node: random.below(NODES), client, ask: 'recover', paper },
    ],
    [call(random, client, 'replace'), SETTLE, attempt(random.below(NODES), client, NOW, 'confirm')],
    [{ do: 'back up' }, use(random, client), SETTLE, { do: 'restore' }],
  ]);
  return [
    ...trusted(random, client),
    ...(random.below(2) === 0 ? [use(random, client), SETTLE] : []),
    ...ends,
    ...(random.below(2) === 0 ? [SETTLE] : []),
    use(random, client),
    ...steps(random, 4),
  ];
}
