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
  'confirm-lock',
  'one-commit',
  'spend',
  'deleted-secrets',
  'pending-status',
  'confirm-failures',
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
const DECIDE = 'src/domain/verdicts/decide.ts';
const CONFIRM = 'src/store/operations/authenticators/confirm-authenticator.ts';

const AUTHENTICATORS = 'src/store/operations/authenticators/authenticator-store.ts';

/** Ends, in a transaction of its own, what a confirmed authenticator replaces. */
const END_REPLACED = `
export async function endReplaced(db: Db, { accountId, clientId }: { accountId: number; clientId: string }, number: number, change: Change) {
  const client = await lockClient(db, accountId, clientId, change.at);
  const one = client.authenticators.find(({ id }) => id === number);
  if (one === undefined || one.replaces === null) return;
  await writeAuthenticators(db, client, { lockout: NO_FAILURES, authenticators: [{ ...one, replaces: null }] });
  await appendClientEvent(db, accountId, client, clientEvent('client.rotated', clientId, change));
}

`;

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
  // As with the row lock: of the confirmations of a client that come together, the first reads it.
  'confirm-lock': [
    {
      file: CONFIRM,
      from: 'type Db = Kysely<Schema>;',
      to: '$&\nconst seen: Record<string, StoredClient | undefined> = {};',
    },
    {
      file: CONFIRM,
      from: 'await lockClient(db, accountId, clientId, change.at);',
      to: `(seen[clientId] ??= await lockClient(db, accountId, clientId, change.at));
  setImmediate(() => void delete seen[clientId]);`,
    },
  ],
  // What is replaced ends in a transaction of its own.
  'one-commit': [
    { file: CONFIRM, from: 'all.filter((one) => !isReplaced(one)), confirmed]', to: 'used, confirmed]' },
    { file: CONFIRM, from: '    replaces: null,\n', to: '    replaces,\n' },
    { file: CONFIRM, from: 'if (replaces === null) return;', to: 'return;' },
    { file: CONFIRM, from: 'async function putIntoUse(', to: `${END_REPLACED}$&` },
    {
      file: AUTHENTICATORS,
      from: 'confirmAuthenticator(db, box, keys, name, made),\n      ),',
      to: `confirmAuthenticator(db, box, keys, name, made)).then(async (answer) => {
        if (answer.confirmed) await change(name.accountId, 'client.rotated', name.clientId, made, (db) => endReplaced(db, name, answer.authenticator, made));
        return answer;
      }),`,
    },
    {
      file: AUTHENTICATORS,
      from: 'import { confirmAuthenticator }',
      to: 'import { confirmAuthenticator, endReplaced }',
    },
  ],
  spend: [
    { file: DECIDE, from: 'return same.length === 0 ? factor : burn(factor, same);', to: 'return factor;' },
  ],
  'deleted-secrets': [
    {
      file: 'src/store/operations/authenticators/deleted-secrets.ts',
      from: 'return row?.watermark ?? -1;',
      to: 'return -1;',
    },
  ],
  'pending-status': [
    {
      file: DECIDE,
      from: "if (state.pending) return unevaluated({ valid: false, reason: 'pending' }, state, PENDING);",
      to: '',
    },
  ],
  'confirm-failures': [
    {
      file: 'src/domain/authenticators/judge-confirmation.ts',
      from: 'wrongCodes: Math.min(wrongCodes + 1, CONFIRM_ATTEMPTS),',
      to: 'wrongCodes,',
    },
  ],
  // Counted, the version of a rotation that was undone is that of the next one.
  'drawn-versions': [
    {
      file: 'src/store/operations/authenticators/add-authenticator.ts',
      from: 'const secretVersion = drawSecretVersion();',
      to: 'const secretVersion = 1;',
    },
    {
      file: 'src/store/operations/clients/rotate-client.ts',
      from: 'const secretVersion = drawSecretVersion();',
      to: 'const secretVersion = before.secretVersion + 1;',
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
