/** The same for what is remembered of secrets and browsers, and how authenticators are added and replaced. */

/** A text of a file that is replaced; `$&` is what was there. */
export interface Change {
  readonly file: string;
  readonly from: string;
  readonly to: string;
}

const ADD = 'src/store/operations/authenticators/add-authenticator.ts';
const DELETED_SECRETS = 'src/store/operations/authenticators/deleted-secrets.ts';

export const LIFE_CHANGES = {
  'restore-floor': [
    {
      file: DELETED_SECRETS,
      from: 'return period === 0 ? -1 : Math.floor(restoredAt / period) + FARTHEST_STEP;',
      to: 'return -1;',
    },
  ],
  'deleted-secrets': [
    {
      file: DELETED_SECRETS,
      from: 'gone.get(hexOf(fingerprint)) ?? -1',
      to: '-1',
    },
  ],
  'waiting-secrets': [
    {
      file: DELETED_SECRETS,
      from: 'for (const one of used) {',
      to: 'for (const one of used.filter(({ pendingUntil }) => pendingUntil === null)) {',
    },
  ],
  'devices-end': [
    {
      file: 'src/store/operations/clients/clients.ts',
      from: 'if (disabled) await dropDevices(db, accountId, row.id);',
      to: '',
    },
    {
      file: 'src/store/operations/recovery-codes/recovery-codes.ts',
      from: 'await dropDevices(db, accountId, client.id);',
      to: '',
    },
  ],
  // A token is good as often as it is sent.
  'device-replaced': [
    {
      file: 'src/domain/devices/judge-device.ts',
      from: "if (presented.uses === device.uses) return accepted('replace');",
      to: "return accepted('replace');",
    },
  ],
  'shown-again': [
    { file: ADD, from: 'const shown = secretToShow(box, dataKey, found, asked);', to: 'const shown = null;' },
  ],
  'replaced-one': [
    {
      file: 'src/store/operations/authenticators/confirm-authenticator.ts',
      from: 'replaces === ALL_OTHERS || one.id === replaces',
      to: 'replaces === ALL_OTHERS && one.id !== replaces',
    },
  ],
  'added-proof': [{ file: ADD, from: 'const client = await prove(found);', to: 'const client = found;' }],
  'last-used': [
    {
      file: ADD,
      from: 'watermark: Math.max(factor.watermark, watermark),',
      to: 'watermark: factor.watermark,',
    },
  ],
  'clock-reset': [
    {
      file: 'src/domain/verdicts/methods/totp.ts',
      from: '...factor.burnt, ...around, factor.watermark]',
      to: '...factor.burnt, factor.watermark]',
    },
  ],
  'reset-floor': [
    {
      file: 'src/store/operations/clients/reset-clock.ts',
      from: 'print === null ? Number.POSITIVE_INFINITY : used(print, parameters)',
      to: '-1',
    },
  ],
  // A node goes on with the policy that it has read first.
  'policy-read': [
    {
      file: 'src/store/sqlite/judge.ts',
      from: 'policy: readPolicy(policy),',
      to: 'policy: (first ??= readPolicy(policy)),',
    },
    {
      file: 'src/store/sqlite/judge.ts',
      from: 'const numbers = new ClientNumbers();',
      to: '$&\n  let first: Policy | undefined;',
    },
  ],
} as const satisfies Readonly<Record<string, readonly Change[]>>;
