import { randomBytes } from 'node:crypto';
import { dirname } from 'node:path';
import { setTimeout as sleep } from 'node:timers/promises';
import { openExisting } from '../../compose/existing-installation.ts';
import type { Installation } from '../../compose/installation.ts';
import { keyringOf } from '../../compose/master-keys.ts';
import type { Config } from '../../config/schema.ts';
import { createMasterKey, type MasterKeys } from '../../crypto/master-key.ts';
import { replaceMasterKeyFile } from '../../crypto/master-key-file.ts';
import { rewrapDataKey } from '../../crypto/secret-box.ts';
import { rewrapServerKey } from '../../crypto/server-keys.ts';
import type { KeyRewrapper, UnreadableAccount } from '../../domain/master-keys/master-keys.ts';
import type { Store } from '../../domain/store.ts';
import { byOperator } from '../accounts/account.ts';
import { formatCount, formatSpan } from '../lib/format.ts';
import { Progress } from '../lib/progress.ts';
import { masterKeysNow } from './at-hand.ts';
import { isOfFullDisk } from './full-disk.ts';

/** Few enough that the transaction ends soon. */
const KEYS_A_STEP = 100;
/** Longer than a server that waits for the store takes to look again. */
const MIN_REST_MS = 5;
/** With this number of them, something other than the master key is wrong. */
const MAX_UNREADABLE = 1_000;

/**
 * Makes a new master key, unless one was made already that does not yet wrap everything, and wraps all keys anew
 * under it while servers go on. Wherever it is ended, both keys are at hand, and the next run goes on from there.
 */
export async function rotateKeys(config: Config): Promise<void> {
  const installation = await openExisting(config);
  try {
    const target = await chooseTarget(installation, config);
    if (target.step === 'nothing') {
      const older = target.masterKeys.slice(1).map(({ id }) => id);
      console.log(`${target.masterKeys[0].id}  everything is under this master key already`);
      console.error(
        `The rotation is done. Before another one, take ${older.join(', ')} away: kanda keys retire`,
      );
      return;
    }
    if (target.step === 'made') {
      console.error(
        `A new master key was made, the first line of ${installation.masterKey.file}. Copy that file now to where you keep the key: backups made from here on need it, older ones need the older key.`,
      );
    }
    await rewrap(installation, target.masterKeys).catch((cause: unknown) => {
      throw isOfFullDisk(cause, config.dataDir) ? halfWay(target.masterKeys, cause) : cause;
    });
  } finally {
    await installation.close();
  }
}

interface Target {
  /** `nothing`: everything is under the current key, which is a new one already. */
  readonly step: 'made' | 'resumed' | 'nothing';
  readonly masterKeys: MasterKeys;
}

/** Of rotations that begin at once one makes the key, and the others go on with it. */
function chooseTarget({ store, masterKey }: Installation, config: Config): Promise<Target> {
  return store.holdMasterKeys<Target>((inUse) => {
    const present = masterKeysNow(masterKey, config);
    keyringOf(present).assertHas(inUse);
    const choice = (step: Target['step'], masterKeys: MasterKeys) => ({
      result: { step, masterKeys },
      event: null,
    });
    if (inUse.some((id) => id !== present[0].id)) return choice('resumed', present);
    if (present.length > 1) return choice('nothing', present);
    if (masterKey.file === null) throw new Error(rotateElsewhere(masterKey.source));
    if (config.databaseUrl !== null) throw new Error(`${SEVERAL_NODES} ${ROTATE_BY_HAND}`);
    const next: MasterKeys = [createMasterKey((length) => randomBytes(length)), ...present];
    try {
      replaceMasterKeyFile(masterKey.file, next);
    } catch (cause) {
      const isFull = isOfFullDisk(cause, dirname(masterKey.file));
      throw new Error(`${(cause as Error).message} ${isFull ? MAKE_ROOM : ROTATE_BY_HAND}`, { cause });
    }
    return choice('made', next);
  });
}

const MAKE_ROOM =
  'The disk is full: make room on it, and run this again. No key was made, and nothing in the store was changed.';

