/** What keeps the promises, by name: each can be taken out, to see that the simulator notices. */
import { cpSync, mkdirSync, readFileSync, symlinkSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { SERVER } from './implementation.ts';
import { removeScratchFolder, scratchFolder } from './simulated-disk.ts';

/** Of every store: in the model store each is a parameter. */
export const GUARDS = [
  'row-lock',
  'answer-after-commit',
  'answer-after-sync',
  'read-after-sync',
  'failure-count',
  'watermark',
  'burnt-at-restore',
] as const;
export type Guard = (typeof GUARDS)[number];

/** Of the SQLite store on a disk whose kernel takes the pages of a failed sync for written. */
export const FORGETFUL_DISK_GUARDS = ['recovery-after-failed-sync', 'rewriting-at-opening'] as const;

/** Of the SQLite store: each is a change to a copy of its source. */
export const SQLITE_GUARDS = [...GUARDS, 'drawn-versions', ...FORGETFUL_DISK_GUARDS] as const;
export type SqliteGuard = (typeof SQLITE_GUARDS)[number];

/** Whether it takes a forgetful disk to see that this one is missing. */
export function needsForgetfulDisk(guard: SqliteGuard): boolean {
  return FORGETFUL_DISK_GUARDS.some((name) => name === guard);
}

interface Change {
  readonly file: string;
  readonly from: string;
  readonly to: string;
}

const GROUP_COMMIT = 'src/store/sqlite/group-commit.ts';
const DURABLE_LOG = 'src/store/sqlite/durable-log.ts';
const JUDGE = 'src/store/sqlite/judge.ts';
const CLIENTS = 'src/store/operations/clients/clients.ts';

const CHANGES: Readonly<Record<SqliteGuard, readonly Change[]>> = {
  // SQLite's own lock cannot be left out: a transaction that was begun without it is refused when it writes. What
  // makes it worth something is that each attempt reads the row under it; here the first one of a batch does.
  'row-lock': [
    {
      file: JUDGE,
      from: 'const accounts = new Map<number, AccountBatch>();',
      to: '$&\n  let seen: Record<string, StateRow | undefined> = {};',
    },
    {
      file: JUDGE,
      from: 'const client = stateOf(accountId, clientId);',
      to: 'const client = (seen[clientId] ??= stateOf(accountId, clientId));',
    },
    { file: JUDGE, from: 'settle() {', to: '$& seen = {};' },
  ],
  'answer-after-commit': [
    {
      file: GROUP_COMMIT,
      from: 'this.#commitBatch.run();',
      to: 'for (const { item, value, error } of outcomes) error === undefined ? item.resolve(value) : item.reject(error);\n$&',
    },
  ],
  'answer-after-sync': [{ file: GROUP_COMMIT, from: 'await log.confirmCommit();', to: '' }],
  'read-after-sync': [
    {
      file: 'src/store/sqlite/store.ts',
      from: 'query.finally(() => commits.confirmReads())',
      to: 'query',
    },
  ],
  'failure-count': [
    {
      file: 'src/domain/verdicts/lockout.ts',
      from: 'const failures = lockout.failures + 1;',
      to: 'const { failures } = lockout;',
    },
  ],
  watermark: [{ file: 'src/domain/verdicts/methods/totp.ts', from: 'step <= factor.watermark || ', to: '' }],
  'burnt-at-restore': [
    {
      file: 'src/store/sqlite/restore.ts',
      from: 'raiseWatermarks(copy.sqlite, clock())',
      to: '0',
    },
  ],
  // Counted, the version of a rotation that was undone is that of the next one.
  'drawn-versions': [
    {
      file: CLIENTS,
      from: 'drawSecretVersion();\n  const place = { accountId, clientId, authenticatorId: id,',
      to: '1;\n  const place = { accountId, clientId, authenticatorId: id,',
    },
    {
      file: CLIENTS,
      from: 'drawSecretVersion();\n  const parameters = toParameters(row);',
      to: 'row.secret_version + 1;\n  const parameters = toParameters(row);',
    },
  ],
  'recovery-after-failed-sync': [{ file: DURABLE_LOG, from: '        this.#suspect = true;', to: '' }],
  'rewriting-at-opening': [
    {
      file: DURABLE_LOG,
      from: '#suspect = true;\n\n  constructor',
      to: '#suspect = false;\n\n  constructor',
    },
  ],
};

/** A copy of the server without the guard, and what removes the copy. */
export function serverWithout(guard: SqliteGuard): { readonly server: string; remove(): void } {
  const root = scratchFolder();
  const server = join(root, 'apps', 'server');
  mkdirSync(server, { recursive: true });
  // Outside of the repository, so that nothing that looks through it meets the copy.
  symlinkSync(join(SERVER, '..', '..', 'node_modules'), join(root, 'node_modules'));
  for (const part of ['package.json', 'src', 'test/store/open-box.ts']) {
    cpSync(join(SERVER, part), join(server, part), { recursive: true });
  }
  for (const { file, from, to } of CHANGES[guard]) {
    const path = join(server, file);
    const source = readFileSync(path, 'utf8');
    if (source.split(from).length !== 2) {
      throw new Error(
        `${file} no longer holds "${from}" once: say anew in test/simulator/guards.ts what ${guard} is`,
      );
    }
    writeFileSync(
      path,
      source.replace(from, () => to.replace('$&', () => from)),
    );
  }
  return { server, remove: () => removeScratchFolder(root) };
}
