import { formatOtpauthUri } from '@kanda/otp';
import type { OtpRecord } from './record.ts';

/** One URI, with its line break. A colon, which the format splits at, becomes a space. It has no place for what was used. */
export function writeOtpauth(record: OtpRecord): string {
  const { secret, algorithm, digits, period, counter } = record;
  const label = plain(record.label || record.clientId || 'unnamed');
  const shared = { label, issuer: plain(record.issuer), secret, algorithm, digits };
  const uri =
    record.type === 'totp'
      ? formatOtpauthUri({ ...shared, type: 'totp', period })
      : formatOtpauthUri({ ...shared, type: 'hotp', counter: counter ?? 0 });
  return `${uri}\n`;
}

function plain(text: string): string {
  return (
    text
      .replace(/[:\p{Cc}]+/gu, ' ')
      .toWellFormed()
      .trim() || 'unnamed'
  );
}
