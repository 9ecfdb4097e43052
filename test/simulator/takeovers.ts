/** Passages in which a user, or someone who is not, replaces secrets: one of several, with a proof, after a lock. */
import type { Random } from '../support/random.ts';
import { attempt, attempts, call, chooseCode, steps } from './gestures.ts';
import { type Action, type CallAction, type CodeChoice, NODES, SHEET } from './schedule.ts';

const NOW = { from: 'phone', offset: 0, older: 0 } as const;
const SETTLE: Action = { do: 'settle' };

const PASSAGES = [
  [3, oneOfTwo],
  [3, replacedOne],
  [2, replacedProved],
  [2, proved],
  [3, provedByOther],
  [2, provedAtBothNodes],
  [2, guessedProofs],
  [4, unlockedBySupport],
  [5, lookedAt],
] as const;

export function takeoverOf(random: Random, client: number): Action[] {
  return random.weighted(PASSAGES)(random, client);
}

function rotateOne(random: Random, client: number): Action {
  return { do: 'call', node: random.below(NODES), client, ask: 'rotate one', older: random.below(2) };
}

function rotateProved(
  random: Random,
  client: number,
  code: CodeChoice,
  node = random.below(NODES),
): Extract<CallAction, { readonly proof: unknown }> {
  const one = random.below(2) === 0 ? { older: random.below(2) } : {};
  return { do: 'call', node, client, ask: 'rotate proved', ...one, proof: { code } };
}

function validate(random: Random, client: number, offset = 0, older = 0): Action {
  return attempt(random.below(NODES), client, { ...NOW, offset, older });
}

/** A second phone that is confirmed, so that one of them can be replaced. */
function secondPhone(random: Random, client: number): Action[] {
  return [call(random, client, 'add'), SETTLE, attempt(random.below(NODES), client, NOW, 'confirm'), SETTLE];
}

function wrong(random: Random, client: number, most: number): Action[] {
  return Array.from({ length: random.below(most) }, () =>
    attempt(random.below(NODES), client, { from: 'guess', number: random.below(1_000_000) }),
  );
}

function oneOfTwo(random: Random, client: number): Action[] {
  return [
    ...secondPhone(random, client),
    ...(random.below(2) === 0 ? [validate(random, client, 1, random.below(2)), SETTLE] : []),
    ...wrong(random, client, 7),
    ...(random.below(2) === 0 ? [SETTLE] : []),
    rotateOne(random, client),
    ...(random.below(3) === 0 ? [rotateOne(random, client)] : [SETTLE]),
    validate(random, client, 0, random.below(3)),
    ...attempts(random, client),
    ...steps(random, 4),
  ];
}

/** One of two phones is to be replaced: it works until the new one is confirmed, and the other goes on. */
function replacedOne(random: Random, client: number): Action[] {
  const replace = (older: number): Action => {
    return { do: 'call', node: random.below(NODES), client, ask: 'replace one', older };
  };
  return [
    ...secondPhone(random, client),
    ...wrong(random, client, 4),
    replace(random.below(2)),
    ...(random.below(4) === 0 ? [replace(random.below(2))] : []),
    SETTLE,
    ...(random.below(3) === 0 ? [rotateOne(random, client), SETTLE] : []),
    ...(random.below(2) === 0 ? [validate(random, client, 0, 1 + random.below(2))] : []),
    attempt(random.below(NODES), client, NOW, 'confirm'),
    ...(random.below(2) === 0 ? [SETTLE] : []),
    validate(random, client, 1, random.below(3)),
    validate(random, client, 1, random.below(3)),
    ...steps(random, 4),
  ];
}

/** A replacement that waits is allowed by a code of the phone that it is to replace, or by a recovery code. */
function replacedProved(random: Random, client: number): Action[] {
  const onPaper = random.below(3) === 0;
  const code = random.pick<CodeChoice>([NOW, NOW, { from: 'memory', back: 0 }, { from: 'guess', number: 7 }]);
  const proof = onPaper ? { paper: { older: 0, place: random.below(SHEET) } } : { code };
  const one = random.below(2) === 0 ? { older: random.below(2) } : {};
  return [
    ...(onPaper ? [call(random, client, 'make codes'), SETTLE] : []),
    ...(random.below(2) === 0 ? secondPhone(random, client) : []),
    { do: 'clock', byMs: random.pick([0, 30_000, 60_000]) },
    { do: 'call', node: random.below(NODES), client, ask: 'replace proved', ...one, proof },
    ...(random.below(2) === 0 ? [SETTLE] : []),
    attempt(random.below(NODES), client, { from: 'memory', back: 0 }),
    SETTLE,
    attempt(random.below(NODES), client, NOW, 'confirm'),
    validate(random, client, 1, random.below(2)),
    ...steps(random, 4),
  ];
}

