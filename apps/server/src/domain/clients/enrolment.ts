import { decodeBase32, encodeBase32, formatOtpauthUri, OtpError, type TotpParameters } from '@kanda/otp';
import type { Change } from '../change.ts';
import { Fault } from '../errors.ts';
import type { AccountQuotas } from '../limits/account-quotas.ts';
import type { RandomBytes } from '../randomness.ts';
import { Secret } from '../secret.ts';
import type { Store } from '../store.ts';
import type { EnrolledClient } from './ports.ts';

/** What `POST /api/totp/register` asks for. `secret` is base32, when one is brought along. */
export interface Enrolment {
  readonly accountId: number;
  readonly clientId: string;
  readonly label: string;
  readonly issuer: string;
  readonly parameters: TotpParameters;
  readonly secret: Secret<string> | null;
}

/** What is shown once, and never again. */
export interface Enrolled {
  readonly clientId: string;
  readonly secret: Secret<string>;
  readonly otpauthUrl: Secret<string>;
}

/** 160 bits: RFC 4226 §4 R6 recommends it, and it is the block that HMAC-SHA-1 hands on unchanged. */
const SECRET_BYTES = 20;
/** RFC 4226 §4 R6: at least 128 bits. */
const MIN_IMPORTED_BYTES = 16;
/** More than a hash's block is hashed down before use, so it would only make the QR code larger. */
const MAX_IMPORTED_BYTES = 128;

/** Checks that the texts make a URI that a phone can scan; `label_too_long` otherwise. */
export type AssertScannable = (otpauthUrl: Secret<string>) => void;

/** Enrols clients and replaces their secrets. */
export class Enrolments {
  readonly #store: Pick<Store, 'registerClient' | 'rotateClient'>;
  readonly #randomBytes: RandomBytes;
  readonly #quotas: AccountQuotas;

  constructor(
    store: Pick<Store, 'registerClient' | 'rotateClient'>,
    randomBytes: RandomBytes,
    quotas: AccountQuotas,
  ) {
    this.#store = store;
    this.#randomBytes = randomBytes;
    this.#quotas = quotas;
  }

  /** Faults: client_exists, secret_invalid, those of quotas, and what `assertScannable` throws; then nothing is enrolled. */
  async register(enrolment: Enrolment, change: Change, assertScannable: AssertScannable): Promise<Enrolled> {
    const { accountId, clientId, label, issuer, parameters } = enrolment;
    await this.#quotas.assertWithin(accountId, change.at);
    const secret =
      enrolment.secret === null ? this.#randomBytes(SECRET_BYTES) : importSecret(enrolment.secret);
    const shown = present(clientId, { label, issuer, parameters }, secret);
    assertScannable(shown.otpauthUrl);
    if (secret.length < SECRET_BYTES) {
      // A later rotation makes a secret of full length, and must not fail for it.
      const rotated = present(clientId, { label, issuer, parameters }, new Uint8Array(SECRET_BYTES));
      assertScannable(rotated.otpauthUrl);
    }
    const { clients: mostClients } = this.#quotas.quotas;
    await this.#store.registerClient(
      { accountId, clientId, label, issuer, parameters, secret, mostClients },
      change,
    );
    return shown;
  }

  /** When this returns, no code of the old secret is accepted any more. Faults: client_not_found. */
  async rotate(accountId: number, clientId: string, change: Change): Promise<Enrolled> {
    const secret = this.#randomBytes(SECRET_BYTES);
    const client = await this.#store.rotateClient(accountId, clientId, secret, change);
    return present(clientId, client, secret);
  }
}

function present(
  clientId: string,
  { label, issuer, parameters }: EnrolledClient,
  secret: Uint8Array,
): Enrolled {
  return {
    clientId,
    secret: new Secret(encodeBase32(secret)),
    otpauthUrl: new Secret(formatOtpauthUri({ issuer, label, secret, ...parameters })),
  };
}

function importSecret(text: Secret<string>): Uint8Array {
  let bytes: Uint8Array;
  try {
    bytes = decodeBase32(text.reveal());
  } catch (error) {
    if (!(error instanceof OtpError)) throw error;
    throw secretInvalid('must be base32 (A–Z and 2–7)');
  }
  if (bytes.length < MIN_IMPORTED_BYTES || bytes.length > MAX_IMPORTED_BYTES) {
    throw secretInvalid(
      `must hold ${MIN_IMPORTED_BYTES} to ${MAX_IMPORTED_BYTES} bytes (RFC 4226 §4 asks for 128 bits)`,
    );
  }
  return bytes;
}

function secretInvalid(message: string): Fault {
  return new Fault('secret_invalid', `The secret to import ${message}.`, {
    errors: [{ path: '/secret', message }],
  });
}
