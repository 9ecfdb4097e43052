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

/** Which recovery code someone types: the one at a place of the sheet that was made `older` sheets ago; -1: a guess. */
export interface PaperChoice {
  readonly older: number;
  readonly place: number;
}

/** How many recovery codes are on a sheet. */
export const SHEET = 5;

/**
 * What brings a secret along. `enrol pending`, `add` and the replacements wait for a first code; when it comes, `replace`
 * ends all other authenticators of the client, as `rotate` does at once, and `replace one` a single one. `rotate proved`
 * and `replace proved` ask for a code of the user.
 */
const BRINGING = [
  'enrol',
  'enrol pending',
  'add',
  'replace',
  'replace one',
  'replace proved',
  'rotate',
  'rotate one',
  'rotate proved',
] as const;
export type BringingAsk = (typeof BRINGING)[number];
/**
 * What is sent with a code. `confirm`: the first one, of the authenticator that was made last. `diagnose`: support asks
 * why it is not accepted. `trust`: as a login, and the browser is asked for no code from then on.
 */
export type CodeAsk = 'validate' | 'confirm' | 'diagnose' | 'trust';
/** What is done to one authenticator. `reset drift`: that its clock was off is forgotten. */
export type OneAsk = 'remove' | 'reset drift' | 'rotate one' | 'replace one';
/** What asks for a code of the user, or for a recovery code. */
export type ProvedAsk = 'rotate proved' | 'replace proved';
/**
 * What needs more than its client's name. `resync`: an authenticator is found again by two codes in a row. `recover`: a
 * recovery code is sent.
 */
type DetailedAsk = CodeAsk | OneAsk | ProvedAsk | 'resync' | 'recover' | 'use device' | 'set policy';
/** What changes something, or may. `expire`: what was not confirmed in time is swept away. */
/** `unlock in a row`: as support may, so that the failures of the day stay. `reset clock`: as after a clock that was ahead. */
export type ChangeAsk =
  | BringingAsk
  | OneAsk
  | 'unlock'
  | 'unlock in a row'
  | 'reset clock'
  | 'set policy'
  | 'disable'
  | 'enable'
  | 'delete'
  | 'expire'
  | 'make codes'
  | 'void codes'
  | 'end devices';
/** `look`: a client is read. `follow`: a collector of the log asks for what came after the last event that it has. */
export type ReadAsk = 'look' | 'follow';
export type Ask = CodeAsk | 'resync' | 'recover' | 'use device' | ChangeAsk | ReadAsk;
/** What needs no more than its client's name. */
export type PlainAsk = Exclude<Ask, DetailedAsk>;

export function bringsSecret(ask: Ask): ask is BringingAsk {
  return BRINGING.some((one) => one === ask);
}

/** Whether it gives a client new secrets in the place of others. */
export function rotates(ask: Ask): boolean {
  return ask === 'rotate' || ask === 'rotate one' || ask === 'rotate proved';
}

/** Whether a code of the user is judged before it. */
export function isProved(ask: Ask): ask is ProvedAsk {
  return ask === 'rotate proved' || ask === 'replace proved';
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

/** A call begins at a node; no one waits for its answer. */
export type CallAction = {
  readonly do: 'call';
  readonly node: number;
  readonly client: number;
  /** Whether it has an Idempotency-Key, with which it can be sent again. */
  readonly keyed?: true;
} & (
  | {
      readonly ask: PlainAsk;
      /** Brings an earlier secret again: 0 is the newest of them. Absent: a new one. */
      readonly again?: number;
      /** How many steps from now the last is of which the caller knows that it was used, or the counter of a token. */
      readonly lastUsed?: number;
      /** For `add` and `replace`: asks like an earlier one that waits, as a page does that is loaded again; 0: the newest. */
      readonly like?: number;
      /** Then: asks for another secret all the same. */
      readonly fresh?: true;
    }
  | {
      readonly ask: CodeAsk;
      readonly code: CodeChoice;
    }
  | {
      readonly ask: OneAsk;
      /** Which of the authenticators that the caller knows of; 0: the newest. */
      readonly older: number;
    }
  | {
      readonly ask: 'resync';
      readonly older: number;
      /** The first of the two codes. */
      readonly code: CodeChoice;
    }
  | {
      readonly ask: 'recover';
      readonly paper: PaperChoice;
    }
  | {
      readonly ask: 'use device';
      /** Which of the browsers that are trusted; 0: the newest. */
      readonly older: number;
      /** 0: its token; 1: the one before; and so on. */
      readonly lag: number;
    }
  | {
      readonly ask: 'set policy';
      readonly policy: Policy;
    }
  | {
      readonly ask: ProvedAsk;
      /** Which authenticator; absent: all of them. */
      readonly older?: number;
      readonly proof: { readonly code: CodeChoice } | { readonly paper: PaperChoice };
    }
);

export type Action =
  | CallAction
  /** One that had a key is sent again, as it was: 0 is the newest of them. Nothing, when there is none. */
  | { readonly do: 'again'; readonly node: number; readonly back: number }
  /** Whatever can go on goes on by one step; `pick` says which of it. */
  | { readonly do: 'step'; readonly pick: number }
  /** All that is under way ends. */
  | { readonly do: 'settle' }
  | { readonly do: 'clock'; readonly byMs: number }
  /** From now on the clock of a client's phones is `steps` ahead; a token's button is pressed `steps` times. */
  | { readonly do: 'drift'; readonly client: number; readonly steps: number }
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
  /** The one that it begins with. */
  readonly policy: Policy;
  /** The parameters of each client. One that has tokens, which count (HOTP), has a period of 0. */
  readonly clients: readonly TotpParameters[];
  readonly actions: readonly Action[];
}

export const NODES = 2;

/** How long a browser is trusted in simulated runs. */
export const TRUSTED_MS = 86_400_000;

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
