import { decodeBase32, formatOtpauthUri } from '@kanda/otp';
import encodeQR from 'qr';

/** The example of the whole documentation: a well-known key, safe to publish. */
export const SAMPLE_SECRET = 'JBSWY3DPEHPK3PXP';

/** ISO/IEC 18004 §9.1: four white modules around. */
const QUIET_ZONE = 4;

export interface Sample {
  readonly otpauthUrl: string;
  /** The dark modules as an SVG path, on a grid of `size`. */
  readonly path: string;
  readonly size: number;
}

/** What Kanda answers to the snippet that enrols, with the QR code of that very answer. */
export function sample(): Sample {
  const otpauthUrl = formatOtpauthUri({
    type: 'totp',
    label: 'alice@example.com',
    issuer: 'MyApp',
    secret: decodeBase32(SAMPLE_SECRET),
    algorithm: 'SHA1',
    digits: 6,
    period: 30,
  });
  const rows = encodeQR(otpauthUrl, 'raw', { ecc: 'medium', border: QUIET_ZONE });
  const path = rows
    .flatMap((row, y) => row.flatMap((dark, x) => (dark ? [`M${x} ${y}h1v1h-1z`] : [])))
    .join('');
  return { otpauthUrl, path, size: rows.length };
}
