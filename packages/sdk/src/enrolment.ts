import { Secret } from './secret.ts';
import type { Enrolment } from './types.ts';

type Plain = Omit<Enrolment, 'secret' | 'otpauthUrl' | 'qrDataUrl'> & {
  readonly secret: string;
  readonly otpauthUrl: string;
  readonly qrDataUrl: string | null;
};

/** An enrolment whose secret, URL and QR code, which holds the same secret, do not print. */
export function enrolmentOf({ secret, otpauthUrl, qrDataUrl, ...rest }: Plain): Enrolment {
  return {
    ...rest,
    secret: new Secret(secret),
    otpauthUrl: new Secret(otpauthUrl),
    qrDataUrl: qrDataUrl === null ? null : new Secret(qrDataUrl),
  };
}
