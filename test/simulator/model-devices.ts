/** What the model store makes of trusted browsers. */
import { judgeDevice } from '../../apps/server/src/domain/devices/judge-device.ts';
import { browserOf, macOfBrowser } from './browsers.ts';
import type { DeviceState, Outcome } from './history.ts';
import { append, confirmedOf, type Row, refuseOne } from './model-image.ts';
import { prove } from './model-rotate.ts';
import type { Work } from './model-work.ts';
import { TRUSTED_MS } from './schedule.ts';

const MOST = 10;

/** @param client without what has expired */
export function trust(work: Work, client: Row): Outcome {
  const { request, draft, schedule } = work;
  const { id, clientId, at } = request;
  if (!schedule.policy.trustedDevices) {
    return refuseOne(draft, request, 'totp.validated', 'trusted_devices_off');
  }
  const verdict = prove(work, client);
  if (!verdict.valid) return { kind: 'verdict', verdict };
  const row = draft.rows.get(clientId) ?? client;
  draft.rows.set(clientId, { ...row, devices: withDevice(row.devices, browserOf(id), at) });
  append(draft, request, 'client.device_trusted', at, `dev_${browserOf(id)}`, 'success');
  return { kind: 'verdict', verdict: { valid: true } };
}

function withDevice(devices: readonly DeviceState[], name: string, at: number): DeviceState[] {
  const kept = devices
    .filter(({ expiresAt }) => expiresAt > at)
    .sort((one, other) => (other.lastUsedAt ?? other.createdAt) - (one.lastUsedAt ?? one.createdAt))
    .slice(0, MOST - 1);
  const expiresAt = at + TRUSTED_MS;
  const fresh = { name, uses: 0, replacedAt: null, createdAt: at, lastUsedAt: null, expiresAt };
  return [...devices.filter((one) => kept.includes(one)), fresh];
}

export function useDevice({ request, row, draft, schedule, has }: Work, client: Row): Outcome {
  const { target, uses, clientId, at } = request;
  const device = client.devices.find(({ name }) => name === target);
  const mac = macOfBrowser(target);
  const { verdict, recorded, change } = judgeDevice(
    {
      disabled: client.disabled,
      pending: confirmedOf(client).length === 0,
      trustedDevices: schedule.policy.trustedDevices,
      presented: { id: target, mac, uses: has['device-replaced'] ? uses : (device?.uses ?? uses) },
      device: device === undefined ? null : { ...device, mac },
    },
    at,
  );
  const devices = client.devices.flatMap((one) => {
    if (one !== device || change === null) return [one];
    if (change === 'end') return [];
    const replaced = change === 'replace' ? { uses: one.uses + 1, replacedAt: at } : {};
    return [{ ...one, ...replaced, lastUsedAt: at }];
  });
  draft.rows.set(clientId, { ...(row ?? client), devices });
  const reason = recorded ?? `dev_${target}`;
  append(draft, request, 'client.device_used', at, reason, verdict.valid ? 'success' : 'failure');
  return { kind: 'device', device: verdict };
}
