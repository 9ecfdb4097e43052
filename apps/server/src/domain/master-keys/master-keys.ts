import type { Change } from '../change.ts';
import type { NewEvent } from '../log/events.ts';
import type { AccountDataKey, WrappedDataKey, WrappedServerKey } from './wrapped-keys.ts';

/** Wraps keys under another master key than before. Synchronous, as it runs inside transactions. */
export interface KeyRewrapper {
  /** The id of the master key that wraps from now on. */
  readonly masterKeyId: string;
  /** Throws when the key does not open under the master key that it names. */
  dataKey(key: AccountDataKey): WrappedDataKey;
  serverKey(key: WrappedServerKey): WrappedServerKey;
}

/** How much one master key wraps. */
export interface WrappedCount {
  readonly masterKeyId: string;
  readonly dataKeys: number;
  readonly serverKeys: number;
}

/** An account whose data key does not open. */
export interface UnreadableAccount {
  readonly accountId: number;
  readonly accountPublicId: string;
  readonly cause: unknown;
}

export interface RewrapStep {
  /** How many keys this step wrapped anew. */
  readonly rewrapped: number;
  /** What this step met and left as it is. */
  readonly unreadable: readonly UnreadableAccount[];
  /** Nothing is left but what was skipped. */
  readonly done: boolean;
}

/** What {@link MasterKeyStore.holdMasterKeys} runs: a result, and the event that is recorded with it. */
export type MasterKeyWork<T> = (inUse: readonly string[]) => {
  readonly result: T;
  readonly event: NewEvent | null;
};

/**
 * The part of a store that knows which master key wraps what.
 *
 * New data keys are wrapped under the master key of the server keys, and those change last, in the transaction
 * in which nothing else is left under another one. So a process that has not heard of a rotation can wrap
 * nothing under a key that is about to be removed.
 */
export interface MasterKeyStore {
  /** The ids of the master keys that wrap anything. */
  masterKeyIds(): Promise<readonly string[]>;
  countWrapped(): Promise<readonly WrappedCount[]>;
  /**
   * One transaction of a rotation: wraps up to `limit` data keys anew or, when there are none left, the server
   * keys, with which the rotation is done and is recorded.
   *
   * @param skip the numbers of accounts that an earlier step found unreadable
   */
  rewrapKeys(
    rewrapper: KeyRewrapper,
    skip: readonly number[],
    limit: number,
    change: Change,
  ): Promise<RewrapStep>;
  /** Runs `work` while no other process can wrap, or hold the master keys itself. What it throws is passed on. */
  holdMasterKeys<T>(work: MasterKeyWork<T>): Promise<T>;
}
