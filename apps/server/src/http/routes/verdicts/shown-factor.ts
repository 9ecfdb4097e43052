import { type Static, Type } from 'typebox';
import { DEFAULT_DEVICE_DAYS } from '../../../domain/devices/device.ts';
import type { AskedReceipt } from '../../../domain/receipts/receipts.ts';
import { Secret } from '../../../domain/secret.ts';
import { bodyInvalid } from '../../server/field-errors.ts';
import { DeviceToken, TrustDevice } from '../devices/schemas.ts';
import { ActionView, Audience, ReceiptExpiresIn } from '../receipts/schemas.ts';
import { ClientId, Code, RecoveryCode } from '../schemas.ts';

/** What a call to validate takes. */
export const ValidateBody = Type.Object(
  {
    clientId: ClientId,
    token: Type.Optional(Code),
    recoveryCode: Type.Optional(RecoveryCode),
    deviceToken: Type.Optional(DeviceToken),
    details: Type.Optional(
      Type.Boolean({
        description:
          'Whether the answer to an accepted token says how it was checked, and how many recovery codes are left.',
      }),
    ),
    trustDevice: Type.Optional(TrustDevice),
    action: Type.Optional(ActionView),
    audience: Type.Optional(Audience),
    receiptExpiresIn: Type.Optional(ReceiptExpiresIn),
  },
  // Which of the optional fields a call needs is not in the schema: the example says it.
  { additionalProperties: false, examples: [{ clientId: 'user-123', token: '847291' }] },
);

/** What a user shows to log in. */
export type ShownFactor =
  | {
      readonly kind: 'token';
      readonly code: string;
      /** The browser that is to be trusted when the code is right; null: none. */
      readonly trust: { readonly label: string; readonly days: number } | null;
    }
  | { readonly kind: 'recovery code'; readonly code: Secret<string> }
  | { readonly kind: 'device token'; readonly token: Secret<string> };

/** Faults: body_invalid unless exactly one of the three is there, and `trustDevice` only beside a token. */
export function shownFactor(body: Static<typeof ValidateBody>): ShownFactor {
  const { token, recoveryCode, deviceToken, trustDevice } = body;
  if (recoveryCode !== undefined && token !== undefined)
    throw bodyInvalid('/recoveryCode', 'cannot be combined with token');
  if (deviceToken !== undefined && (token ?? recoveryCode) !== undefined)
    throw bodyInvalid(
      '/deviceToken',
      `cannot be combined with ${token === undefined ? 'recoveryCode' : 'token'}`,
    );
  if (token !== undefined) {
    const trust =
      trustDevice === undefined
        ? null
        : { label: trustDevice.label, days: trustDevice.days ?? DEFAULT_DEVICE_DAYS };
    return { kind: 'token', code: token, trust };
  }
  if (trustDevice !== undefined)
    throw bodyInvalid('/trustDevice', 'needs a token: only a right code has a browser trusted');
  if (recoveryCode !== undefined) return { kind: 'recovery code', code: new Secret(recoveryCode) };
  if (deviceToken !== undefined) return { kind: 'device token', token: new Secret(deviceToken) };
  throw bodyInvalid('/token', 'is missing: send token, or recoveryCode or deviceToken in its place');
}

/**
 * The receipt that the caller asks for; null: none. Faults: body_invalid for what belongs to a receipt without an action, and
 * beside a trusted device: that a browser was trusted earlier approves nothing now.
 */
export function askedReceipt(body: Static<typeof ValidateBody>): AskedReceipt | null {
  const { action, audience, receiptExpiresIn: lifetime, deviceToken, trustDevice } = body;
  if (action === undefined) {
    if (audience !== undefined) throw bodyInvalid('/audience', 'needs an action: it is a part of a receipt');
    if (lifetime !== undefined)
      throw bodyInvalid('/receiptExpiresIn', 'needs an action: it is a part of a receipt');
    return null;
  }
  if (deviceToken !== undefined)
    throw bodyInvalid('/action', 'cannot be combined with deviceToken: ask the user for a code');
  if (trustDevice !== undefined) throw bodyInvalid('/trustDevice', 'cannot be combined with action');
  return { action, audience, lifetime };
}
