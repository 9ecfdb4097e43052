/** Makes schedules from seeds. */
import { Random } from '../support/random.ts';
import { browserOfLife } from './browser-lives.ts';
import { clocksOf } from './clocks.ts';
import { attempt, attempts, call, chooseCode, steps } from './gestures.ts';
import { lifeOf } from './lives.ts';
import { lostPhoneOf } from './lost-phones.ts';
import { PARAMETERS, POLICIES, SHORT_RUN } from './policies.ts';
import { sentAgain } from './retries.ts';
import { type Action, FAULTS, NODES, type Schedule } from './schedule.ts';
import { takeoverOf } from './takeovers.ts';

const SECOND_MS = 1_000;
const HOUR_MS = 3_600_000;

const CLOCK_JUMPS_MS = [
  ...[1, 1, 5, 15, 30, 30, 31, 45, 60, 90].map((seconds) => seconds * SECOND_MS),
  ...[-1, -30, -60, -200].map((seconds) => seconds * SECOND_MS),
  ...[1, 6, 25, -1, -25].map((hours) => hours * HOUR_MS),
  1,
  999,
];

export interface Taste {
  /** Whether it may have a policy that no account can set. */
  readonly everyPolicy?: boolean;
  /** What is to happen more often, as when a guard of it was taken out. */
  readonly focus?: Kind;
}

/** The schedule of a seed: always the same one, for the same taste. */
export function generate(seed: number, { everyPolicy = false, focus }: Taste = {}): Schedule {
  const random = new Random(seed);
  const policy = random.pick(everyPolicy ? [...POLICIES, SHORT_RUN] : POLICIES);
  const clients = Array.from({ length: random.pick([1, 1, 2, 3]) }, () => random.pick(PARAMETERS));
  const actions: Action[] = clients.map((_, client) =>
    call(random, client, random.pick(['enrol', 'enrol', 'enrol', 'enrol pending'] as const)),
  );
  actions.push({ do: 'settle' });
  const length = 15 + random.below(46);
  while (actions.length < length) actions.push(...next(random, clients.length, focus));
  return { seed, policy, clients, actions };
}

const KINDS = [
  [22, 'attempts'],
  [4, 'change among attempts'],
  [8, 'fault and retry'],
  [30, 'steps'],
  [9, 'clock'],
  [3, 'rotate'],
  [3, 'unlock'],
  [1, 'disable'],
  [2, 'enable'],
  [1, 'delete'],
  [4, 'enrol'],
  [16, 'life'],
  [8, 'clocks'],
  [8, 'lost phone'],
  [8, 'takeover'],
  [7, 'sent again'],
  [7, 'browsers'],
  [3, 'policy'],
  [5, 'fault'],
  [1, 'kill'],
  [2, 'power cut'],
  [4, 'reads'],
  [12, 'reads and power cut'],
  [1, 'back up'],
  [1, 'restore'],
  [1, 'use, restore and use again'],
  [5, 'settle'],
] as const;
export type Kind = (typeof KINDS)[number][1];

/** As often as the most usual. */
const FOCUSED = 30;

function next(random: Random, clients: number, focus: Kind | undefined): Action[] {
  const kind = random.weighted<Kind>([...KINDS, ...(focus === undefined ? [] : [[FOCUSED, focus] as const])]);
  switch (kind) {
    case 'attempts':
      return attempts(random, random.below(clients));
    case 'change among attempts': {
      const client = random.below(clients);
      return [...attempts(random, client), changeOf(random, client), ...attempts(random, client)];
    }
    case 'fault and retry':
      return faultAndRetry(random, random.below(clients));
    case 'life':
      return lifeOf(random, random.below(clients));
    case 'lost phone':
      return lostPhoneOf(random, random.below(clients));
    case 'sent again':
      return sentAgain(random, random.below(clients));
    case 'browsers':
      return browserOfLife(random, random.below(clients));
    case 'policy':
      return setPolicy(random, clients);
    case 'takeover':
      return takeoverOf(random, random.below(clients));
    case 'clocks':
      return clocksOf(random, random.below(clients));
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

/** The policy changes among attempts: also to one that begins to follow clocks, which a backup may not know of. */
function setPolicy(random: Random, clients: number): Action[] {
  const policy = random.pick(POLICIES);
  const client = random.below(clients);
  return [
    ...(random.below(2) === 0 ? attempts(random, client) : []),
    { do: 'call', node: random.below(NODES), client, ask: 'set policy', policy },
    ...(random.below(2) === 0 ? [{ do: 'settle' } as const] : []),
    ...attempts(random, client),
    ...steps(random, 4),
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
  if (random.below(3) === 0) return loseAndBringAgain(random, client);
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

/** The same when the secret was enrolled after the backup, and is brought again. */
function loseAndBringAgain(random: Random, client: number): Action[] {
  const isOnly = random.below(2) === 0;
  const [ask, code] = isOnly ? (['enrol', 'validate'] as const) : (['add', 'confirm'] as const);
  return [
    ...(isOnly ? [call(random, client, 'delete'), { do: 'settle' } as const] : []),
    { do: 'back up' },
    call(random, client, ask),
    { do: 'settle' },
    attempt(random.below(NODES), client, { from: 'phone', offset: random.below(6), older: 0 }, code),
    { do: 'settle' },
    { do: 'restore' },
    { ...call(random, client, ask), again: 0 },
    { do: 'settle' },
    ...(random.below(3) === 0 ? [{ do: 'clock', byMs: 60_000 * random.below(13) } as const] : []),
    ...(random.below(2) === 0 ? putRight(random, client) : []),
    attempt(random.below(NODES), client, { from: 'memory', back: 0 }, code),
    ...steps(random, 4),
  ];
}

/** The watermark is brought down, perhaps by a clock that is behind just then. */
function putRight(random: Random, client: number): Action[] {
  const byMs = random.pick([0, 60_000, 300_000]);
  return [
    { do: 'clock', byMs: -byMs },
    call(random, client, 'reset clock'),
    { do: 'settle' },
    { do: 'clock', byMs: byMs + 30_000 * random.below(2) },
  ];
}

function changeOf(random: Random, client: number) {
  return call(random, client, random.pick(['enrol', 'rotate', 'rotate', 'delete', 'unlock'] as const));
}

/**
 * The schedule of a seed for a disk whose kernel takes for written what a failed sync was to write. Into it comes
 * what chance brings together too seldom: the process that knew of the failure is gone when another goes on.
 */
export function generateForForgetfulDisk(seed: number, taste: Taste = {}): Schedule {
  const schedule = generate(seed, taste);
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
