import { Fault } from '../errors.ts';

/** What was sent is not written as a receipt is. */
export function receiptMalformed(): Fault {
  return new Fault(
    'receipt_malformed',
    'This is not a receipt. Send the field receipt of an answer to POST /api/totp/validate, unchanged.',
  );
}

/** No key of this installation has signed it. */
export function receiptUnknown(): Fault {
  return new Fault(
    'receipt_unknown',
    'No key of this server has signed this receipt, or that key is not used any more. Do not carry out the action.',
  );
}

/** Another account's, or that of the other half. */
export function receiptForeign(): Fault {
  return new Fault(
    'receipt_foreign',
    'This receipt is not of your account, or it is of its other half: a test receipt counts for test keys alone. Do not carry out the action.',
  );
}

export function receiptAudienceWrong(): Fault {
  return new Fault(
    'receipt_audience_wrong',
    'This receipt was issued for another audience. It was not redeemed. Do not carry out the action.',
  );
}

export function receiptExpired(): Fault {
  return new Fault(
    'receipt_expired',
    'This receipt has expired. Do not carry out the action: ask the user for a new code.',
  );
}

/** What was redeemed after the backup is not known. */
export function receiptOfBeforeRestore(): Fault {
  return new Fault(
    'receipt_expired',
    'This receipt is from before the server was restored from a backup, and may have been redeemed. Do not carry out the action: ask the user for a new code.',
  );
}

export function receiptRedeemed(): Fault {
  return new Fault(
    'receipt_redeemed',
    'This receipt was redeemed before. Do not carry out the action again.',
  );
}
