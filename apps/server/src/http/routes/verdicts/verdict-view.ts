import { type Static, Type } from 'typebox';
import { authenticatorId } from '../../../domain/authenticators/authenticator.ts';
import { deviceName } from '../../../domain/devices/device.ts';
import type { TrustedVerdict, UsedVerdict } from '../../../domain/devices/trusted-devices.ts';
import type { RecoveryCodeVerdict } from '../../../domain/recovery-codes/ports.ts';
import type { Verdict } from '../../../domain/verdicts/decide.ts';
import { DeviceId } from '../devices/schemas.ts';
import { named, openWords, REFUSALS, RetryAfter } from '../schemas.ts';
import { timestamp } from '../views.ts';

/** How a verdict looks in JSON. */
export const VerdictView = Type.Object(
  {
    valid: Type.Boolean(),
    method: Type.Optional(
      openWords(
        ['totp', 'hotp', 'recovery_code', 'trusted_device'] as const,
        'How an accepted attempt was checked. For a token, only with details: true or trustDevice.',
      ),
    ),
    authenticatorId: Type.Optional(
      Type.String({
        description: 'The authenticator that showed an accepted token, with details: true or trustDevice.',
      }),
    ),
    remainingRecoveryCodes: Type.Optional(
      Type.Integer({
        description: 'Recovery codes that this user has left. Present with method.',
      }),
    ),
    lastRecoveryCode: Type.Optional(
      Type.Literal(true, { description: 'This recovery code was the last one: make new ones for the user.' }),
    ),
    deviceToken: Type.Optional(
      Type.String({
        description:
          'What this browser sends next time in place of a code. Keep it in a cookie with HttpOnly, Secure and SameSite, and replace the one before. It is shown here and never again.',
      }),
    ),
    deviceId: Type.Optional(DeviceId),
    expiresAt: Type.Optional(
      Type.String({
        format: 'date-time',
        description: 'When the browser stops being trusted. No use extends it.',
      }),
    ),
    reason: Type.Optional(
      openWords(
        [...REFUSALS, 'device_unknown'] as const,
        "Why it was refused. A used code reads invalid_code unless the account's policy has tellReplays. device_unknown: this browser is not trusted, or not any longer; ask for a code and drop the cookie.",
      ),
    ),
    receipt: Type.Optional(
      Type.String({
        description:
          'With action, of an accepted code: what was approved, signed by Kanda (a compact JWS with EdDSA, typ kanda-receipt+jwt). Redeem it with POST /api/receipts/redeem, once.',
      }),
    ),
    retryAfter: Type.Optional(RetryAfter),
  },
  named(
    'Verdict',
    'Whether the user may be let in. Look at valid.',
    { valid: true },
    { valid: true, method: 'recovery_code', remainingRecoveryCodes: 9 },
    { valid: false, reason: 'invalid_code' },
    { valid: false, reason: 'locked', retryAfter: 60 },
  ),
);

type VerdictJson = Static<typeof VerdictView>;

export function recoveryVerdictView(verdict: RecoveryCodeVerdict): VerdictJson {
  if (!verdict.valid) return verdict;
  return {
    valid: true,
    method: 'recovery_code',
    remainingRecoveryCodes: verdict.remaining,
    ...(verdict.remaining === 0 ? { lastRecoveryCode: true as const } : {}),
  };
}

/** Of a token with `details: true`. */
export function detailedView(verdict: Verdict, remainingRecoveryCodes: number): VerdictJson {
  if (!verdict.valid) return verdict;
  const { authenticator, method } = verdict;
  return {
    valid: true,
    ...(method === undefined ? {} : { method }),
    ...(authenticator === undefined ? {} : { authenticatorId: authenticatorId(authenticator) }),
    remainingRecoveryCodes,
  };
}

/** Of a token with `trustDevice`. */
export function trustedVerdictView(verdict: TrustedVerdict): VerdictJson {
  if (!verdict.valid) return verdict;
  return { ...detailedView(verdict, verdict.remaining), ...deviceView(verdict) };
}

/** Of a device's token. */
export function usedVerdictView(verdict: UsedVerdict): VerdictJson {
  if (!verdict.valid) return verdict;
  return {
    valid: true,
    method: 'trusted_device',
    remainingRecoveryCodes: verdict.remaining,
    ...deviceView(verdict),
  };
}

function deviceView({ token, device }: Extract<UsedVerdict, { valid: true }>) {
  return {
    deviceToken: token.reveal(),
    deviceId: deviceName(device.id),
    expiresAt: timestamp(device.expiresAt),
  };
}
