/** What happens in one simulated run, as data: made from a seed, and shrunk when it breaks a rule. */
import type { TotpParameters } from '@kanda/otp';
import type { Policy } from '../../apps/server/src/domain/verdicts/policy.ts';

/** Which code someone types. */
export type CodeChoice =
  /** What the phone shows `offset` steps from now; `older`: how many secrets ago it scanned. */
  | { readonly from: 'phone'; readonly offset: number; readonly older: number }
  /** A code that was sent for this client before; 0 is the last one. */
  | { readonly from: 'memory'; readonly back: number }
  | { readonly from: 'guess'; readonly number: number };

/**
 * What brings a secret along. `enrol pending`, `add` and `replace` wait for a first code; when it comes, `replace` ends
 * all other authenticators of the client.
 */
const BRINGING = ['enrol', 'enrol pending', 'add', 'replace', 'rotate'] as const;
export type BringingAsk = (typeof BRINGING)[number];
/** What is sent with a code. `confirm`: the first one, of the authenticator that was made last. */
export type CodeAsk = 'validate' | 'confirm';
/** What changes something, or may. `expire`: what was not confirmed in time is swept away. */
export type ChangeAsk = BringingAsk | 'unlock' | 'disable' | 'enable' | 'delete' | 'remove' | 'expire';
/** `look`: a client is read. `follow`: a collector of the log asks for what came after the last event that it has. */
export type ReadAsk = 'look' | 'follow';
export type Ask = CodeAsk | ChangeAsk | ReadAsk;

export function bringsSecret(ask: Ask): ask is BringingAsk {
  return BRINGING.some((one) => one === ask);
}

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
      readonly ask: Exclude<Ask, CodeAsk | 'remove'>;
      /** Brings an earlier secret again: 0 is the newest of them. Absent: a new one. */
      readonly again?: number;
    }
  | {
      readonly do: 'call';
      readonly node: number;
      readonly client: number;
      readonly ask: CodeAsk;
      readonly code: CodeChoice;
    }
  | {
      readonly do: 'call';
      readonly node: number;
      readonly client: number;
      readonly ask: 'remove';
      /** Which of the authenticators that the caller knows of; 0: the newest. */
      readonly older: number;
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

/** How long an enrolment waits for its first code in simulated runs. */
export const PENDING_MS = 120_000;

/** The schedule as text, one action a line. */
export function describe({ seed, policy, clients, actions }: Schedule): string {
  const lines = actions.map((action, index) => `${String(index + 1).padStart(4)}  ${JSON.stringify(action)}`);
  const parameters = clients.map(({ algorithm, digits, period }) => `${algorithm}/${digits}/${period}`);
  return [`seed ${seed}, policy ${JSON.stringify(policy)}, clients ${parameters.join(' ')}`, ...lines].join(
    '\n',
  );
}
