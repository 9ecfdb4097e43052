import { FULL_SECRET_BYTES, type OtpRecord, readKandaRecord } from '@kanda/formats';
import { stepAt, type TotpParameters } from '@kanda/otp';
import { authenticatorId, MAX_COUNTER } from '../authenticators/authenticator.ts';
import type { Change } from '../change.ts';
import { Fault } from '../errors.ts';
import { withResult } from '../idempotency/idempotency.ts';
import type { AccountQuotas } from '../limits/account-quotas.ts';
import type { ClientRecoveryCodeTexts } from '../recovery-codes/ports.ts';
import { Secret } from '../secret.ts';
import type { Store } from '../store.ts';
import { MAX_FOLLOWED_DRIFT } from '../verdicts/methods/totp.ts';
import { POLICY_BOUNDS } from '../verdicts/policy.ts';
import type { AssertScannable } from './enrolment.ts';
import { DISPLAY_NAME_PATTERN, readClientId } from './names.ts';
import { otpauthUrlOf } from './otpauth-url.ts';
import type { ImportOutcome, ToImport } from './ports.ts';

/** How many a call takes: it is one transaction, and others of the account wait for it. */
export const MAX_RECORDS = 50;
export const MAX_IMPORTED_CODES = 50;
const PERIODS = { min: 15, max: 300 } as const;
const DISPLAY_NAME = new RegExp(DISPLAY_NAME_PATTERN, 'u');

/** What `POST /api/totp/import` asks for. */
export interface AskedImport {
  readonly account: { readonly id: number; readonly publicId: string };
  /** Lines of Kanda's own format, as objects. */
  readonly records: readonly object[];
  readonly onConflict: 'skip' | 'replace';
  readonly allowShortSecrets: boolean;
  readonly dryRun: boolean;
}

/** What has become of a record. */
export interface ImportedRecord {
  readonly clientId: string | null;
  readonly result: ImportOutcome['result'];
  readonly authenticatorId?: string;
  /** Of a refusal: what is wrong, and with which field of the record. */
  readonly detail?: string;
  readonly field?: string;
  /** What of the record was left out. */
  readonly notes?: readonly string[];
}

/** A record that cannot be taken. */
interface Refused {
  readonly refusal: string;
  readonly field?: string | undefined;
}

interface Prepared {
  readonly client: ToImport;
  readonly notes: readonly string[];
}

type ImportStore = Pick<Store, 'importClients' | 'planImport'>;

/** Takes over clients of other programs, with what was used of their secrets. */
export class Imports {
  readonly #store: ImportStore;
  readonly #codes: ClientRecoveryCodeTexts;
  readonly #quotas: AccountQuotas;

  constructor(store: ImportStore, codes: ClientRecoveryCodeTexts, quotas: AccountQuotas) {
    this.#store = store;
    this.#codes = codes;
    this.#quotas = quotas;
  }

