/** Passages from the life of an authenticator: made, confirmed, replaced, removed, brought again, left to expire. */
import type { Random } from '../support/random.ts';
import { attempt, attempts, call, steps } from './gestures.ts';
import { type Action, type CodeChoice, NODES, PENDING_MS } from './schedule.ts';

const NOW = { from: 'phone', offset: 0, older: 0 } as const;
const LAST: CodeChoice = { from: 'memory', back: 0 };
const SETTLE: Action = { do: 'settle' };

const PASSAGES = [
  [4, firstCodes],
  [3, replaceAtBothNodes],
  [3, wrongCodes],
  [8, sameSecretTwice],
  [3, sameSecretAgain],
  [3, tooLate],
  [3, waitedAndWent],
  [3, loadedAgain],
  [2, usedElsewhere],
  [4, removal],
] as const;

export function lifeOf(random: Random, client: number): Action[] {
  return random.weighted(PASSAGES)(random, client);
}

/** An authenticator that waits for its first code; `enrol pending` takes a client that is not there. */
function made(random: Random, client: number): Action[] {
  const ask = random.pick(['enrol pending', 'add', 'add', 'replace'] as const);
  const isFree = ask !== 'enrol pending' || random.below(3) === 0;
  return [...(isFree ? [] : [call(random, client, 'delete'), SETTLE]), call(random, client, ask)];
}

function at(random: Random, client: number, ask: 'validate' | 'confirm', code: CodeChoice): Action {
  return attempt(random.below(NODES), client, code, ask);
}

function sometimes(random: Random, actions: readonly Action[]): readonly Action[] {
  return random.below(2) === 0 ? [] : actions;
}

function firstCodes(random: Random, client: number): Action[] {
  return [
    ...made(random, client),
    ...sometimes(random, [at(random, client, 'validate', NOW)]),
    SETTLE,
    ...attempts(random, client, 'confirm'),
    ...sometimes(random, [at(random, client, 'confirm', { ...NOW, offset: random.below(7) - 3 })]),
    ...steps(random, 4),
    ...sometimes(random, [SETTLE]),
    at(random, client, 'validate', random.pick<CodeChoice>([LAST, NOW, { ...NOW, offset: 1 }])),
  ];
}

/** One code confirms at both nodes at once, with a validation among it, and perhaps the power goes. */
function replaceAtBothNodes(random: Random, client: number): Action[] {
  const { node } = call(random, client, 'look');
  const end: Action = random.pick([
    SETTLE,
    { do: 'kill', node },
    { do: 'power cut', luck: random.below(1 << 16) },
  ]);
  return [
    call(random, client, random.pick(['add', 'replace', 'replace'] as const)),
    SETTLE,
    ...Array.from({ length: NODES }, (_, each) => attempt(each, client, NOW, 'confirm')),
    ...sometimes(random, [at(random, client, 'validate', { ...NOW, older: random.below(2) })]),
    ...steps(random, 8),
    end,
    at(random, client, 'validate', { ...NOW, offset: 1, older: random.below(2) }),
    SETTLE,
  ];
}

function wrongCodes(random: Random, client: number): Action[] {
  return [
    ...made(random, client),
    SETTLE,
    ...Array.from({ length: 4 + random.below(3) }, () =>
      at(random, client, 'confirm', { from: 'guess', number: random.below(1_000_000) }),
    ),
    ...sometimes(random, [SETTLE]),
    at(random, client, 'confirm', NOW),
  ];
}

/** Two authenticators with one secret: a code that one of them has accepted is sent again. */
function sameSecretTwice(random: Random, client: number): Action[] {
  return [
    { ...call(random, client, 'add'), again: random.below(2) },
    ...sometimes(random, [SETTLE]),
    ...sometimes(random, [at(random, client, 'validate', NOW)]),
    SETTLE,
    at(random, client, 'confirm', random.pick<CodeChoice>([LAST, NOW, { ...NOW, offset: 1 }])),
    SETTLE,
    at(random, client, 'validate', random.pick<CodeChoice>([LAST, NOW, { ...NOW, offset: 1 }])),
    at(random, client, 'validate', LAST),
    ...steps(random, 4),
  ];
}

/** A code was used, its secret goes, and both come again. */
function sameSecretAgain(random: Random, client: number): Action[] {
  const gone = random.pick<readonly Action[]>([
    [call(random, client, 'delete')],
    [call(random, client, 'delete')],
    [call(random, client, 'rotate')],
    [call(random, client, 'replace'), SETTLE, at(random, client, 'confirm', NOW)],
  ]);
  const again =
    gone.length === 1 && gone[0] !== undefined && 'ask' in gone[0] && gone[0].ask === 'delete' ? 0 : 1;
  const ask = again === 1 ? 'add' : random.pick(['enrol', 'enrol', 'enrol pending'] as const);
  const code = random.pick(['validate', ask === 'enrol' ? 'validate' : 'confirm'] as const);
  return [
    at(random, client, 'validate', { ...NOW, offset: random.below(2) }),
    ...sometimes(random, [SETTLE]),
    ...gone,
    ...sometimes(random, [SETTLE]),
    { ...call(random, client, ask), again },
    SETTLE,
    at(random, client, code, ask === 'add' && again === 1 ? { from: 'memory', back: random.below(2) } : LAST),
    ...steps(random, 4),
  ];
}

