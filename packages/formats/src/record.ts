import type { Algorithm, Digits } from '@kanda/otp';

/** One secret of one user, whatever format it was read from. */
export interface OtpRecord {
  /** The application's own name for the user, where the format has one. */
  clientId?: string;
  /** As an authenticator app shows it; empty when the format has none. */
  label: string;
  issuer: string;
  type: 'totp' | 'hotp';
  algorithm: Algorithm;
  digits: Digits;
  /** Seconds; 0 for HOTP. */
  period: number;
  /** HOTP: the counter of the next code. */
  counter?: number;
  secret: Uint8Array;
  /** TOTP: the highest time step whose code was used. */
  lastUsedStep?: number;
  /** How many steps the phone's or token's clock is ahead. */
  driftSteps?: number;
  /** Unused ones, as the user has them. */
  recoveryCodes?: readonly string[];
  /** RFC 3339. */
  createdAt?: string;
  /** False: the user never showed a first code. */
  confirmed: boolean;
  /** What the user calls this authenticator. */
  name?: string;
  /** Whether the user has other authenticators beside it, which come first. */
  additional?: true;
  /** Whether codes of the client were refused. */
  disabled?: true;
  /** The format that it was read from. */
  source: string;
}

export interface PlacedRecord {
  /** Where in the file it is: `line 3`, `entry 2`, `users[4].credentials[0]`. */
  readonly place: string;
  readonly record: OtpRecord;
}

/**
 * - `file`: the file, or a part of it, cannot be read; nothing of that is among the records
 * - `refused`: an entry that cannot be taken
 * - `skipped`: an entry that is no TOTP or HOTP secret in use
 * - `note`: an entry was read, but something had to be assumed or left out
 */
export type ProblemKind = 'file' | 'refused' | 'skipped' | 'note';

/** Causes that a program acts on; all others are for people. */
export type ProblemCode =
  | 'password_required'
  | 'password_wrong'
  | 'key_required'
  | 'key_wrong'
  | 'mac_missing'
  | 'map_required'
  | 'format_unknown'
  | 'encrypted'
  | 'secret_length'
  | 'invalid';

/** Something about a file or one of its entries. Never has a secret in it. */
export interface Problem {
  readonly kind: ProblemKind;
  readonly code: ProblemCode;
  /** Empty when it is about the file as a whole. */
  readonly place: string;
  readonly field?: string;
  /** What is wrong: a sentence. */
  readonly message: string;
  /** What to do about it: a sentence. */
  readonly action?: string;
}

export interface Parsed {
  /** The name of the format; null when none was recognized. */
  readonly format: string | null;
  readonly records: readonly PlacedRecord[];
  readonly problems: readonly Problem[];
}

/** What of a record a column of a CSV file gives. */
export const MAPPED_FIELDS = [
  'clientId',
  'label',
  'issuer',
  'secret',
  'type',
  'algorithm',
  'digits',
  'period',
  'counter',
  'lastUsedStep',
  'recoveryCodes',
] as const;
export type MappedField = (typeof MAPPED_FIELDS)[number];

export const SECRET_ENCODINGS = ['base32', 'hex', 'base64', 'text'] as const;
export type SecretEncoding = (typeof SECRET_ENCODINGS)[number];

export interface ParseOptions {
  /** Of an encrypted file. */
  readonly password?: string;
  /** The key that a PSKC file was encrypted with. */
  readonly key?: Uint8Array;
  /** CSV: the column of each field, by its heading. */
  readonly map?: Readonly<Partial<Record<MappedField, string>>>;
  /** CSV: how secrets are written; `base32` when absent. */
  readonly secretEncoding?: SecretEncoding;
  /** PSKC: whether encrypted secrets are taken without a MAC, or with one that is wrong. */
  readonly allowMissingMac?: boolean;
}
