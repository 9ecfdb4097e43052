import type { SecretBox } from '../../domain/clients/secret-box.ts';
import { Fault } from '../../domain/errors.ts';
import type { Attempt } from '../../domain/verdicts/ports.ts';
import type { Columns } from '../judging/columns.ts';
import { columnList } from '../judging/columns.ts';
import { type Earlier, readAnswer, toAnswerRow } from '../judging/idempotent-answers.ts';
import type { Judged } from '../judging/judged.ts';
import type { IdempotentAnswerTable } from '../schema.ts';
import type { BatchLog } from './batch-log.ts';
import { type Answered, bytesArray, numberArray, type Statement } from './exchange.ts';
import { arraysOf, rowOf, typesOf, unnested } from './rows.ts';
import type { Expected } from './transaction.ts';

const COLUMNS: Columns<IdempotentAnswerTable> = {
  account_id: 'integer',
  key_digest: 'bytes',
  expires_at: 'integer',
  answer: 'bytes',
};

/** Reads what is kept for the Idempotency-Keys of these attempts: nothing is asked where no attempt has one. */
export function readAnswers(attempts: readonly Attempt[]): Statement[] {
  const asked = attempts.flatMap(({ accountId, idempotency }) =>
    idempotency === undefined ? [] : [{ accountId, key: idempotency.key }],
  );
  if (asked.length === 0) return [];
  return [
    {
      name: 'read_answers',
      text: `select distinct ${columnList(COLUMNS, 'a')}
        from unnest($1::bigint[], $2::bytea[]) as asked (account_id, key_digest)
        join idempotent_answer a on a.account_id = asked.account_id and a.key_digest = asked.key_digest`,
      values: [numberArray(asked.map(({ accountId }) => accountId)), bytesArray(asked.map(({ key }) => key))],
    },
  ];
}

/** The kept answers of a batch: those that it read, and those that its attempts add. */
export class BatchAnswers {
  readonly #box: SecretBox;
  readonly #log: BatchLog;
  readonly #rows = new Map<string, IdempotentAnswerTable>();
  readonly #added = new Map<string, IdempotentAnswerTable>();

  /** From what the statements of `readAnswers` answered. */
  constructor(box: SecretBox, log: BatchLog, answered: readonly Answered[]) {
    this.#box = box;
    this.#log = log;
    for (const answer of answered.flatMap(({ rows }) => rows)) {
      const row = rowOf(COLUMNS, answer);
      this.#rows.set(nameOf(row.account_id, row.key_digest), row);
    }
  }

  /** What an attempt with the same key came to; null: there was none that counts at `now` (ms). */
  find({ accountId, idempotency }: Attempt, now: number): Earlier | null {
    if (idempotency === undefined) return null;
    const name = nameOf(accountId, idempotency.key);
    const row = this.#added.get(name) ?? this.#rows.get(name);
    if (row === undefined || row.expires_at <= now) return null;
    return orFault(() => readAnswer(this.#box, this.#log.dataKeyOf(accountId), idempotency, row));
  }

  /** Keeps what an attempt came to. Gives the fault of an account whose data key does not open, with nothing kept. */
  keep({ accountId, idempotency }: Attempt, at: number, judged: Judged): Fault | null {
    if (idempotency === undefined) return null;
    const row = orFault(() =>
      toAnswerRow(this.#box, this.#log.dataKeyOf(accountId), { accountId, at }, idempotency, judged),
    );
    if (row instanceof Fault) return row;
    if (row !== null) this.#added.set(nameOf(accountId, idempotency.key), row);
    return null;
  }

  /** Writes what was kept, also in the place of what has expired. */
  writes(): Expected[] {
    const rows = [...this.#added.values()];
    if (rows.length === 0) return [];
    return [
      {
        name: 'write_answers',
        text: `insert into idempotent_answer (${columnList(COLUMNS)}) select * from ${unnested(typesOf(COLUMNS))}
          on conflict (account_id, key_digest) do update set expires_at = excluded.expires_at, answer = excluded.answer`,
        values: arraysOf(COLUMNS, rows),
        rows: rows.length,
      },
    ];
  }
}

function nameOf(accountId: number, key: Uint8Array): string {
  return `${accountId} ${Buffer.from(key).toString('base64')}`;
}

/** A fault is one attempt's alone, and not the batch's. */
function orFault<T>(work: () => T): T | Fault {
  try {
    return work();
  } catch (error) {
    if (error instanceof Fault) return error;
    throw error;
  }
}