function proved(random: Random, client: number): Action[] {
  return [
    ...(random.below(2) === 0 ? secondPhone(random, client) : []),
    { do: 'clock', byMs: random.pick([0, 30_000, 60_000]) },
    ...(random.below(3) === 0 ? [validate(random, client)] : []),
    rotateProved(
      random,
      client,
      random.pick<CodeChoice>([NOW, NOW, { ...NOW, older: 1 }, { from: 'memory', back: 0 }]),
    ),
    ...(random.below(2) === 0 ? [SETTLE] : []),
    attempt(random.below(NODES), client, { from: 'memory', back: 0 }),
    validate(random, client, random.below(2), random.below(2)),
    ...steps(random, 4),
  ];
}

/** One phone proves that the other is to be replaced, and its code is sent again. */
function provedByOther(random: Random, client: number): Action[] {
  const code = { ...NOW, older: 1 };
  return [
    ...(random.below(2) === 0
      ? [call(random, client, 'delete'), SETTLE, call(random, client, 'enrol'), SETTLE]
      : []),
    ...secondPhone(random, client),
    { do: 'clock', byMs: 60_000 },
    { ...rotateProved(random, client, code), older: 0 },
    ...(random.below(2) === 0 ? [SETTLE] : []),
    attempt(random.below(NODES), client, { from: 'memory', back: 0 }),
    validate(random, client, random.below(2), random.below(3)),
    ...steps(random, 4),
  ];
}

/** One code, or one recovery code, proves two changes at once. */
function provedAtBothNodes(random: Random, client: number): Action[] {
  const place = random.below(SHEET);
  const paper = { older: 0, place };
  const onPaper = random.below(2) === 0;
  const [first, second] = [
    rotateProved(random, client, NOW, 0),
    rotateProved(random, client, { from: 'memory', back: 0 }, 1),
  ];
  return [
    ...(onPaper ? [call(random, client, 'make codes'), SETTLE] : []),
    ...(random.below(2) === 0 ? secondPhone(random, client) : []),
    ...(onPaper ? [first, second].map((one): Action => ({ ...one, proof: { paper } })) : [first, second]),
    ...steps(random, 8),
    ...(random.below(3) === 0 ? [{ do: 'kill', node: random.below(NODES) } as const] : []),
    SETTLE,
    ...(onPaper ? [{ do: 'call', node: 0, client, ask: 'recover', paper } as const] : []),
    validate(random, client),
  ];
}

/** Wrong proofs spend the client's one failure budget. */
function guessedProofs(random: Random, client: number): Action[] {
  const guesses = Array.from({ length: 2 + random.below(6) }, () =>
    rotateProved(random, client, { from: 'guess', number: random.below(1_000_000) }),
  );
  return [...guesses, ...steps(random, 4), SETTLE, rotateProved(random, client, chooseCode(random))];
}

/** Support looks at a code, and then it is sent: now, or when its step has come. */
function lookedAt(random: Random, client: number): Action[] {
  const diagnose = (code: CodeChoice) => attempt(random.below(NODES), client, code, 'diagnose');
  const steps = random.pick([-4, 0, 1, 3, 3, 4, 6, 20]);
  const pick = random.pick<CodeChoice>([
    { ...NOW, offset: steps },
    { ...NOW, offset: steps },
    { ...NOW, older: 1 },
    { from: 'memory', back: 0 },
    { from: 'guess', number: random.below(1_000_000) },
  ]);
  return [
    ...(random.below(3) === 0 ? [validate(random, client)] : []),
    diagnose(pick),
    ...(random.below(3) === 0 ? [diagnose(pick)] : []),
    ...(random.below(2) === 0 ? [SETTLE] : []),
    { do: 'clock', byMs: Math.max(0, steps) * random.pick([15_000, 30_000, 30_000, 60_000]) },
    attempt(random.below(NODES), client, { from: 'memory', back: 0 }),
    validate(random, client, 1),
    ...(random.below(2) === 0 ? [call(random, client, 'unlock in a row')] : []),
  ];
}

/** A lock is lifted again and again, and each time there are guesses. */
function unlockedBySupport(random: Random, client: number): Action[] {
  return [
    ...wrong(random, client, 6),
    ...(random.below(2) === 0 ? [SETTLE] : []),
    call(random, client, 'unlock in a row'),
    ...wrong(random, client, 6),
    SETTLE,
    call(random, client, random.pick(['unlock in a row', 'unlock', 'look'] as const)),
    validate(random, client),
    ...wrong(random, client, 3),
    ...steps(random, 4),
  ];
}
