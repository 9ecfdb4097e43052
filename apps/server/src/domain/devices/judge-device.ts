import { type Device, GRACE_MS } from './device.ts';

/** A device as far as its use is judged by it. */
export interface JudgedDevice extends Pick<Device, 'createdAt' | 'expiresAt'> {
  /** By what the store knows the device's secret. */
  readonly mac: Uint8Array;
  /** How often its token was replaced, which is the number of its present one. */
  readonly uses: number;
  /** When that was last, ms; null: never. */
  readonly replacedAt: number | null;
}

/** What a token says that this installation made for the client. A secret is known by its MAC alone. */
export interface PresentedDevice {
  readonly id: string;
  readonly mac: Uint8Array;
  /** The number of the token: how often the device's token had been replaced when it was made. */
  readonly uses: number;
}

/** Everything that decides whether a device's token is accepted. */
export interface DeviceUse {
  readonly disabled: boolean;
  /** Whether none of the client's authenticators was confirmed. */
  readonly pending: boolean;
  /** The policy's switch. */
  readonly trustedDevices: boolean;
  /** null: the text was no token that this installation made for the client. */
  readonly presented: PresentedDevice | null;
  /** null: the client has no such device. */
  readonly device: JudgedDevice | null;
}

export type DeviceRefusal = {
  readonly valid: false;
  /** One for all that a caller can only answer by asking for a code. */
  readonly reason: 'device_unknown' | 'disabled' | 'pending';
};

/** What becomes of the device: `replace`: its token; `note`: that it was used; `end`: it is not trusted any longer. */
export type DeviceChange = 'replace' | 'note' | 'end' | null;

export interface DeviceDecision {
  readonly verdict: { readonly valid: true } | DeviceRefusal;
  /** What the log says of a refusal, which may be more; null: it was accepted. */
  readonly recorded:
    | DeviceRefusal['reason']
    | 'device_expired'
    | 'device_reused'
    | 'clock_ahead'
    | 'trusted_devices_off'
    | null;
  readonly change: DeviceChange;
}

const UNKNOWN: DeviceRefusal = { valid: false, reason: 'device_unknown' };

/**
 * One use of a device's token, as a pure function; the store runs it under the account's lock.
 *
 * The lock of guesses at codes is not asked: no token is guessed, and an attacker who locks a client must not lock
 * out its trusted browsers, too. An older token that comes again shows that two hold the device's tokens, one of whom
 * stole them: that ends the device, as RFC 9700 §4.14.2 has it for refresh tokens.
 *
 * @param now ms since the epoch
 */
export function judgeDevice(use: DeviceUse, now: number): DeviceDecision {
  const { presented, device } = use;
  if (use.disabled) return refused({ valid: false, reason: 'disabled' }, 'disabled');
  if (use.pending) return refused({ valid: false, reason: 'pending' }, 'pending');
  if (!use.trustedDevices) return refused(UNKNOWN, 'trusted_devices_off');
  if (presented === null || device === null || Buffer.compare(presented.mac, device.mac) !== 0) {
    return refused(UNKNOWN, 'device_unknown');
  }
  if (device.expiresAt <= now) return refused(UNKNOWN, 'device_expired');
  // Made while this server's clock was ahead: it would be trusted for longer than was asked for.
  if (device.createdAt > now + GRACE_MS) return refused(UNKNOWN, 'clock_ahead');
  if (presented.uses === device.uses) return accepted('replace');
  // A token that is newer than the store knows: a failover has lost that it was given.
  if (presented.uses > device.uses) return refused(UNKNOWN, 'device_unknown');
  if (presented.uses === device.uses - 1 && isWithinGrace(device, now)) return accepted('note');
  return { verdict: UNKNOWN, recorded: 'device_reused', change: 'end' };
}

/** Clocks of two nodes differ, so the replacement may lie ahead a little; what lies further ahead is over. */
function isWithinGrace({ replacedAt }: JudgedDevice, now: number): boolean {
  return replacedAt !== null && Math.abs(now - replacedAt) < GRACE_MS;
}

function accepted(change: 'replace' | 'note'): DeviceDecision {
  return { verdict: { valid: true }, recorded: null, change };
}

function refused(
  verdict: DeviceRefusal,
  recorded: Exclude<DeviceDecision['recorded'], null>,
): DeviceDecision {
  return { verdict, recorded, change: null };
}
