import { Type } from 'typebox';
import { DEVICE_LABEL_PATTERN } from '../../../domain/clients/names.ts';
import {
  DEFAULT_DEVICE_DAYS,
  DEVICE_ID_PATTERN,
  MAX_DEVICE_DAYS,
  MIN_DEVICE_DAYS,
} from '../../../domain/devices/device.ts';
import { named, notEmpty, nullable, Timestamp } from '../schemas.ts';

/** What calls about trusted devices are built of. */

export const DeviceId = Type.String({
  pattern: DEVICE_ID_PATTERN,
  description: "The trusted device's id.",
  examples: ['dev_abcdefghijklmnop'],
});

const DeviceLabel = Type.String({
  ...notEmpty,
  pattern: DEVICE_LABEL_PATTERN,
  description: 'What the user knows the browser by: 1–128 characters.',
  examples: ['Firefox on Linux'],
});

export const DeviceToken = Type.String({
  ...notEmpty,
  maxLength: 256,
  description:
    'The deviceToken of the answer before, in place of a token: the browser was trusted. The answer has the one to send next.',
  examples: ['kdt_your_device_token_here'],
});

export const TrustDevice = Type.Object(
  {
    label: DeviceLabel,
    days: Type.Optional(
      Type.Integer({
        minimum: MIN_DEVICE_DAYS,
        maximum: MAX_DEVICE_DAYS,
        default: DEFAULT_DEVICE_DAYS,
        description: 'For how many days. No use extends them.',
      }),
    ),
  },
  {
    additionalProperties: false,
    description:
      "Trust the browser that the token came from, if it is right: the answer has a deviceToken. The account's policy must have trustedDevices. Without a deviceToken in the answer the login counts all the same: the account is over a quota, or the disk is almost full.",
  },
);

export const DeviceView = Type.Object(
  {
    id: DeviceId,
    label: Type.String(),
    createdAt: Timestamp,
    lastUsedAt: nullable(Timestamp),
    expiresAt: Type.String({ format: 'date-time', description: 'When it stops being trusted.' }),
  },
  named('Device', 'A browser that the user trusts.', {
    id: 'dev_abcdefghijklmnop',
    label: 'Firefox on Linux',
    createdAt: '2026-01-31T09:30:00.000Z',
    lastUsedAt: null,
    expiresAt: '2026-03-02T09:30:00.000Z',
  }),
);
