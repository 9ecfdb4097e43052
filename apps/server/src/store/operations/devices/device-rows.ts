import { type Kysely, type Selectable, sql } from 'kysely';
import { type Device, MAX_DEVICES } from '../../../domain/devices/device.ts';
import type { TrustAttempt } from '../../../domain/devices/ports.ts';
import type { ClientDeviceTable } from '../../device-tables.ts';
import type { Schema } from '../../schema.ts';

type Db = Kysely<Schema>;
export type DeviceRow = Selectable<ClientDeviceTable>;

/** A client's devices, those too that have expired and were not swept yet; oldest first. */
export async function deviceRows(db: Db, accountId: number, client: number): Promise<DeviceRow[]> {
  const rows = await db
    .selectFrom('client_device')
    .selectAll()
    .where('account_id', '=', accountId)
    .where('client', '=', client)
    .orderBy('id')
    .execute();
  return rows.sort((one, other) => one.created_at - other.created_at);
}

export async function findDevice(
  db: Db,
  accountId: number,
  client: number,
  id: string,
): Promise<DeviceRow | null> {
  const row = await db
    .selectFrom('client_device')
    .selectAll()
    .where('account_id', '=', accountId)
    .where('client', '=', client)
    .where('id', '=', id)
    .executeTakeFirst();
  return row ?? null;
}

export function toDevice(row: DeviceRow): Device {
  return {
    id: row.id,
    label: row.label,
    createdAt: row.created_at,
    lastUsedAt: row.last_used_at,
    expiresAt: row.expires_at,
  };
}

/** Adds a device. The client has no more than it may: expired ones go, and then those that were not used for longest. */
export async function addDevice(
  db: Db,
  accountId: number,
  client: number,
  { id, label, mac, expiresAt }: TrustAttempt['device'],
  now: number,
): Promise<Device> {
  const earlier = await deviceRows(db, accountId, client);
  const live = earlier.filter((row) => row.expires_at > now);
  const unused = (row: DeviceRow) => row.last_used_at ?? row.created_at;
  const kept = live.sort((one, other) => unused(other) - unused(one)).slice(0, MAX_DEVICES - 1);
  const gone = earlier.filter((row) => !kept.includes(row)).map((row) => row.id);
  if (gone.length > 0) await dropDevices(db, accountId, client, gone);
  const row: DeviceRow = {
    account_id: accountId,
    client,
    id,
    label,
    mac,
    uses: 0,
    replaced_at: null,
    created_at: now,
    last_used_at: null,
    expires_at: expiresAt,
  };
  await db.insertInto('client_device').values(row).execute();
  await addToHead(db, accountId, 1);
  return toDevice(row);
}

/** Ends these devices of a client, or all of them; gives how many there were. */
export async function dropDevices(
  db: Db,
  accountId: number,
  client: number,
  ids?: readonly string[],
): Promise<number> {
  let deletion = db
    .deleteFrom('client_device')
    .where('account_id', '=', accountId)
    .where('client', '=', client);
  if (ids !== undefined) deletion = deletion.where('id', 'in', [...ids]);
  const { numDeletedRows } = await deletion.executeTakeFirstOrThrow();
  await addToHead(db, accountId, -Number(numDeletedRows));
  return Number(numDeletedRows);
}

/** What an account's devices take up is counted in its head, since the row is written with each change anyway. */
export async function addToHead(db: Db, accountId: number, devices: number): Promise<void> {
  if (devices === 0) return;
  await db
    .updateTable('account_head')
    .set({ devices: sql<number>`devices + ${devices}` })
    .where('account_id', '=', accountId)
    .execute();
}
