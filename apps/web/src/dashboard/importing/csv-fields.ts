import type { MappedField, SecretEncoding } from '@kanda/formats';

/** As `@kanda/formats` has them; here as values, so that the page need not load its parsers beside the worker's. */
export const MAPPED_FIELDS = [
  'secret',
  'clientId',
  'label',
  'issuer',
  'type',
  'algorithm',
  'digits',
  'period',
  'counter',
  'lastUsedStep',
  'recoveryCodes',
] as const satisfies readonly MappedField[];

export const SECRET_ENCODINGS = [
  'base32',
  'hex',
  'base64',
  'text',
] as const satisfies readonly SecretEncoding[];
