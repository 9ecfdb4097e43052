/** The SQLite store with what it is opened with: this repository's, or that of a copy with a guard taken out. */
import { randomBytes } from 'node:crypto';
import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { DatabaseSync } from 'node:sqlite';
import { pathToFileURL } from 'node:url';
import type { Store } from '../../apps/server/src/domain/store.ts';
import type { Clock } from '../../apps/server/src/domain/time.ts';
import type { Policy } from '../../apps/server/src/domain/verdicts/policy.ts';
import type { SqliteStoreOptions } from '../../apps/server/src/store/sqlite/store.ts';
import { removeScratchFolder, scratchFolder } from './simulated-disk.ts';

export const SERVER = join(import.meta.dirname, '..', '..', 'apps', 'server');

/** The request id of what was done before the schedule began. */
export const SETUP = 'setup';
const ORIGIN = { actor: 'simulator', ip: null, userAgent: null, requestId: SETUP };

/** A store that waits for no one: a caller that finds the file locked learns so at once, whatever the real clock says. */
const NO_WAIT_MS = -1;

/** One that is loaded: makes stores, each like a process with its own memory of opened keys. */
export interface Implementation {
  open(path: string, clock: Clock, log?: SqliteStoreOptions['log']): Promise<Store>;
  /** Makes a copy of the database ready to be served. */
  prepareRestore(path: string, clock: Clock): Promise<unknown>;
}

/** @param server the folder that holds `src` and `test` */
export async function loadImplementation(server = SERVER): Promise<Implementation> {
  const load = (path: string) => import(/* @vite-ignore */ pathToFileURL(join(server, path)).href);
  const { openSqliteStore }: typeof import('../../apps/server/src/store/sqlite/store.ts') =
    await load('src/store/sqlite/store.ts');
  const { prepareRestore }: typeof import('../../apps/server/src/store/sqlite/restore.ts') = await load(
    'src/store/sqlite/restore.ts',
  );
  const { createAuthenticatorKeys }: typeof import('../../apps/server/src/crypto/authenticator-keys.ts') =
    await load('src/crypto/authenticator-keys.ts');
  const { Secret }: typeof import('../../apps/server/src/domain/secret.ts') =
    await load('src/domain/secret.ts');
  const { boxOf }: typeof import('../../apps/server/test/store/open-box.ts') =
    await load('test/store/open-box.ts');
  const box = boxOf(new Secret(randomBytes(32).toString('base64')));
  return {
    prepareRestore: (path, clock) => prepareRestore({ path, clock, accept: () => {} }),
    open: (path, clock, log) =>
      openSqliteStore({
        path,
        box,
        keys: createAuthenticatorKeys(box, 1_000),
        clock,
        busyDeadlineMs: NO_WAIT_MS,
        // A schedule writes some dozen pages.
        checkpoints: { duePages: 10, earlyEveryMs: null },
        ...(log === undefined ? {} : { log }),
      }),
  };
}

/** A database file to begin with: one account that has this policy, and the switch for failing commits. */
export interface Template {
  readonly database: Buffer;
  readonly accountId: number;
}

const SWITCH = `
  create table failing_commit (is_on integer not null);
  insert into failing_commit values (0);
  create table creditor (id integer primary key);
  create table debt (creditor integer references creditor (id) deferrable initially deferred);
  create trigger indebted after insert on event when (select is_on from failing_commit) = 1
    begin insert into debt values (1); end;
  create trigger refused after insert on event when (select is_on from failing_commit) = 2
    begin select raise(rollback, 'simulated: the disk is full'); end;`;

/** Makes the switch fail commits. `debt`: COMMIT itself, when the debt is called in; `undo`: a write, which undoes all. */
export const COMMIT_FAILS = { no: 0, debt: 1, undo: 2 } as const;

export async function makeTemplate(
  implementation: Implementation,
  policy: Policy,
  now: number,
): Promise<Template> {
  const folder = scratchFolder();
  try {
    const path = join(folder, 'kanda.db');
    const store = await implementation.open(path, () => now);
    const { id: accountId } = await store.createAccount({
      publicId: 'acc_simulated',
      email: 'owner@example.com',
      passwordHash: 'none',
      at: now,
      origin: ORIGIN,
    });
    await store.setPolicy(accountId, policy, { at: now, origin: ORIGIN });
    await store.close();
    const sqlite = new DatabaseSync(path);
    sqlite.exec(SWITCH);
    sqlite.close();
    return { database: readFileSync(path), accountId };
  } finally {
    removeScratchFolder(folder);
  }
}
