import { encodeBase32, stepAt, type TotpParameters } from '@kanda/otp';
import { ALL_OTHERS, type Authenticator, isExpired } from '../authenticators/authenticator.ts';
import { authenticatorNotFound } from '../authenticators/faults.ts';
import type { Proof, ShownAuthenticator } from '../authenticators/ports.ts';
import type { Change } from '../change.ts';
import { Fault } from '../errors.ts';
import { withResult } from '../idempotency/idempotency.ts';
import type { AccountQuotas } from '../limits/account-quotas.ts';
import type { RandomBytes } from '../randomness.ts';
import { Secret } from '../secret.ts';
import type { Store } from '../store.ts';
import { POLICY_BOUNDS } from '../verdicts/policy.ts';
import { importSecret, SECRET_BYTES } from './imported-secret.ts';
import { type OtpauthTexts, otpauthUrlOf } from './otpauth-url.ts';

/** A secret as a caller asks for it. */
export interface AskedSecret {
  /** Of HOTP the period is 0. */
  readonly parameters: TotpParameters;
  /** HOTP: the counter of its first code. */
  readonly counter: number;
  /** An imported secret in base32; null: a new one is made. */
  readonly secret: Secret<string> | null;
  readonly allowShortSecret: boolean;
  /** TOTP: the highest step whose code was used elsewhere; null: none. */
  readonly lastUsedStep: number | null;
  /** What its owner calls it; null: nothing. */
  readonly name: string | null;
  /** How long it may be pending, seconds; null: its codes are accepted at once. */
  readonly expiresIn: number | null;
  /** Whether to make a new secret where a pending one like it would be shown again. */
  readonly fresh: boolean;
}

/** What `POST /api/totp/register` asks for. */
export interface Enrolment extends AskedSecret {
  readonly accountId: number;
  readonly clientId: string;
  readonly label: string;
  readonly issuer: string;
}

/** What `POST …/authenticators` asks for. */
export interface Addition extends AskedSecret {
  readonly accountId: number;
  readonly clientId: string;
  /** As the phone shows them; null: as for the client. */
  readonly label: string | null;
  readonly issuer: string | null;
  /** Which authenticator its confirmation removes: its number, or 0 for all others; null: none. */
  readonly replaces: number | null;
  readonly proof?: Proof;
}

/** What `POST /api/totp/rotate/:clientId` asks for. */
export interface RotationRequest {
  readonly accountId: number;
  readonly clientId: string;
  /** The authenticator that gets a new secret; null: the client has the new one alone from then on. */
  readonly number: number | null;
  /** A code that the user shows, without which nothing is changed; absent: none is asked for. */
  readonly proof?: Proof;
}

/** What is shown once, or, while the authenticator is pending, again. */
export interface Enrolled {
  readonly clientId: string;
  readonly secret: Secret<string>;
  readonly otpauthUrl: Secret<string>;
  readonly authenticator: Authenticator;
  /** False: it was pending already and is shown again. */
  readonly isNew: boolean;
}

/** Checks that the texts make a URI that a phone can scan; `label_too_long` otherwise. */
export type AssertScannable = (otpauthUrl: Secret<string>) => void;

/** The texts of a client that does not exist. */
const UNKNOWN = 'unknown';

type EnrolmentStore = Pick<
  Store,
  'addAuthenticator' | 'findClient' | 'listAuthenticators' | 'registerClient' | 'rotateClient'
>;

/** Enrols clients, adds authenticators and replaces secrets. */
export class Enrolments {
  readonly #store: EnrolmentStore;
  readonly #randomBytes: RandomBytes;
  readonly #quotas: AccountQuotas;

  constructor(store: EnrolmentStore, randomBytes: RandomBytes, quotas: AccountQuotas) {
    this.#store = store;
    this.#randomBytes = randomBytes;
    this.#quotas = quotas;
  }

