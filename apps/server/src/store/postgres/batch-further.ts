import {
  type Columns,
  columnList,
  columnNames,
  FURTHER_COLUMNS,
  type FurtherChange,
} from '../judging/columns.ts';
import { type BatchClient, type BatchFurther, SEALED_COLUMNS, sealedOf } from './batch-clients.ts';
import { type Answered, numberArray, type Statement } from './exchange.ts';
import { arraysOf, rowOf, typesOf, unnested } from './rows.ts';
import type { Expected } from './transaction.ts';

/** The second authenticators of clients and those after them, as a batch reads and writes them. */

const CLIENT_COLUMNS: Columns<{ account_id: number; client: number }> = {
  account_id: 'integer',
  client: 'integer',
};
const FIRST_OF_FURTHER = columnNames(CLIENT_COLUMNS).length;
const FURTHER_SEALED = FIRST_OF_FURTHER + columnNames(FURTHER_COLUMNS).length;

/** The other confirmed authenticators of these clients, oldest first, with their sealed secrets. */
export function readFurther(clients: readonly BatchClient[]): Statement {
  return {
    name: 'read_further',
    text: `select ${columnList(CLIENT_COLUMNS, 'f')}, ${columnList(FURTHER_COLUMNS, 'f')}, ${columnList(SEALED_COLUMNS, 'n')}
      from unnest($1::bigint[], $2::bigint[]) as wanted (account_id, client)
      join further_authenticator f on f.account_id = wanted.account_id and f.client = wanted.client
        and f.pending_until is null
      left join authenticator n on n.account_id = f.account_id and n.id = f.id and n.secret_version = f.secret_version
      order by f.id`,
    values: [
      numberArray(clients.map(({ accountId }) => accountId)),
      numberArray(clients.map(({ row }) => row.id)),
    ],
  };
}

/** Gives each of these clients its other authenticators. */
export function addFurther(answered: Answered | undefined, clients: readonly BatchClient[]): void {
  const byNumber = new Map(clients.map((client) => [`${client.accountId} ${client.row.id}`, client]));
  for (const columns of answered?.rows ?? []) {
    const { account_id, client: number } = rowOf(CLIENT_COLUMNS, columns);
    const client = byNumber.get(`${account_id} ${number}`);
    if (client === undefined) continue;
    const row = rowOf(FURTHER_COLUMNS, columns, FIRST_OF_FURTHER);
    const isRead = columns[FURTHER_SEALED] != null;
    const sealed = isRead
      ? sealedOf(client, row.id, row, rowOf(SEALED_COLUMNS, columns, FURTHER_SEALED))
      : null;
    client.further.push({ row, sealed });
  }
}

type WrittenFurther = FurtherChange & { account_id: number; client: number };

const WRITTEN_FURTHER: Columns<WrittenFurther> = {
  account_id: 'integer',
  client: 'integer',
  id: 'integer',
  watermark: 'integer',
  burnt_steps: 'bytes',
  drift: 'integer',
  last_accepted_at: 'integer',
};

/** Writes what the attempts have made of further authenticators of these clients. */
export function writeFurther(changed: ReadonlyMap<BatchFurther, BatchClient>): Expected[] {
  if (changed.size === 0) return [];
  const rows = [...changed].map(([{ row }, client]) => ({
    ...row,
    account_id: client.accountId,
    client: client.row.id,
  }));
  return [
    {
      name: 'write_further',
      text: `update further_authenticator f set watermark = n.watermark, burnt_steps = n.burnt_steps, drift = n.drift,
        last_accepted_at = n.last_accepted_at
        from ${unnested(typesOf(WRITTEN_FURTHER))} as n (${columnList(WRITTEN_FURTHER)})
        where f.account_id = n.account_id and f.client = n.client and f.id = n.id`,
      values: arraysOf(WRITTEN_FURTHER, rows),
      rows: rows.length,
    },
  ];
}
