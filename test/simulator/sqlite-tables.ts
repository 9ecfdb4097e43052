/** What is in the tables of the real store: authenticators and recovery codes of a client. */
import type { DatabaseSync } from 'node:sqlite';
import { unpackTimes } from '../../apps/server/src/store/judging/recent-failures.ts';
import type { AuthenticatorState, DeviceState, RecoveryState } from './history.ts';
import { nameOfMac } from './sheets.ts';

/** Null: there is none of this name, or it is gone. */
export function numberOf(sqlite: DatabaseSync, accountId: number, name: string): number | null {
  const row = sqlite
    .prepare('select id from authenticator where account_id = ? and name = ? order by id limit 1')
    .get(accountId, name);
  return row === undefined ? null : Number(row.id);
}

/** Oldest first. */
export function authenticatorsOf(
  sqlite: DatabaseSync,
  accountId: number,
  clientId: string,
): AuthenticatorState[] {
  const rows = sqlite
    .prepare(
      `select a.name, a.wrong_codes, s.watermark, s.burnt_steps, s.drift, s.pending_until from (
         select account_id, coalesce(authenticator, id) as id, id as client, watermark, burnt_steps, drift, pending_until
           from authenticator_state
         union all select account_id, id, client, watermark, burnt_steps, drift, pending_until
           from further_authenticator
       ) as s
       join client c on c.account_id = s.account_id and c.id = s.client
       join authenticator a on a.account_id = s.account_id and a.id = s.id
       where c.account_id = ? and c.client_id = ? order by s.id`,
    )
    .all(accountId, clientId);
  return rows.map(({ name, wrong_codes, watermark, burnt_steps, drift, pending_until }) => ({
    name: String(name),
    watermark: Number(watermark),
    burnt: unpackTimes(burnt_steps as Uint8Array | null).filter((step) => step > Number(watermark)),
    drift: Number(drift),
    pendingUntil: pending_until === null ? null : Number(pending_until),
    wrongCodes: Number(wrong_codes),
  }));
}

export function recoveryOf(sqlite: DatabaseSync, accountId: number, clientId: string): RecoveryState {
  const join = 'join client c on c.account_id = r.account_id and c.id = r.client';
  const of = 'where c.account_id = ? and c.client_id = ?';
  const made = sqlite
    .prepare(`select r.generation, r.failures from client_recovery r ${join} ${of}`)
    .get(accountId, clientId);
  const codes = sqlite
    .prepare(`select r.mac from client_recovery_code r ${join} ${of}`)
    .all(accountId, clientId)
    .map(({ mac }) => nameOfMac(mac as Uint8Array));
  return {
    codes: codes.sort(),
    generation: Number(made?.generation ?? 0),
    failures: unpackTimes((made?.failures ?? null) as Uint8Array | null),
  };
}

/** Oldest first. */
export function devicesOf(sqlite: DatabaseSync, accountId: number, clientId: string): DeviceState[] {
  const rows = sqlite
    .prepare(
      `select d.* from client_device d join client c on c.account_id = d.account_id and c.id = d.client
       where c.account_id = ? and c.client_id = ? order by d.created_at, d.id`,
    )
    .all(accountId, clientId);
  const orNull = (value: unknown) => (value === null ? null : Number(value));
  return rows.map(({ id, uses, replaced_at, created_at, last_used_at, expires_at }) => ({
    name: String(id),
    uses: Number(uses),
    replacedAt: orNull(replaced_at),
    createdAt: Number(created_at),
    lastUsedAt: orNull(last_used_at),
    expiresAt: Number(expires_at),
  }));
}