  /**
   * One result for each record, in their order. Done again with the same records, all of them are `unchanged`.
   * Faults: those of quotas, secret_unreadable.
   */
  async import(
    asked: AskedImport,
    change: Change,
    assertScannable: AssertScannable,
  ): Promise<readonly ImportedRecord[]> {
    const { account, onConflict, dryRun } = asked;
    if (!dryRun) await this.#quotas.assertWithin(account.id, change);
    const prepared = asked.records.map((record) => this.#prepare(record, asked, change.at, assertScannable));
    const clients = prepared.flatMap((one) => ('client' in one ? [one.client] : []));
    const present = (outcomes: readonly ImportOutcome[]) => presentAll(asked.records, prepared, outcomes);
    const rules = { onConflict, mostClients: this.#quotas.of(change).clients };
    if (dryRun) return present(await this.#store.planImport(account.id, clients, rules, change.at));
    const shown = withResult(change, present);
    return present(await this.#store.importClients(account.id, clients, rules, shown));
  }

  #prepare(
    fields: object,
    { account, allowShortSecrets }: AskedImport,
    now: number,
    assertScannable: AssertScannable,
  ): Prepared | Refused {
    const read = readKandaRecord({ kanda: 1, ...fields });
    if (!('record' in read)) return read;
    const named = readClientId(read.record.clientId ?? '');
    if ('problem' in named) return { refusal: `The clientId ${named.problem}.`, field: 'clientId' };
    const { clientId } = named;
    const record = { ...read.record, clientId };
    const fault = faultOf(record, allowShortSecrets, now);
    if (fault !== null) return fault;
    const notes: string[] = [];
    const { type, algorithm, digits, period, counter = 0, secret, lastUsedStep } = record;
    const label = record.label || clientId;
    const parameters: TotpParameters = { algorithm, digits, period };
    const watermark = type === 'hotp' ? counter - 1 : (lastUsedStep ?? -1);
    try {
      assertScannable(otpauthUrlOf({ label, issuer: record.issuer, parameters, watermark, secret }));
    } catch (error) {
      if (error instanceof Fault) return { refusal: error.detail, field: 'label' };
      throw error;
    }
    const client: ToImport = {
      clientId,
      label,
      issuer: record.issuer,
      name: nameOf(record, notes),
      parameters,
      secret,
      watermark,
      ...driftOf(record, notes),
      additional: record.additional === true,
      disabled: record.disabled === true,
      recoveryMacs: this.#macsOf(account.publicId, clientId, record, notes),
    };
    return { client, notes };
  }

  #macsOf(
    accountPublicId: string,
    clientId: string,
    { recoveryCodes = [] }: OtpRecord,
    notes: string[],
  ): readonly Uint8Array[] | null {
    const macs = recoveryCodes
      .slice(0, MAX_IMPORTED_CODES)
      .map((code) => this.#codes.mac(accountPublicId, clientId, new Secret(code)));
    const kept = macs.filter((mac) => mac !== null);
    const distinct = [...new Map(kept.map((mac) => [Buffer.from(mac).toString('hex'), mac])).values()];
    const left = recoveryCodes.length - distinct.length;
    if (left > 0)
      notes.push(
        `${left} of its recovery codes were left out: too short to be safe, given twice, or too many.`,
      );
    return distinct.length === 0 ? null : distinct;
  }
}

/** Why a record that was read cannot be enrolled; null: it can. */
function faultOf(record: OtpRecord, allowShort: boolean, now: number): Refused | null {
  const { clientId = '', label, issuer, type, period, counter = 0, secret, lastUsedStep, confirmed } = record;
  if (!confirmed) return { refusal: 'The user never entered a first code.', field: 'confirmed' };
  if (!DISPLAY_NAME.test(label || clientId)) return { refusal: notShown('label'), field: 'label' };
  if (!DISPLAY_NAME.test(issuer)) {
    return { refusal: issuer === '' ? 'The record has no issuer.' : notShown('issuer'), field: 'issuer' };
  }
  if (type === 'totp' && (period < PERIODS.min || period > PERIODS.max)) {
    return { refusal: `The period must be ${PERIODS.min} to ${PERIODS.max} seconds.`, field: 'period' };
  }
  if (counter > MAX_COUNTER)
    return { refusal: `The counter must be ${MAX_COUNTER} at most.`, field: 'counter' };
  if (secret.length < FULL_SECRET_BYTES && !allowShort) {
    const refusal = `The secret has ${secret.length * 8} bits; RFC 4226 asks for 128. With allowShortSecrets it is taken, and marked as weak.`;
    return { refusal, field: 'secret' };
  }
  const latest = type === 'totp' ? stepAt(now, period) + POLICY_BOUNDS.skew.most : 0;
  if (lastUsedStep !== undefined && lastUsedStep > latest) {
    return {
      refusal: `lastUsedStep must be ${latest} at most, the last step that can have been used by now.`,
      field: 'lastUsedStep',
    };
  }
  return null;
}

function notShown(field: string): string {
  return `The ${field} must have something to see, 128 characters at most, and no colon, control character or mark that reorders text.`;
}

function nameOf({ name }: OtpRecord, notes: string[]): string | null {
  if (name === undefined) return null;
  if (DISPLAY_NAME.test(name)) return name;
  notes.push('Its name was left out: it cannot be shown.');
  return null;
}

/** A clock that is further off than is ever followed was not one that the other program had followed. */
function driftOf({ type, driftSteps }: OtpRecord, notes: string[]): { readonly drift?: number } {
  if (driftSteps === undefined || type === 'hotp') return {};
  if (Math.abs(driftSteps) <= MAX_FOLLOWED_DRIFT) return { drift: driftSteps };
  notes.push(
    `Its drift of ${driftSteps} steps was left out: ${MAX_FOLLOWED_DRIFT} are the most that is followed.`,
  );
  return {};
}

function presentAll(
  records: readonly object[],
  prepared: readonly (Prepared | Refused)[],
  outcomes: readonly ImportOutcome[],
): readonly ImportedRecord[] {
  let next = 0;
  return prepared.map((one, index) => {
    const outcome = 'client' in one ? outcomes[next++] : undefined;
    return present(one, outcome, records[index] ?? {});
  });
}

function present(
  one: Prepared | Refused,
  outcome: ImportOutcome | undefined,
  fields: object,
): ImportedRecord {
  if (!('client' in one) || outcome === undefined) {
    const named = 'clientId' in fields && typeof fields.clientId === 'string' ? fields.clientId : null;
    const { refusal, field } = one as Refused;
    return { clientId: named, result: 'refused', detail: refusal, ...(field === undefined ? {} : { field }) };
  }
  const { client, notes } = one;
  const shared = { clientId: client.clientId, result: outcome.result };
  const noted = notes.length === 0 ? {} : { notes };
  if (outcome.result === 'refused') return { ...shared, detail: outcome.fault.detail, ...noted };
  if (outcome.result === 'conflict') {
    const detail =
      'The user is there with another secret. Import them with onConflict "replace" to replace that.';
    return { ...shared, detail, ...noted };
  }
  // Of a dry run the authenticator has no number yet.
  const { authenticator } = outcome;
  return {
    ...shared,
    ...(authenticator === 0 ? {} : { authenticatorId: authenticatorId(authenticator) }),
    ...noted,
  };
}
