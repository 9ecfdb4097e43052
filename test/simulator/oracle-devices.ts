/** A client's trusted browsers as the oracle sees them. */
import type { DeviceState } from './history.ts';
import type { OracleClient } from './oracle.ts';
import { TRUSTED_MS } from './schedule.ts';

const MINUTE_MS = 60_000;
const MOST = 10;

export interface JudgedUse {
  /** What the log says of a refusal; null: it was accepted. */
  readonly reason: string | null;
  readonly told: { readonly valid: boolean; readonly reason?: string };
}

export class OracleDevices {
  #devices: DeviceState[] = [];

  /** The browser is trusted from now on; of too many the one that was not used for longest gives way. */
  trust(name: string, at: number): void {
    const used = ({ lastUsedAt, createdAt }: DeviceState) => lastUsedAt ?? createdAt;
    const live = this.#devices.filter(({ expiresAt }) => expiresAt > at);
    const kept = live.toSorted((one, other) => used(other) - used(one)).slice(0, MOST - 1);
    const fresh = {
      name,
      uses: 0,
      replacedAt: null,
      createdAt: at,
      lastUsedAt: null,
      expiresAt: at + TRUSTED_MS,
    };
    this.#devices = [...this.#devices.filter((one) => kept.includes(one)), fresh];
  }

  endAll(): void {
    this.#devices = [];
  }

  /** @param uses of the token that the browser sends: how often it had been replaced */
  use(name: string, uses: number, client: OracleClient, now: number): JudgedUse {
    if (client.off) return refusal('disabled', 'disabled');
    if (client.confirmed.length === 0) return refusal('pending', 'pending');
    if (!client.policy.trustedDevices) return refusal('trusted_devices_off');
    const device = this.#devices.find((one) => one.name === name);
    if (device === undefined) return refusal('device_unknown');
    if (now >= device.expiresAt) return refusal('device_expired');
    if (device.createdAt - now > MINUTE_MS) return refusal('clock_ahead');
    if (uses > device.uses) return refusal('device_unknown');
    if (uses === device.uses) {
      this.#change({ ...device, uses: uses + 1, replacedAt: now, lastUsedAt: now });
      return { reason: null, told: { valid: true } };
    }
    const { replacedAt } = device;
    const isTwin = uses === device.uses - 1 && replacedAt !== null && Math.abs(now - replacedAt) < MINUTE_MS;
    if (isTwin) {
      this.#change({ ...device, lastUsedAt: now });
      return { reason: null, told: { valid: true } };
    }
    // Two hold its tokens, and one of them has stolen them.
    this.#devices = this.#devices.filter((one) => one !== device);
    return refusal('device_reused');
  }

  state(): readonly DeviceState[] {
    return this.#devices.toSorted(
      (one, other) => one.createdAt - other.createdAt || (one.name < other.name ? -1 : 1),
    );
  }

  #change(device: DeviceState): void {
    this.#devices = this.#devices.map((one) => (one.name === device.name ? device : one));
  }
}

function refusal(reason: string, told = 'device_unknown'): JudgedUse {
  return { reason, told: { valid: false, reason: told } };
}
