/** Passages in which a request is sent again, as by a caller whose connection broke, with the same Idempotency-Key. */
import type { Random } from '../support/random.ts';
import { call, steps } from './gestures.ts';
import { type Action, type CallAction, FAULTS, NODES } from './schedule.ts';

const NOW = { from: 'phone', offset: 0, older: 0 } as const;
const SETTLE: Action = { do: 'settle' };
const MINUTE_MS = 60_000;

/** Something goes wrong, and the request is sent again, once or more often, soon or too late. */
export function sentAgain(random: Random, client: number): Action[] {
  const { node } = call(random, client, 'look');
  const again = (): Action => ({ do: 'again', node: random.below(NODES), back: 0 });
  const wrong = random.pick<readonly Action[]>([
    [{ do: 'kill', node }],
    [{ do: 'kill', node }],
    [{ do: 'power cut', luck: random.below(1 << 16) }],
    [SETTLE],
    [],
  ]);
  const fault: Action = { do: 'fault', kind: random.pick(FAULTS), steps: 1 + random.below(4) };
  const later: Action = { do: 'clock', byMs: random.pick([1, 9, 11, 24 * 60 - 1, 24 * 60 + 1]) * MINUTE_MS };
  return [
    ...(random.below(3) === 0 ? [fault] : []),
    keyed(random, client, node),
    ...(random.below(3) === 0 ? [again()] : []),
    ...steps(random, 8),
    ...wrong,
    ...(random.below(3) === 0 ? [later] : []),
    again(),
    ...(random.below(2) === 0 ? [again()] : []),
    ...steps(random, 4),
    SETTLE,
    ...(random.below(3) === 0 ? [{ ...again(), back: random.below(2) } as Action] : []),
  ];
}

function keyed(random: Random, client: number, node: number): CallAction {
  const shared = { do: 'call', node, client, keyed: true } as const;
  const ask = random.pick([
    ...(['validate', 'validate', 'validate', 'confirm', 'trust', 'recover', 'rotate proved'] as const),
    ...(['rotate', 'enrol', 'enrol pending', 'add', 'delete', 'unlock', 'disable', 'enable'] as const),
  ]);
  switch (ask) {
    case 'validate':
    case 'confirm':
    case 'trust':
      return { ...shared, ask, code: { ...NOW, offset: random.below(2) } };
    case 'recover':
      return { ...shared, ask, paper: { older: 0, place: random.below(3) } };
    case 'rotate proved':
      return { ...shared, ask, proof: { code: NOW } };
    default:
      return { ...shared, ask };
  }
}
