import { type Static, Type } from 'typebox';
import type { ReceiptClaims } from '../../../domain/receipts/receipt.ts';
import {
  DEFAULT_RECEIPT_LIFETIME,
  MAX_RECEIPT_LIFETIME,
  MIN_RECEIPT_LIFETIME,
} from '../../../domain/receipts/receipt.ts';
import { named, notEmpty, openWords, Timestamp } from '../schemas.ts';
import { timestamp } from '../views.ts';

/** What calls about receipts are built of. */

const PRINTABLE = '^[\\x21-\\x7e]+$';
const MAX_LENGTH = 4096;

export const ActionView = Type.Object(
  {
    type: Type.String({
      ...notEmpty,
      maxLength: 64,
      pattern: PRINTABLE,
      description: 'What kind of action it is: 1 to 64 printable ASCII characters without spaces.',
      examples: ['payout'],
    }),
    reference: Type.String({
      ...notEmpty,
      maxLength: 200,
      pattern: PRINTABLE,
      description:
        'Which one it is, by the id that your application has for it: 1 to 200 printable ASCII characters without spaces.',
      examples: ['payout-8731'],
    }),
    digest: Type.Optional(
      Type.String({
        ...notEmpty,
        maxLength: 200,
        pattern: PRINTABLE,
        description:
          'A digest of what the user approved, such as amount and recipient, so that the receipt is good for these alone: 1 to 200 printable ASCII characters without spaces. Kanda signs it as it is.',
        examples: ['sha-256:n4bQgYhMfWWaL-qgxVrQFaO_TxsrC4Is0V1sFbDwCgg'],
      }),
    ),
  },
  {
    additionalProperties: false,
    ...named(
      'ReceiptAction',
      'What the user approves with the code. The answer to an accepted one has a receipt.',
      {
        type: 'payout',
        reference: 'payout-8731',
      },
    ),
  },
);

export const Audience = Type.String({
  ...notEmpty,
  maxLength: 200,
  pattern: PRINTABLE,
  description: 'Who is to act on the receipt: its aud. 1 to 200 printable ASCII characters without spaces.',
  examples: ['https://payouts.example.com'],
});

export const ReceiptExpiresIn = Type.Integer({
  minimum: MIN_RECEIPT_LIFETIME,
  maximum: MAX_RECEIPT_LIFETIME,
  default: DEFAULT_RECEIPT_LIFETIME,
  description: 'Seconds that the receipt can be redeemed for.',
});

export const Receipt = Type.String({
  ...notEmpty,
  maxLength: MAX_LENGTH,
  description: 'The receipt, unchanged: a JWS in compact form.',
  examples: ['eyJhbGciOiJFZERTQSIsInR5cCI6…'],
});

export const RedeemedView = Type.Object(
  {
    redeemed: Type.Literal(true),
    clientId: Type.String({ description: 'Who showed the code.' }),
    action: ActionView,
    audience: Type.String({ description: 'For whom it was issued; without one, your account.' }),
    method: openWords(['totp', 'hotp', 'recovery_code'] as const, 'How the code was checked.'),
    event: Type.Integer({ description: 'The id of the event of the code in the access log.' }),
    issuedAt: Timestamp,
  },
  named(
    'RedeemedReceipt',
    'The receipt was valid, and now it is used up. Compare clientId and action with what you are about to do.',
    {
      redeemed: true,
      clientId: 'user-123',
      action: { type: 'payout', reference: 'payout-8731' },
      audience: 'https://payouts.example.com',
      method: 'totp',
      event: 17,
      issuedAt: '2026-01-31T09:30:00.000Z',
    },
  ),
);

export function redeemedView(claims: ReceiptClaims): Static<typeof RedeemedView> {
  const { sub, aud, action, method, event, iat } = claims;
  return {
    redeemed: true,
    clientId: sub,
    action,
    audience: aud,
    method,
    event,
    issuedAt: timestamp(iat * 1000),
  };
}
