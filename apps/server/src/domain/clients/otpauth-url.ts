import { formatOtpauthUri, type TotpParameters } from '@kanda/otp';
import { Secret } from '../secret.ts';

/** What the QR code of an authenticator tells a phone. */
export interface OtpauthTexts {
  readonly label: string;
  readonly issuer: string;
  /** Of HOTP the period is 0. */
  readonly parameters: TotpParameters;
  /** The highest factor that counts as used: HOTP begins after it. */
  readonly watermark: number;
  readonly secret: Uint8Array;
}

/** The otpauth URL, of either kind. */
export function otpauthUrlOf({ label, issuer, parameters, watermark, secret }: OtpauthTexts): Secret<string> {
  const { algorithm, digits, period } = parameters;
  const shared = { issuer, label, secret, algorithm, digits };
  return new Secret(
    formatOtpauthUri(
      period === 0
        ? { ...shared, type: 'hotp', counter: watermark + 1 }
        : { ...shared, type: 'totp', period },
    ),
  );
}
