import type { LogTrees } from '../domain/log/log-trees.ts';
import type { LogFigures, LogTreeStore } from '../domain/log/ports.ts';
import type { CheckpointSink } from './sinks.ts';
import type { WitnessClient } from './witness-client.ts';

/** What the work behind the logs needs of the rest. */
export interface LogKeeperParts {
  readonly store: LogTreeStore;
  readonly trees: LogTrees;
  /** Where checkpoints are sent; null: nowhere. */
  readonly sink: CheckpointSink | null;
  /** Who cosigns checkpoints; without them no one is asked. */
  readonly witnesses?: readonly WitnessClient[];
  readonly log: KeeperLog;
  readonly figures: LogFigures;
  /** How long a stop may take to cover the last events; without it 3 s. */
  readonly finishWithinMs?: number;
  /** Where several nodes share a store, one of them has this work. */
  readonly leadership?: KeeperLeadership | undefined;
  /** ms that go by whatever the clock is set to; without it those of the process. */
  readonly uptime?: () => number;
}

export interface KeeperLeadership {
  /** Whether this node has the work now. */
  hold(): Promise<boolean>;
}

export interface KeeperLog {
  info(fields: object, message: string): void;
  error(fields: object, message: string): void;
}

export function noFigures(): LogFigures {
  return {
    behind: 0,
    sequenced: 0,
    checkpoints: 0,
    pruned: 0,
    sent: 0,
    sendFailures: 0,
    lastSentSeconds: null,
    sinkClockAheadSeconds: null,
    cosigned: 0,
    cosignFailures: 0,
    damagedLogs: 0,
  };
}
