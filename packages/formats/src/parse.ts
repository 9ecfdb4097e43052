import type { Format } from './format.ts';
import { twoFas } from './formats/2fas.ts';
import { aegis } from './formats/aegis.ts';
import { andOtp } from './formats/andotp.ts';
import { auth0 } from './formats/auth0.ts';
import { authelia } from './formats/authelia.ts';
import { betterAuth } from './formats/better-auth.ts';
import { bitwardenCsv, bitwardenJson } from './formats/bitwarden.ts';
import { clerk } from './formats/clerk.ts';
import { csv } from './formats/csv.ts';
import { devise } from './formats/devise.ts';
import { djangoOtp } from './formats/django-otp.ts';
import { ente } from './formats/ente.ts';
import { entraCsv } from './formats/entra-csv.ts';
import { fortify } from './formats/fortify.ts';
import { freeOtpPlus } from './formats/freeotp-plus.ts';
import { googleMigration } from './formats/google-migration.ts';
import { kanda } from './formats/kanda.ts';
import { keepassCsv } from './formats/keepass-csv.ts';
import { keycloak } from './formats/keycloak.ts';
import { kratos } from './formats/kratos.ts';
import { oathCsv } from './formats/oath-csv.ts';
import { onePassword } from './formats/onepassword-1pux.ts';
import { otpauth } from './formats/otpauth.ts';
import { privacyIdeaYaml } from './formats/privacyidea-yaml.ts';
import { proton } from './formats/proton.ts';
import { pskc } from './formats/pskc.ts';
import { safenetXml } from './formats/safenet-xml.ts';
import { supabase } from './formats/supabase.ts';
import { yubicoCsv } from './formats/yubico-csv.ts';
import { Input } from './reading/input.ts';
import type { Parsed, ParseOptions, Problem } from './record.ts';

/** In the order in which they are asked: the first that a file looks like is taken, and any CSV comes last. */
export const FORMATS: readonly Format[] = [
  kanda,
  otpauth,
  googleMigration,
  pskc,
  safenetXml,
  aegis,
  twoFas,
  freeOtpPlus,
  ente,
  bitwardenJson,
  keycloak,
  djangoOtp,
  proton,
  kratos,
  auth0,
  authelia,
  privacyIdeaYaml,
  oathCsv,
  yubicoCsv,
  betterAuth,
  fortify,
  devise,
  supabase,
  clerk,
  entraCsv,
  bitwardenCsv,
  keepassCsv,
  csv,
  onePassword,
  andOtp,
];

/** A file larger than this is not read as a whole. */
export const MAX_FILE_BYTES = 256 * 1024 * 1024;

/** The name of the format that the file looks like; null when it looks like none. */
export function detectFormat(bytes: Uint8Array): string | null {
  const input = new Input(bytes);
  return FORMATS.find((format) => format.matches(input))?.name ?? null;
}

/**
 * Reads a file of secrets. What is wrong with it, or with an entry of it, is among the problems, with its place; what
 * can be read is among the records all the same.
 *
 * @param format the name of a format, or `auto` to recognize it
 */
export async function parseFile(
  bytes: Uint8Array,
  format: string,
  options: ParseOptions = {},
): Promise<Parsed> {
  if (bytes.length > MAX_FILE_BYTES) {
    return failed(null, `The file has more than ${MAX_FILE_BYTES / 1_048_576} MiB.`, 'Split it.');
  }
  const input = new Input(bytes);
  const chosen = FORMATS.find((one) => (format === 'auto' ? one.matches(input) : one.name === format));
  if (chosen !== undefined) return chosen.parse(input, options);
  if (format === 'auto' && options.map?.secret !== undefined) return csv.parse(input, options);
  const names = FORMATS.map(({ name }) => name).join(', ');
  return failed(
    null,
    format === 'auto' ? 'What format the file has is not known.' : 'There is no such format.',
    `Name one of: ${names}.`,
  );
}

function failed(format: string | null, message: string, action: string): Parsed {
  const problem: Problem = { kind: 'file', code: 'format_unknown', place: '', message, action };
  return { format, records: [], problems: [problem] };
}
