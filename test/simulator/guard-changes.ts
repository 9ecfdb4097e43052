/** How each guard is taken out of a copy of the server's source. */
import { type Change, LIFE_CHANGES } from './guard-changes-of-lives.ts';
import type { SqliteGuard } from './guards.ts';

const GROUP_COMMIT = 'src/store/sqlite/group-commit.ts';
const DURABLE_LOG = 'src/store/sqlite/durable-log.ts';
const JUDGE = 'src/store/sqlite/judge.ts';
const DECIDE = 'src/domain/verdicts/decide.ts';
const CONFIRM = 'src/store/operations/authenticators/confirm-authenticator.ts';

const JUDGE_RECOVERY = 'src/domain/recovery-codes/judge-code.ts';
const PROVE = 'src/store/operations/authenticators/prove.ts';
const DIAGNOSE = 'src/domain/authenticators/diagnose.ts';
const ANSWERS = 'src/store/operations/idempotency/idempotent-answers.ts';
const RESYNC = 'src/domain/authenticators/judge-resync.ts';
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

/** Keeps an answer in a transaction of its own. */
const KEEP_LATER = `
export async function keepLater(db: Db, box: SecretBox, accountId: number, { at, idempotency }: Change, outcome: unknown): Promise<void> {
  if (idempotency === undefined || (outcome as Error)?.name === 'AlreadyAnswered') return;
  const row = toAnswerRow(box, await dataKeyOf(db, accountId), { accountId, at }, idempotency, outcome);
  if (row !== null) await keepAnswer(db, row);
}

`;

export const CHANGES: Readonly<Record<SqliteGuard, readonly Change[]>> = {
  ...LIFE_CHANGES,
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
    { file: CONFIRM, from: '[...left, confirmed]', to: '[...used, confirmed]' },
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
      from: 'Math.min(one.wrongCodes + 1, CONFIRM_ATTEMPTS)',
      to: 'one.wrongCodes',
    },
  ],
  'resync-used': [
    {
      file: RESYNC,
      from: 'return first <= watermark || burnt.includes(first) || burnt.includes(second);',
      to: 'return false;',
    },
  ],
  'resync-failures': [
    {
      file: RESYNC,
      from: 'recorded, lockout: afterFailure(lockout, now, policy) };',
      to: 'recorded, lockout };',
    },
  ],
  // A code that was used is there again.
  'recovery-use': [
    {
      file: 'src/store/operations/recovery-codes/recovery-rows.ts',
      from: 'if (taken.numDeletedRows === 0n) return false;',
      to: "$&\n  await db.insertInto('client_recovery_code').values({ account_id: accountId, client, mac }).execute();",
    },
  ],
  'recovery-disabled': [
    {
      file: JUDGE_RECOVERY,
      from: "if (state.disabled) return { valid: false, reason: 'disabled' };",
      to: '',
    },
  ],
  'recovery-failures': [
    { file: JUDGE_RECOVERY, from: 'failures: [...counted, now] };', to: 'failures: counted };' },
  ],
  'recovery-day': [
    {
      file: 'src/store/operations/recovery-codes/recovery-codes.ts',
      from: 'afterSuccess(client.lockout, change.at)',
      to: '{ ...afterSuccess(client.lockout, change.at), recentFailures: [] }',
    },
  ],
  'proof-burn': [{ file: PROVE, from: 'factor: next.factors[place] as MovingFactor,', to: '' }],
  'proof-failures': [
    {
      file: PROVE,
      from: 'lockout: next.lockout,',
      to: 'lockout: reason === null ? next.lockout : client.lockout,',
    },
  ],
  'rotate-lock': [
    {
      file: 'src/store/operations/clients/rotate-client.ts',
      from: 'const lockout = isAlone ? NO_FAILURES : client.lockout;',
      to: 'const lockout = NO_FAILURES;',
    },
  ],
  'unlock-day': [
    {
      file: 'src/store/operations/clients/clients.ts',
      from: "recent_failures: forgotten === 'all' ? null : recent_failures,",
      to: 'recent_failures: null,',
    },
  ],
  'diagnose-burn': [
    {
      file: DIAGNOSE,
      from: 'factors: new Map(opened.flatMap((one) => withoutStepsToCome(one, code, now, policy))),',
      to: 'factors: UNCHANGED,',
    },
  ],
  'diagnose-failures': [
    { file: DIAGNOSE, from: 'lockout: afterFailure(lockout, now, policy),', to: 'lockout,' },
  ],
  'kept-answers': [
    { file: ANSWERS, from: 'if (earlier !== null) return earlier;', to: '' },
    { file: JUDGE, from: 'if (earlier !== null) return earlier;', to: '' },
  ],
  // Kept, or not, in a transaction of its own.
  'answer-in-commit': [
    { file: ANSWERS, from: 'if (row !== null) await keepAnswer(db, row);', to: '' },
    { file: JUDGE, from: 'if (row !== null) write.answer(row);', to: '' },
    {
      file: 'src/store/operations/log/recorded-change.ts',
      from: '    // Returned, not thrown,',
      to: '    await write((db) => keepLater(db, box, accountId, made, result), accountId);\n$&',
    },
    {
      file: 'src/store/operations/log/recorded-change.ts',
      from: 'import { doOnce }',
      to: 'import { doOnce, keepLater }',
    },
    { file: ANSWERS, from: 'export async function findAnswer(', to: `${KEEP_LATER}$&` },
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
