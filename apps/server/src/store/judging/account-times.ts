/** The clocks of test halves in SQL of both dialects, where one statement is about many accounts. */

/** Whether a store with these migrations has test halves. */
export function hasTestHalves(migrations: readonly string[]): boolean {
  return migrations.includes('0020-test-halves');
}

/** By how many ms the clock of the account of a row of `table` is ahead of the server's. */
export function offsetOf(table: string): string {
  return `coalesce((select head.clock_offset from account_head head where head.account_id = ${table}.account_id), 0)`;
}

/** Seconds since the epoch in the account of a row of `table`, when the server's clock shows `now` (ms). */
export function secondsIn(table: string, now: number): string {
  return `((${Math.floor(now)} + ${offsetOf(table)}) / 1000)`;
}

/** Whether a row of `table` is of an account whose clock is ahead: the index `account_head_ahead` holds only these. */
export function isAhead(table: string): string {
  return `${table}.account_id in (select ahead.account_id from account_head ahead where ahead.clock_offset > 0)`;
}

/** How many accounts people have: neither the installation's own, number 0, nor test halves, nor deleted ones. */
export function countAccounts(migrations: readonly string[]): string {
  const present = migrations.includes('0025-ended-accounts') ? 'and deleted_at is null' : '';
  return `select count(*) as n from account where id > 0 ${hasTestHalves(migrations) ? 'and test_of is null' : ''} ${present}`;
}

/** How many clients those accounts have. */
export function countClients(migrations: readonly string[]): string {
  const halves = 'and account_id not in (select id from account where test_of is not null)';
  return `select count(*) as n from client where account_id > 0 ${hasTestHalves(migrations) ? halves : ''}`;
}

/**
 * When the newest event was written (ms, by the server's clock); events of a test half bear the time of that half. Events
 * have no index by time, but each account's newest is known by number.
 */
export function selectNewestEvent(migrations: readonly string[]): string {
  return `select max(e.at${hasTestHalves(migrations) ? ' - h.clock_offset' : ''}) as at
    from account_head h join event e on e.account_id = h.account_id and e.id = h.last_event`;
}
