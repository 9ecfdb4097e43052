export {
  BLANKS,
  CLIENT_ID_PATTERN,
  MAX_CLIENT_ID_LENGTH,
  MAX_WRITTEN_LENGTH,
  type ReadClientId,
  readClientId,
} from './client-id.ts';
export type { Format } from './format.ts';
export { csvHeadings } from './formats/csv.ts';
export { writeGoogleMigration } from './formats/google-migration.ts';
export {
  KANDA_VERSION,
  type KandaRecord,
  readKandaLine,
  readKandaRecord,
  writeKanda,
} from './formats/kanda.ts';
export { writeOathCsv } from './formats/oath-csv.ts';
export { detectFormat, FORMATS, MAX_FILE_BYTES, parseFile } from './parse.ts';
export { BEGINNING_BYTES, NotText, type PartReader, partReaderOf } from './parse-parts.ts';
export { EntryTooLong } from './reading/lines.ts';
export {
  MAPPED_FIELDS,
  type MappedField,
  type OtpRecord,
  type Parsed,
  type ParseOptions,
  type PlacedRecord,
  type Problem,
  type ProblemCode,
  type ProblemKind,
  SECRET_ENCODINGS,
  type SecretEncoding,
} from './record.ts';
export {
  FULL_SECRET_BYTES,
  MAX_SECRET_BYTES,
  MIN_SECRET_BYTES,
  type ReadSecret,
  Refusal,
  readSecret,
} from './secret-text.ts';
export {
  batchesOf,
  isClientIdRule,
  type NamingRules,
  type Preview,
  previewOf,
  recordsToImport,
  type ToImport,
} from './to-import.ts';
export { writeOtpauth } from './write-otpauth.ts';
export { type PskcKey, writePskc } from './write-pskc.ts';
