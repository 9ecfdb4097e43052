import type { SecretBox } from '../../../domain/clients/secret-box.ts';
import type { DeviceStore } from '../../../domain/devices/ports.ts';
import type { AuthenticatorKeys } from '../../../domain/verdicts/ports.ts';
import type { Executor } from '../../operations-store.ts';
import type { RecordedChange } from '../log/recorded-change.ts';
import { endDevice, endDevices, listDevices, trustDevice, useDevice } from './devices.ts';

/** What a store does with the trusted devices of clients, the same in both dialects. */
export function deviceStore(
  read: Executor['read'],
  change: RecordedChange,
  box: SecretBox,
  keys: AuthenticatorKeys,
): Omit<DeviceStore, 'expireDevices'> {
  return {
    trustDevice: (attempt, made) =>
      // A refusal before the code is judged is one of the code.
      change(attempt.accountId, 'totp.validated', attempt.clientId, made, (db, made) =>
        trustDevice(db, box, keys, attempt, made),
      ),
    useDevice: (attempt, made) =>
      change(attempt.accountId, 'client.device_used', attempt.clientId, made, (db, made) =>
        useDevice(db, attempt, made),
      ),
    listDevices: (accountId, clientId, now) =>
      read((db) => listDevices(db, accountId, clientId, now), accountId),
    endDevice: (accountId, clientId, id, made) =>
      change(accountId, 'client.devices_ended', clientId, made, (db, made) =>
        endDevice(db, accountId, clientId, id, made),
      ),
    endDevices: (accountId, clientId, made) =>
      change(accountId, 'client.devices_ended', clientId, made, (db, made) =>
        endDevices(db, accountId, clientId, made),
      ),
  };
}
