/** What happens in one simulated run, as data: made from a seed, and shrunk when it breaks a rule. */
import type { TotpParameters } from '@kanda/otp';
import type { Policy } from '../../apps/server/src/domain/verdicts/policy.ts';
import { Random } from '../support/random.ts';
import { PARAMETERS, POLICIES, SHORT_RUN } from './policies.ts';

/** Which code someone types. */
export type CodeChoice =
  /** What the phone shows `offset` steps from now; `older`: how many enrolments or rotations ago it scanned. */
  | { readonly from: 'phone'; readonly offset: number; readonly older: number }
  /** A code that was sent for this client before; 0 is the last one. */
  | { readonly from: 'memory'; readonly back: number }
  | { readonly from: 'guess'; readonly number: number };

/** What changes something, or may. */
export type ChangeAsk = 'enrol' | 'rotate' | 'unlock' | 'disable' | 'enable' | 'delete';
/** `look`: a client is read. `follow`: a collector of the log asks for what came after the last event that it has. */
export type ReadAsk = 'look' | 'follow';
export type Ask = 'validate' | ChangeAsk | ReadAsk;

export function isRead(ask: Ask): ask is ReadAsk {
  return ask === 'look' || ask === 'follow';
}

/**
 * `busy`: another process holds the write lock. `commit`: commits fail, and nothing of them stands. `sync`: the
 * commit is made, and then no one can say whether it has reached the disk.
 */
export const FAULTS = ['busy', 'commit', 'sync'] as const;
export type FaultKind = (typeof FAULTS)[number];

export type Action =
  /** A call begins at a node; no one waits for its answer. */
  | {
      readonly do: 'call';
      readonly node: number;
      readonly client: number;
      readonly ask: Exclude<Ask, 'validate'>;
    }
  | {
      readonly do: 'call';
      readonly node: number;
      readonly client: number;
      readonly ask: 'validate';
      readonly code: CodeChoice;
    }
  /** Whatever can go on goes on by one step; `pick` says which of it. */
  | { readonly do: 'step'; readonly pick: number }
  /** All that is under way ends. */
  | { readonly do: 'settle' }
  | { readonly do: 'clock'; readonly byMs: number }
  /** The next `steps` steps meet this fault. */
  | { readonly do: 'fault'; readonly kind: FaultKind; readonly steps: number }
  /** One process ends where it stands and is started again. */
  | { readonly do: 'kill'; readonly node: number }
  /** All processes end, and of what was not synced an arbitrary part is lost, which `luck` decides. */
  | { readonly do: 'power cut'; readonly luck: number }
  /** A copy of the store is made while all goes on. */
  | { readonly do: 'back up' }
  /** The servers are stopped and the copy put in the store's place; nothing, when there is none. */
  | { readonly do: 'restore' };

export interface Schedule {
  readonly seed: number;
  readonly policy: Policy;
  /** The parameters of each client. */
  readonly clients: readonly TotpParameters[];
  readonly actions: readonly Action[];
}

export const NODES = 2;

const SECOND_MS = 1_000;
const HOUR_MS = 3_600_000;

const CLOCK_JUMPS_MS = [
  ...[1, 1, 5, 15, 30, 30, 31, 45, 60, 90].map((seconds) => seconds * SECOND_MS),
  ...[-1, -30, -60, -200].map((seconds) => seconds * SECOND_MS),
  ...[1, 6, 25, -1, -25].map((hours) => hours * HOUR_MS),
  1,
  999,
];

/**
 * The schedule of a seed: always the same one.
 *
 * @param everyPolicy whether it may have a policy that no account can set
 */
export function generate(seed: number, everyPolicy = false): Schedule {
  const random = new Random(seed);
  const policy = random.pick(everyPolicy ? [...POLICIES, SHORT_RUN] : POLICIES);
  const clients = Array.from({ length: random.pick([1, 1, 2, 3]) }, () => random.pick(PARAMETERS));
  const actions: Action[] = clients.map((_, client) => call(random, client, 'enrol'));
  actions.push({ do: 'settle' });
  const length = 15 + random.below(46);
  while (actions.length < length) actions.push(...next(random, clients.length));
  return { seed, policy, clients, actions };
}

const KINDS = [
  [30, 'attempts'],
  [4, 'change among attempts'],
  [5, 'fault and retry'],
  [34, 'steps'],
  [9, 'clock'],
  [3, 'rotate'],
  [3, 'unlock'],
  [1, 'disable'],
  [2, 'enable'],
  [1, 'delete'],
  [2, 'enrol'],
  [5, 'fault'],
  [1, 'kill'],
  [2, 'power cut'],
  [4, 'reads'],
  [5, 'reads and power cut'],
  [1, 'back up'],
  [1, 'restore'],
  [1, 'use, restore and use again'],
  [5, 'settle'],
] as const;

function next(random: Random, clients: number): Action[] {
  const kind = random.weighted(KINDS);
  switch (kind) {
    case 'attempts':
      return attempts(random, random.below(clients));
    case 'change among attempts': {
      const client = random.below(clients);
      return [...attempts(random, client), changeOf(random, client), ...attempts(random, client)];
    }
    case 'fault and retry':
      return faultAndRetry(random, random.below(clients));
    case 'steps':
      return steps(random, 4);
    case 'clock':
      return [{ do: 'clock', byMs: random.pick(CLOCK_JUMPS_MS) }];
    case 'fault':
      return [{ do: 'fault', kind: random.pick(FAULTS), steps: 1 + random.below(8) }];
    case 'kill':
      return [{ do: 'kill', node: random.below(NODES) }];
    case 'power cut':
      return [{ do: 'power cut', luck: random.below(1 << 16) }];
    case 'reads':
      return reads(random, clients);
    case 'reads and power cut':
      return readsAndPowerCut(random, clients);
    case 'use, restore and use again':
      return useRestoreAndUseAgain(random, random.below(clients));
    case 'back up':
    case 'restore':
    case 'settle':
      return [{ do: kind }];
    default:
      return [call(random, random.below(clients), kind)];
  }
}

