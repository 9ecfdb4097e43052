import { Fault } from '../errors.ts';

export function trustedDevicesOff(): Fault {
  return new Fault(
    'trusted_devices_off',
    "The account's policy has no trusted devices, so nothing was checked and the code can still be used. Send it without trustDevice, or set trustedDevices with PUT /api/policy.",
  );
}

/** The one answer for a device that does not exist, has ended, or belongs to another client. */
export function deviceNotFound(): Fault {
  return new Fault('device_not_found', 'This user has no trusted device with this id.');
}
