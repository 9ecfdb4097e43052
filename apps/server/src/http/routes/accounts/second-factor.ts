import { Type } from 'typebox';
import type { Proof } from '../../../domain/accounts/identity-proof.ts';
import { PASSWORD_MAX_LENGTH } from '../../../domain/accounts/password-rules.ts';
import type { SecondFactor } from '../../../domain/accounts/second-factor.ts';
import { Secret } from '../../../domain/secret.ts';
import { bodyInvalid } from '../../server/field-errors.ts';

/** A code of the account's own authenticator, which has six digits. */
export const Totp = Type.String({
  pattern: '^[0-9]{6}$',
  description: 'The code that the authenticator app shows, as a string.',
  examples: ['847291'],
});

const RecoveryCode = Type.String({
  maxLength: 64,
  description: 'One of the recovery codes, instead of totp. It is used up.',
  examples: ['mfrg-gzdf-mztw-q2lk'],
});

/** Fields of the second factor, for accounts that use one. */
export const SECOND_FACTOR = { totp: Type.Optional(Totp), recoveryCode: Type.Optional(RecoveryCode) };

export const CurrentPassword = Type.String({
  maxLength: PASSWORD_MAX_LENGTH,
  description: 'The password of the account.',
  examples: ['a sentence that nobody else would write'],
});

/** Fields with which an account shows again who it is. */
export const PROOF = { password: CurrentPassword, ...SECOND_FACTOR };

/** What an account with two-factor login shows. */
export const PROOF_EXAMPLE = { password: 'a sentence that nobody else would write', totp: '847291' };

interface SecondFactorFields {
  readonly totp?: string;
  readonly recoveryCode?: string;
}

/** Faults: body_invalid when both are there. */
export function secondFactorOf({ totp, recoveryCode }: SecondFactorFields): SecondFactor | null {
  if (totp !== undefined && recoveryCode !== undefined) {
    throw bodyInvalid('/recoveryCode', 'cannot be combined with totp');
  }
  if (totp !== undefined) return { kind: 'totp', code: new Secret(totp) };
  if (recoveryCode !== undefined) return { kind: 'recovery code', code: new Secret(recoveryCode) };
  return null;
}

export function proofOf(fields: SecondFactorFields & { readonly password: string }): Proof {
  return { password: new Secret(fields.password), secondFactor: secondFactorOf(fields) };
}
