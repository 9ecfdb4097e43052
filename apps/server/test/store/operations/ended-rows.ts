/** Rows with an end, of an account whose clock is `ahead` (ms). */
interface Ended {
  readonly account: number;
  readonly rows: number;
  readonly ahead: number;
  /** ms since the epoch. */
  readonly end: number;
}

const VALUES = {
  idempotent_answer: (end: number) => `key, ${end}, key`,
  deleted_secret: (end: number) => `key, 30, 1, ${end}`,
  spent_receipt: (end: number) => `key, ${end}`,
  link: (end: number) =>
    `n, cast(hex(randomblob(16)) as blob), 'ada', null, 'enrol', null, null, 'a', 'b', 0, ${end}, null, null, null, 0, 'expired', null, null, ${end}`,
  previous_secret: (end: number) => `n, 1, n, 'SHA1', 6, 30, 1, key, ${end}`,
  client_device: (end: number) => `n, 'dev', 'label', key, 0, null, 0, null, ${end}`,
} as const;

/** The SQL that makes them, for SQLite. */
export function endedRows(table: keyof typeof VALUES, { account, rows, ahead, end }: Ended): string {
  const counted = table === 'client_device' ? rows : 0;
  return `
    insert into account_head (account_id, last_event, last_number, clock_offset, devices)
      values (${account}, 0, 0, ${ahead}, ${counted});
    with recursive number (n) as (select 1 union all select n + 1 from number where n < ${rows})
    insert into ${table} select ${account}, ${VALUES[table](end)}
      from (select n, cast(printf('%032d', n) as blob) as key from number);`;
}