/** The first code comes when the time is over, or in the last millisecond of it. */
function tooLate(random: Random, client: number): Action[] {
  const after: readonly Action[] = [
    call(random, client, 'expire'),
    call(random, client, 'enrol'),
    call(random, client, 'add'),
    at(random, client, 'confirm', NOW),
    at(random, client, 'validate', NOW),
  ];
  return [
    ...made(random, client),
    ...sometimes(random, [{ do: 'clock', byMs: 60_000 }, ...made(random, client)]),
    SETTLE,
    { do: 'clock', byMs: PENDING_MS - random.below(3) + 1 - random.below(2) * 60_000 },
    random.pick(after),
    ...sometimes(random, [SETTLE]),
    random.pick(after),
    random.pick(after),
    SETTLE,
  ];
}

/** A page is loaded again, perhaps at both nodes at once: what it shows is the same, unless another secret is asked for. */
function loadedAgain(random: Random, client: number): Action[] {
  const ask = random.pick(['add', 'replace'] as const);
  const fresh = random.below(4) === 0 ? ({ fresh: true } as const) : {};
  const bring = random.below(3) === 0 ? { again: random.below(2) } : {};
  const again = (): Action => ({ ...call(random, client, ask), like: 0, ...fresh, ...bring });
  const offset = 3 + random.below(4);
  return [
    call(random, client, ask),
    SETTLE,
    ...sometimes(random, [attempt(random.below(NODES), client, { ...NOW, offset }, 'diagnose'), SETTLE]),
    ...sometimes(random, [
      { do: 'clock', byMs: random.pick([1, 30_000, 60_000, PENDING_MS - 1, PENDING_MS]) },
    ]),
    again(),
    ...sometimes(random, [again()]),
    SETTLE,
    ...sometimes(random, [{ do: 'clock', byMs: 30_000 * random.below(offset + 1) }]),
    at(random, client, 'confirm', random.pick<CodeChoice>([NOW, NOW, LAST])),
    ...steps(random, 4),
    SETTLE,
  ];
}

/** A secret comes with the last step that was used of it elsewhere. */
function usedElsewhere(random: Random, client: number): Action[] {
  const isOnly = random.below(2) === 0;
  const [ask, code] = isOnly ? (['enrol', 'validate'] as const) : (['add', 'confirm'] as const);
  return [
    ...(isOnly ? [call(random, client, 'delete'), SETTLE] : []),
    {
      ...call(random, client, ask),
      lastUsed: random.below(4) - 1,
      ...(random.below(3) === 0 ? { again: 0 } : {}),
    },
    SETTLE,
    at(random, client, code, { ...NOW, offset: random.below(3) }),
    ...sometimes(random, [SETTLE]),
    at(random, client, code, { ...NOW, offset: random.below(4) - 1 }),
    ...steps(random, 4),
  ];
}

/** Support looks at a code of one that waits; that goes, its secret comes again, and the code is sent. */
function waitedAndWent(random: Random, client: number): Action[] {
  const offset = 3 + random.below(6);
  const over: Action = { do: 'clock', byMs: PENDING_MS };
  const guesses = Array.from({ length: 5 }, () =>
    at(random, client, 'confirm', { from: 'guess', number: random.below(1_000_000) }),
  );
  const isOnly = random.below(2) === 0;
  const [end, sent, more] = random.pick<readonly [readonly Action[], number, number]>([
    [[over, call(random, client, 'expire')], 0, 0],
    [[over, call(random, client, 'add')], 0, 1],
    [[over], 0, 0],
    [isOnly ? guesses : [], isOnly ? 5 : 0, 0],
    [[], 0, 0],
  ]);
  const ask = isOnly ? 'enrol pending' : random.pick(['add', 'replace'] as const);
  return [
    ...(isOnly ? [call(random, client, 'delete'), SETTLE] : []),
    call(random, client, ask),
    SETTLE,
    attempt(random.below(NODES), client, { ...NOW, offset }, 'diagnose'),
    SETTLE,
    ...end,
    SETTLE,
    { ...call(random, client, ask), again: more },
    SETTLE,
    { do: 'clock', byMs: random.pick([0, 15_000, 30_000, 60_000]) * random.below(4) },
    at(random, client, 'confirm', { from: 'memory', back: sent }),
    ...steps(random, 4),
  ];
}

function removal(random: Random, client: number): Action[] {
  const remove = (older: number): Action => ({
    do: 'call',
    node: random.below(NODES),
    client,
    ask: 'remove',
    older,
  });
  return [
    ...sometimes(random, [...made(random, client), SETTLE]),
    ...sometimes(random, [at(random, client, 'confirm', NOW), SETTLE]),
    ...sometimes(random, [at(random, client, 'validate', LAST)]),
    remove(random.below(3)),
    ...sometimes(random, [remove(random.below(3))]),
    ...steps(random, 4),
    at(random, client, 'validate', NOW),
  ];
}