/** Calls that meet a fault; a caller that gets 503 does the same again once it is over, and then uses the phone. */
function faultAndRetry(random: Random, client: number): Action[] {
  const node = random.below(NODES);
  const change: Action = { ...changeOf(random, client), node };
  const code = chooseCode(random);
  return [
    { do: 'fault', kind: random.pick(FAULTS), steps: 2 + random.below(3) },
    ...[change, attempt(node, client, code)].slice(random.below(2)),
    { do: 'settle' },
    ...Array.from({ length: 4 }, (): Action => ({ do: 'step', pick: 0 })),
    random.below(3) === 0 ? attempt(node, client, code) : change,
    { do: 'settle' },
    attempt(node, client, { from: 'phone', offset: random.below(2), older: 0 }),
  ];
}

function reads(random: Random, clients: number): Action[] {
  return Array.from({ length: 1 + random.below(2) }, () =>
    call(random, random.below(clients), random.pick(['look', 'follow'] as const)),
  );
}

/** Someone reads what was done just now, and then the power goes. */
function readsAndPowerCut(random: Random, clients: number): Action[] {
  const client = random.below(clients);
  return [
    ...attempts(random, client),
    ...steps(random, 6),
    ...Array.from({ length: 1 + random.below(2) }, () =>
      call(random, client, random.pick(['look', 'follow'] as const)),
    ),
    ...steps(random, 3),
    { do: 'power cut', luck: random.below(1 << 16) },
  ];
}

/** A code that was used after the backup is sent again once that has been put back. */
function useRestoreAndUseAgain(random: Random, client: number): Action[] {
  return [
    { do: 'back up' },
    ...steps(random, 2),
    attempt(random.below(NODES), client, { from: 'phone', offset: random.below(3), older: 0 }),
    { do: 'settle' },
    { do: 'restore' },
    attempt(random.below(NODES), client, { from: 'memory', back: 0 }),
    ...steps(random, 4),
  ];
}

function steps(random: Random, most: number): Action[] {
  return Array.from({ length: 1 + random.below(most) }, () => ({ do: 'step', pick: random.below(16) }));
}

function changeOf(random: Random, client: number) {
  return call(random, client, random.pick(['enrol', 'rotate', 'rotate', 'delete', 'unlock'] as const));
}

/** One attempt, or a few at once with the same code or with different ones, at any of the nodes. */
function attempts(random: Random, client: number): Action[] {
  const count = random.weighted([
    [6, 1],
    [3, 2],
    [2, 4],
    [1, 7],
  ]);
  const same = random.below(2) === 0 ? chooseCode(random) : null;
  return Array.from({ length: count }, () =>
    attempt(random.below(NODES), client, same ?? chooseCode(random)),
  );
}

function attempt(node: number, client: number, code: CodeChoice): Action {
  return { do: 'call', node, client, ask: 'validate', code };
}

function chooseCode(random: Random): CodeChoice {
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

function call(random: Random, client: number, ask: Exclude<Ask, 'validate'>) {
  return { do: 'call', node: random.below(NODES), client, ask } as const;
}

/**
 * The schedule of a seed for a disk whose kernel takes for written what a failed sync was to write. Into it comes
 * what chance brings together too seldom: the process that knew of the failure is gone when another goes on.
 */
export function generateForForgetfulDisk(seed: number): Schedule {
  const schedule = generate(seed);
  const random = new Random(seed + FORGETFUL_SEEDS);
  const place = schedule.actions.findIndex((action) => action.do === 'settle') + 1;
  const at = place + random.below(schedule.actions.length - place + 1);
  const passage = failureAndKill(random, random.below(schedule.clients.length));
  return {
    ...schedule,
    actions: [...schedule.actions.slice(0, at), ...passage, ...schedule.actions.slice(at)],
  };
}

const FORGETFUL_SEEDS = 1 << 30;

function failureAndKill(random: Random, client: number): Action[] {
  const node = random.below(NODES);
  const others = Array.from({ length: NODES }, (_, index) => index).filter((index) => index !== node);
  return [
    { do: 'fault', kind: 'sync', steps: 4 + random.below(4) },
    attempt(node, client, chooseCode(random)),
    { do: 'settle' },
    ...others.filter(() => random.below(2) === 0).map((other): Action => ({ do: 'kill', node: other })),
    ...(random.below(3) === 0 ? [] : [{ do: 'kill', node } as const]),
    ...Array.from({ length: 8 }, (): Action => ({ do: 'step', pick: 0 })),
    attempt(random.pick([node, node, ...others]), client, chooseCode(random)),
    { do: 'settle' },
    ...(random.below(3) === 0 ? [] : [{ do: 'power cut', luck: random.below(1 << 16) } as const]),
  ];
}

/** The schedule as text, one action a line. */
export function describe({ seed, policy, clients, actions }: Schedule): string {
  const lines = actions.map((action, index) => `${String(index + 1).padStart(4)}  ${JSON.stringify(action)}`);
  const parameters = clients.map(({ algorithm, digits, period }) => `${algorithm}/${digits}/${period}`);
  return [`seed ${seed}, policy ${JSON.stringify(policy)}, clients ${parameters.join(' ')}`, ...lines].join(
    '\n',
  );
}