  /** Faults: client_exists, secret_invalid, those of quotas, and what `assertScannable` throws; then nothing is enrolled. */
  async register(enrolment: Enrolment, change: Change, assertScannable: AssertScannable): Promise<Enrolled> {
    const { accountId, clientId, label, issuer } = enrolment;
    await this.#quotas.assertWithin(accountId, change);
    const asked = this.#prepare(enrolment, change.at);
    assertAllScannable({ label, issuer, ...asked }, assertScannable);
    const { clients: mostClients } = this.#quotas.of(change);
    const client = { accountId, clientId, label, issuer, ...asked, mostClients };
    const shown = withResult(change, (stored: ShownAuthenticator) => present(clientId, stored));
    return present(clientId, await this.#store.registerClient(client, shown));
  }

  /**
   * Faults: client_not_found, authenticator_quota_exceeded, authenticator_odds, proof_invalid, secret_invalid, of quotas
   * and of `assertScannable`.
   */
  async add(addition: Addition, change: Change, assertScannable: AssertScannable): Promise<Enrolled> {
    await this.#quotas.assertWithin(addition.accountId, change);
    return this.#add(addition, change, assertScannable);
  }

  async #add(addition: Addition, change: Change, assertScannable: AssertScannable): Promise<Enrolled> {
    const { accountId, clientId, replaces, proof } = addition;
    const asked = this.#prepare(addition, change.at);
    const client = await this.#store.findClient(accountId, clientId);
    // An unknown client is refused by the store, which records it. Until then it needs texts that a URL can have.
    const label = addition.label ?? client?.label ?? UNKNOWN;
    const issuer = addition.issuer ?? client?.issuer ?? UNKNOWN;
    assertAllScannable({ label, issuer, ...asked }, assertScannable);
    const presentAdded = (added: ShownAuthenticator) => present(clientId, { ...added, label, issuer });
    const added = await this.#store.addAuthenticator(
      { accountId, clientId, replaces, ...asked, ...(proof === undefined ? {} : { proof }) },
      withResult(change, presentAdded),
    );
    return presentAdded(added);
  }

  /** When this returns, no code of the old secret is accepted any more. Faults: client_not_found, authenticator_not_found, of a proof. */
  async rotate(rotation: RotationRequest, change: Change): Promise<Enrolled> {
    const secret = this.#randomBytes(SECRET_BYTES);
    const presentNew = (stored: ShownAuthenticator) => present(rotation.clientId, stored);
    const made = withResult(change, presentNew);
    return presentNew(await this.#store.rotateClient({ ...rotation, secret }, made));
  }

  /**
   * Makes a new secret beside the old one, which works until the new one is confirmed. As with `rotate`, quotas do not
   * hold it up: a user whose phone was lost gets a new one, and a client has a few pending authenticators at most.
   * Faults: those of `add` but for quotas, authenticator_not_found.
   */
  async rotateWhenConfirmed(
    { accountId, clientId, number, ...proof }: RotationRequest,
    { expiresIn, fresh }: { readonly expiresIn: number; readonly fresh: boolean },
    change: Change,
    assertScannable: AssertScannable,
  ): Promise<Enrolled> {
    const all = await this.#store.listAuthenticators(accountId, clientId, change.at);
    const present = all.filter((one) => !isExpired(one, change.at));
    const confirmed = present.filter(({ pendingUntil }) => pendingUntil === null);
    // A client that is pending as a whole gets another pending one, with its first one's parameters.
    const before =
      number === null ? (confirmed[0] ?? present[0]) : confirmed.find((one) => one.number === number);
    if (before === undefined) throw authenticatorNotFound();
    const { parameters, name } = before;
    const secret = { secret: null, allowShortSecret: false, counter: 0, lastUsedStep: null };
    const shown = { clientId, label: null, issuer: null, name };
    const addition = { accountId, parameters, ...shown, ...secret, expiresIn, fresh };
    return this.#add({ ...addition, ...proof, replaces: number ?? ALL_OTHERS }, change, assertScannable);
  }

  /** Faults: secret_invalid, body_invalid. */
  #prepare(asked: AskedSecret, now: number) {
    const { parameters, name, fresh, expiresIn, allowShortSecret } = asked;
    return {
      parameters,
      name,
      fresh,
      secret:
        asked.secret === null
          ? this.#randomBytes(SECRET_BYTES)
          : importSecret(asked.secret, allowShortSecret),
      isImported: asked.secret !== null,
      watermark: watermarkOf(asked, now),
      pendingUntil: expiresIn === null ? null : now + expiresIn * 1_000,
    };
  }
}

/** Faults: body_invalid when the step lies in the future: its client could not log in until then. */
function watermarkOf({ counter, lastUsedStep, parameters: { period } }: AskedSecret, now: number): number {
  if (period === 0) return counter - 1;
  if (lastUsedStep === null) return -1;
  const highest = stepAt(now, period) + POLICY_BOUNDS.skew.most;
  if (lastUsedStep <= highest) return lastUsedStep;
  const message = `must be ${highest} at most, the newest step that can have been used by now at ${period} seconds a step`;
  throw new Fault('body_invalid', `lastUsedStep ${message}.`, {
    errors: [{ path: '/lastUsedStep', message }],
  });
}

/** Also with the secret of a later rotation, which may be longer: the rotation must not fail for the QR code. */
function assertAllScannable(scanned: OtpauthTexts, assertScannable: AssertScannable): void {
  assertScannable(otpauthUrlOf(scanned));
  if (scanned.secret.length < SECRET_BYTES) {
    assertScannable(otpauthUrlOf({ ...scanned, secret: new Uint8Array(SECRET_BYTES) }));
  }
}

/** What is shown of a stored authenticator. */
export function present(
  clientId: string,
  { authenticator, label, issuer, secret, isNew }: ShownAuthenticator,
): Enrolled {
  const { parameters, counter } = authenticator;
  const otpauthUrl = otpauthUrlOf({ label, issuer, parameters, watermark: (counter ?? 0) - 1, secret });
  return { clientId, secret: new Secret(encodeBase32(secret)), otpauthUrl, authenticator, isNew };
}
