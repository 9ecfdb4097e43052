import { Fault, outcomeUnknown, storeUnavailable } from '../../domain/errors.ts';
import type { DatabaseLimits } from './connections.ts';
import { type Answered, refusedStatement, type Statement } from './exchange.ts';
import { isConnectionLost, type Session, StandbyError } from './session.ts';
import { SET_IN_TRANSACTION } from './session-settings.ts';

/** A statement, and how many rows it has to change. */
export interface Expected extends Statement {
  readonly rows?: number;
}

/**
 * How long a transaction may stand idle before PostgreSQL ends it: a node that is frozen or cut off must not
 * keep the rows that it has locked from the others.
 */
const IDLE_IN_TRANSACTION_MS = 5_000;

const BEGIN: Statement = { text: 'begin isolation level read committed read write' };

/**
 * What makes a commit durable, and bounds what a transaction may wait for. Set within each transaction, as
 * nothing else passes a pooler: there, a `SET` would be the next client's. `remote_apply` is stricter than
 * `on` and stays; whatever else the database or the role have set becomes `on`.
 */
const SET = `
  set_config('synchronous_commit',
    case current_setting('synchronous_commit') when 'remote_apply' then 'remote_apply' else 'on' end, true),
  set_config('statement_timeout', $1, true),
  set_config('lock_timeout', $2, true),
  set_config('idle_in_transaction_session_timeout', $3, true),
  pg_backend_pid(),
  (extract(epoch from clock_timestamp()) * 1000)::bigint`;

const CONFIGURE: Statement = { name: 'configure', text: `select ${SET}` };
/** Where nothing that was set before can be relied on. */
const CONFIGURE_ALL: Statement = { text: `select ${SET},\n  ${SET_IN_TRANSACTION}` };

/** Durable when told, and nothing less. */
const DURABLE = ['on', 'remote_apply'];

/** The commit was sent, and its outcome is unknown: it may be neither reported as done nor run again. */
export class UnknownOutcome extends Error {
  override readonly name = 'UnknownOutcome';
}

/**
 * Begins a transaction, and sends `statements` in the same round trip. Gives what these answered.
 *
 * @throws {StandbyError} when the server takes no writes; the connection is given up then
 */
export async function begin(
  session: Session,
  { statementTimeoutMs, lockTimeoutMs }: Pick<DatabaseLimits, 'statementTimeoutMs' | 'lockTimeoutMs'>,
  statements: readonly Statement[] = [],
): Promise<readonly Answered[]> {
  const sentAt = session.clocks.now();
  const values = [statementTimeoutMs, lockTimeoutMs, IDLE_IN_TRANSACTION_MS].map(String);
  const [, configured, ...answers] = await session
    .exchange([BEGIN, { ...(session.isDirect ? CONFIGURE : CONFIGURE_ALL), values }, ...statements])
    .catch((error) => {
      // `feature_not_supported` is what a standby says of it.
      if (refusedStatement(error) !== BEGIN || error.code !== '0A000') throw error;
      session.discard();
      throw new StandbyError(error);
    });
  const [durability, , , , processId = null, databaseTime] = configured?.rows[0] ?? [];
  session.answeredBy(processId);
  session.clocks.note(Number(databaseTime), sentAt);
  if (durability == null || !DURABLE.includes(durability)) {
    throw new Error(`synchronous_commit is ${durability}, and commits would not be durable`);
  }
  return answers;
}

/**
 * Sends `statements` and the commit in one round trip, and resolves when the commit is durable.
 *
 * @throws {UnknownOutcome} when that cannot be said; another error is the database's, which has undone all
 */
export async function commit(session: Session, statements: readonly Expected[] = []): Promise<void> {
  session.takeDoubts();
  let answers: readonly Answered[];
  try {
    answers = await session.exchange([...statements, { text: 'commit' }]);
  } catch (cause) {
    if (!isConnectionLost(cause) && !isOfUnknownOutcome(cause)) throw cause;
    throw new UnknownOutcome('the connection was lost during a commit', { cause });
  }
  // An aborted transaction answers COMMIT with ROLLBACK.
  const ended = answers.at(-1)?.tag;
  if (ended !== 'COMMIT') throw new UnknownOutcome(`the transaction ended with ${ended} in place of COMMIT`);
  // A wait for the standby that is cut short is no error to PostgreSQL: it commits here alone, and warns.
  const [doubt] = session.takeDoubts();
  if (doubt !== undefined) throw new UnknownOutcome(`the commit may not be durable: ${doubt}`);
  for (const [index, { rows, text }] of statements.entries()) {
    const tag = answers[index]?.tag;
    if (rows !== undefined && tag?.split(' ').at(-1) !== String(rows)) {
      throw new UnknownOutcome(`${tag} in place of ${rows} rows: ${text.slice(0, 40)}…`);
    }
  }
}

/** What the caller learns of a failed transaction: that nothing was done, or that the outcome is unknown. */
export function unavailable(error: unknown): Fault {
  if (error instanceof Fault) return error;
  return error instanceof UnknownOutcome ? outcomeUnknown(error) : storeUnavailable(error);
}

/** `statement_completion_unknown`, as a proxy or a distributed database says it. */
function isOfUnknownOutcome(error: unknown): boolean {
  return (error as { code?: string }).code === '40003';
}
