import type { NewAuthenticator } from '../../../domain/authenticators/ports.ts';
import type { Change } from '../../../domain/change.ts';
import type { ToImport } from '../../../domain/clients/ports.ts';
import type { SecretBox } from '../../../domain/clients/secret-box.ts';
import { clientQuotaExceeded } from '../../../domain/limits/quotas.ts';
import type { NewEvent } from '../../../domain/log/events.ts';
import type { AccountDataKey } from '../../../domain/master-keys/wrapped-keys.ts';
import { NO_FAILURES } from '../../../domain/verdicts/lockout.ts';
import { FRESH_FACTOR } from '../../../domain/verdicts/methods/method.ts';
import type { Policy } from '../../../domain/verdicts/policy.ts';
import { assertMayAdd, assertOdds, sealNew } from '../authenticators/add-authenticator.ts';
import { usedAmong } from '../authenticators/deleted-secrets.ts';
import type { StoredAuthenticator, StoredClient } from '../authenticators/stored-client.ts';
import type { ChainedEvent } from '../log/append-event.ts';
import { clientEvent } from '../log/client-event.ts';

/** By what an import is judged, read under the account's lock. */
export interface ImportBasis {
  readonly accountId: number;
  readonly box: SecretBox;
  readonly dataKey: AccountDataKey;
  readonly policy: Policy;
  /** How many clients the account may have; null: any number. */
  readonly mostClients: number | null;
  readonly change: Change;
}

/** What of the account's head enrolments go on from. */
export interface HeadCounts {
  readonly lastEvent: number;
  readonly lastNumber: number;
  readonly clients: number;
}

/** A client that was enrolled and is not written yet. */
export interface Enrolled {
  readonly client: StoredClient;
  /** The recovery codes that it brings along, and how often codes came; null: it brings none. */
  readonly codes: { readonly macs: readonly Uint8Array[]; readonly generation: number } | null;
}

/** What was done with a record before: by the store, of its secret; by its log, of its name. */
export interface Before {
  /** The highest step or counter that was used of the secret by an authenticator that went; -1: none. */
  readonly used: number;
  /** The newest event about the clientId; 0: there is none. */
  readonly lastEvent: number;
}

/**
 * Clients that are enrolled one after the other as `registerClient` and `addAuthenticator` do it, with the same numbers,
 * events and faults, but in memory: `writeEnrolments` writes all of them at once. Nothing of one that throws is kept
 * but the number that it had taken.
 */
export class Enrolments {
  readonly events: ChainedEvent[] = [];
  readonly #basis: ImportBasis;
  readonly #begin: HeadCounts;
  readonly #enrolled = new Map<string, Enrolled>();
  #lastNumber: number;

  constructor(basis: ImportBasis, begin: HeadCounts) {
    this.#basis = basis;
    this.#begin = begin;
    this.#lastNumber = begin.lastNumber;
  }

  get enrolled(): readonly Enrolled[] {
    return [...this.#enrolled.values()];
  }

  get lastNumber(): number {
    return this.#lastNumber;
  }

  /** The number of the first of these events. */
  get firstEvent(): number {
    return this.#begin.lastEvent + 1;
  }

  find(clientId: string): StoredClient | undefined {
    return this.#enrolled.get(clientId)?.client;
  }

  /**
   * Enrols a client that is not there, and gives its number. Faults: client_quota_exceeded, authenticator_odds,
   * secret_unreadable.
   */
  enrol(asked: ToImport, before: Before): number {
    const { accountId, box, dataKey, policy, mostClients, change } = this.#basis;
    const { clientId, label, issuer } = asked;
    const id = ++this.#lastNumber;
    if (mostClients !== null && this.#begin.clients + this.#enrolled.size >= mostClients)
      throw clientQuotaExceeded(mostClients);
    // A phone alone is within the odds of every policy.
    if (asked.parameters.period === 0) assertOdds(policy, [asked]);
    const first = sealNew(box, dataKey, {
      accountId,
      clientId,
      id,
      asked: { ...asked, pendingUntil: null, replaces: null },
      createdAt: change.at,
      known: { ...FRESH_FACTOR, watermark: before.used },
    });
    this.#keep({
      client: {
        accountId,
        id,
        clientId,
        label,
        issuer,
        lastEvent: this.#append(before.lastEvent, clientEvent('client.registered', clientId, change)),
        disabled: false,
        lockout: NO_FAILURES,
        mix: null,
        authenticators: [first],
        expired: [],
      },
      codes: null,
    });
    this.#bringCodes(asked);
    if (asked.disabled) this.#disable(clientId);
    return id;
  }

  /**
   * Adds an authenticator to a client that was enrolled here, and gives its number. Faults: authenticator_odds,
   * authenticator_quota_exceeded, secret_unreadable.
   */
  add(asked: ToImport, before: Pick<Before, 'used'>): number {
    const { accountId, box, dataKey, policy, change } = this.#basis;
    const { clientId } = asked;
    const { client, codes } = this.#of(clientId);
    const wanted: NewAuthenticator = {
      ...asked,
      accountId,
      isImported: true,
      pendingUntil: null,
      replaces: null,
      fresh: false,
    };
    assertMayAdd(policy, client, wanted);
    const id = ++this.#lastNumber;
    const known = usedAmong(box, dataKey, client, client.authenticators, asked, before.used);
    const place = { accountId, clientId, id, asked: wanted, createdAt: change.at, known };
    const added: StoredAuthenticator = sealNew(box, dataKey, place);
    const authenticators = [...client.authenticators, added];
    const lastEvent = this.#append(client.lastEvent, clientEvent('authenticator.added', clientId, change));
    this.#keep({ client: { ...client, authenticators, lastEvent }, codes });
    this.#bringCodes(asked);
    return id;
  }

  #bringCodes({ clientId, recoveryMacs: macs }: ToImport): void {
    if (macs === null) return;
    const { client, codes } = this.#of(clientId);
    const event = clientEvent('client.recovery_codes_created', clientId, this.#basis.change);
    const lastEvent = this.#append(client.lastEvent, event);
    const generation = (codes?.generation ?? 0) + 1;
    this.#keep({ client: { ...client, lastEvent }, codes: { macs, generation } });
  }

  #disable(clientId: string): void {
    const { client, codes } = this.#of(clientId);
    const event = clientEvent('client.disabled', clientId, this.#basis.change);
    const lastEvent = this.#append(client.lastEvent, event);
    this.#keep({ client: { ...client, disabled: true, lastEvent }, codes });
  }

  #of(clientId: string): Enrolled {
    const enrolled = this.#enrolled.get(clientId);
    if (enrolled === undefined) throw new TypeError('the user was not enrolled here');
    return enrolled;
  }

  #keep(enrolled: Enrolled): void {
    this.#enrolled.set(enrolled.client.clientId, enrolled);
  }

  #append(previous: number, event: NewEvent): number {
    this.events.push({ event, previous });
    return this.#begin.lastEvent + this.events.length;
  }
}
