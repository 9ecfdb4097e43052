import type { Kysely } from 'kysely';
import { isExpired } from '../../../domain/authenticators/authenticator.ts';
import type { Change } from '../../../domain/change.ts';
import type { SecretBox } from '../../../domain/clients/secret-box.ts';
import { type Device, deviceName } from '../../../domain/devices/device.ts';
import { deviceNotFound, trustedDevicesOff } from '../../../domain/devices/faults.ts';
import { type DeviceChange, judgeDevice } from '../../../domain/devices/judge-device.ts';
import type {
  DeviceAttempt,
  DeviceVerdict,
  TrustAttempt,
  TrustVerdict,
} from '../../../domain/devices/ports.ts';
import { clientNotFound } from '../../../domain/errors.ts';
import type { AuthenticatorKeys } from '../../../domain/verdicts/ports.ts';
import type { Schema } from '../../schema.ts';
import { judgeCode } from '../authenticators/prove.ts';
import { reading } from '../authenticators/reading.ts';
import { confirmedOf, lockClient, readClient } from '../authenticators/stored-client.ts';
import { appendClientEvent } from '../log/append-event.ts';
import { clientEvent, notedEvent } from '../log/client-event.ts';
import { countCodes } from '../recovery-codes/recovery-rows.ts';
import { findPolicy } from '../verdicts/policy.ts';
import { addDevice, type DeviceRow, deviceRows, dropDevices, findDevice, toDevice } from './device-rows.ts';

type Db = Kysely<Schema>;

/**
 * Judges a code by the rules for any login and, when it is right, trusts the device. Faults: trusted_devices_off,
 * before the code is looked at; client_not_found, totp_code_malformed, secret_unreadable.
 */
export async function trustDevice(
  db: Db,
  box: SecretBox,
  keys: AuthenticatorKeys,
  { accountId, clientId, code, device }: TrustAttempt,
  change: Change,
): Promise<TrustVerdict> {
  const client = await reading(() => lockClient(db, accountId, clientId, change.at));
  const policy = await findPolicy(db, accountId);
  if (!policy.trustedDevices) throw trustedDevicesOff();
  const typed = { code, path: '/token' } as const;
  const { verdict, accepted, lastEvent } = await judgeCode(db, box, keys, client, typed, change);
  if (!verdict.valid) return verdict;
  if (accepted === null) throw new TypeError('a code was accepted, and by no authenticator');
  const trusted = await addDevice(db, accountId, client.id, device, change.at);
  const event = notedEvent('client.device_trusted', clientId, change, deviceName(device.id));
  await appendClientEvent(db, accountId, { id: client.id, lastEvent }, event);
  return {
    valid: true,
    authenticator: accepted.id,
    method: accepted.parameters.period === 0 ? 'hotp' : 'totp',
    remaining: await countCodes(db, accountId, client.id),
    device: trusted,
  };
}

/**
 * Judges a device's token under its account's lock, and replaces it. The client's failures are not touched: a browser is
 * no phone, and its use must not give someone who guesses codes a fresh set of guesses. Faults: client_not_found,
 * secret_unreadable.
 */
export async function useDevice(
  db: Db,
  { accountId, clientId, presented }: DeviceAttempt,
  change: Change,
): Promise<DeviceVerdict> {
  const client = await reading(() => lockClient(db, accountId, clientId, change.at));
  const { trustedDevices } = await findPolicy(db, accountId);
  const row = presented === null ? null : await findDevice(db, accountId, client.id, presented.id);
  const decision = judgeDevice(
    {
      disabled: client.disabled,
      pending: confirmedOf(client).length === 0,
      trustedDevices,
      presented,
      device: row === null ? null : toJudged(row),
    },
    change.at,
  );
  const used = row === null ? null : await apply(db, row, decision.change, change.at);
  const event = clientEvent('client.device_used', clientId, change, decision.recorded);
  if (!decision.verdict.valid) {
    await appendClientEvent(db, accountId, client, event);
    return decision.verdict;
  }
  if (used === null) throw new TypeError('a token was accepted, and there is no such device');
  await appendClientEvent(db, accountId, client, { ...event, reason: deviceName(used.id) });
  // In the transaction that replaces the token: if this cannot be read, the token that was sent is still good.
  return { valid: true, remaining: await countCodes(db, accountId, client.id), device: toDevice(used) };
}

function toJudged(row: DeviceRow) {
  return {
    mac: row.mac,
    uses: row.uses,
    replacedAt: row.replaced_at,
    createdAt: row.created_at,
    expiresAt: row.expires_at,
  };
}

/** Writes what becomes of a device, and gives its row as it is then. */
async function apply(db: Db, row: DeviceRow, change: DeviceChange, now: number): Promise<DeviceRow> {
  const { account_id: accountId, client, id } = row;
  if (change === null) return row;
  if (change === 'end') {
    await dropDevices(db, accountId, client, [id]);
    return row;
  }
  const replaced = change === 'replace' ? { uses: row.uses + 1, replaced_at: now } : {};
  const columns = { ...replaced, last_used_at: now };
  await db
    .updateTable('client_device')
    .set(columns)
    .where('account_id', '=', accountId)
    .where('client', '=', client)
    .where('id', '=', id)
    .execute();
  return { ...row, ...columns };
}

/** Those that are trusted at `now` (ms), oldest first. Faults: client_not_found. */
export async function listDevices(
  db: Db,
  accountId: number,
  clientId: string,
  now: number,
): Promise<readonly Device[]> {
  const client = await readClient(db, accountId, clientId);
  if (client === null || client.authenticators.every((one) => isExpired(one, now))) throw clientNotFound();
  const rows = await deviceRows(db, accountId, client.id);
  return rows.filter((row) => row.expires_at > now).map(toDevice);
}

/** Faults: client_not_found, device_not_found. */
export async function endDevice(
  db: Db,
  accountId: number,
  clientId: string,
  id: string,
  change: Change,
): Promise<void> {
  const client = await lockClient(db, accountId, clientId, change.at);
  const row = await findDevice(db, accountId, client.id, id);
  if (row === null || row.expires_at <= change.at) throw deviceNotFound();
  await dropDevices(db, accountId, client.id, [id]);
  const event = notedEvent('client.devices_ended', clientId, change, deviceName(id));
  await appendClientEvent(db, accountId, client, event);
}

/** Ending what is not there changes nothing, but is recorded. Faults: client_not_found. */
export async function endDevices(db: Db, accountId: number, clientId: string, change: Change): Promise<void> {
  const client = await lockClient(db, accountId, clientId, change.at);
  await dropDevices(db, accountId, client.id);
  const event = clientEvent('client.devices_ended', clientId, change);
  await appendClientEvent(db, accountId, client, event);
}