const ROTATE_BY_HAND =
  'If something else keeps this file, put a new key (openssl rand -base64 32) there on a line above the present ' +
  'one, see that every server has been given both, and run this again: it then wraps everything under the first.';

const SEVERAL_NODES =
  'Several servers may share this database, each with a key file of its own, and one that lacks the new key could not read what is wrapped under it.';

function rotateElsewhere(source: string): string {
  const both =
    source === 'KANDA_MASTER_KEY'
      ? 'set KANDA_MASTER_KEY=<new>,<present> for every server'
      : `have ${source} print both on every server, the new one first`;
  return (
    `The master key comes from ${source}, which this command cannot change. Make a new one with ` +
    `\`openssl rand -base64 32\`, ${both}, restart them, and run this again with the same: it then wraps everything under the first.`
  );
}

async function rewrap({ store, clock }: Installation, masterKeys: MasterKeys): Promise<void> {
  const keyring = keyringOf(masterKeys);
  const rewrapper: KeyRewrapper = {
    masterKeyId: keyring.currentId,
    dataKey: (key) => rewrapDataKey(keyring, key),
    serverKey: (key) => rewrapServerKey(keyring, key),
  };
  const begun = performance.now();
  const total = await keysNotUnder(store, keyring.currentId);
  const progress = new Progress('Wrapping the keys anew');
  const unreadable: UnreadableAccount[] = [];
  let rewrapped = 0;
  try {
    for (let done = false; !done; ) {
      const stepBegun = performance.now();
      const skip = unreadable.map(({ accountId }) => accountId);
      const step = await store.rewrapKeys(rewrapper, skip, KEYS_A_STEP, byOperator(clock));
      rewrapped += step.rewrapped;
      unreadable.push(...step.unreadable);
      if (unreadable.length > MAX_UNREADABLE) break;
      progress.show(Math.min(1, rewrapped / Math.max(total, 1)));
      done = step.done;
      if (!done) await sleep(Math.max(MIN_REST_MS, performance.now() - stepBegun));
    }
  } finally {
    progress.end();
  }
  if (unreadable.length > 0) throw leftBehind(unreadable, rewrapped);
  const left = await keysNotUnder(store, keyring.currentId);
  if (left > 0) throw new Error(`${left} keys are under another master key again. Run: kanda keys rotate`);
  const span = formatSpan(performance.now() - begun);
  console.log(
    `${keyring.currentId}  everything is under this master key now: ${formatCount(rewrapped, 'key')} wrapped anew in ${span}`,
  );
  console.error(
    'Once you have a copy of it, and one of the older key for as long as you keep older backups, take the older one away: kanda keys retire',
  );
}

async function keysNotUnder(store: Pick<Store, 'countWrapped'>, masterKeyId: string): Promise<number> {
  const others = (await store.countWrapped()).filter((count) => count.masterKeyId !== masterKeyId);
  return others.reduce((sum, { dataKeys, serverKeys }) => sum + dataKeys + serverKeys, 0);
}

function halfWay([{ id }]: MasterKeys, cause: unknown): Error {
  return new Error(
    `The disk is full, so not everything is under master key ${id} yet. Nothing is lost: both keys are at hand, and servers read with either. ` +
      'Make room on the disk, and run this again: it goes on from there.',
    { cause },
  );
}

function leftBehind(unreadable: readonly UnreadableAccount[], rewrapped: number): Error {
  const [first] = unreadable;
  const some = unreadable.slice(0, 5).map(({ accountPublicId }) => accountPublicId);
  const more = unreadable.length > some.length ? ` and ${unreadable.length - some.length} more` : '';
  const cause = first?.cause instanceof Error ? first.cause.message : String(first?.cause);
  return new Error(
    `${formatCount(rewrapped, 'key')} wrapped anew, but the data keys of ${some.join(', ')}${more} do not open, so their users cannot sign in either: the rows were altered. (${cause}) Compare them with a backup; the older master key must stay until they are repaired.`,
  );
}
