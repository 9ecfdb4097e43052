import { createHash, randomBytes } from 'node:crypto';
import { setTimeout as sleep } from 'node:timers/promises';
import {
  createHotpKey,
  DEFAULT_PARAMETERS,
  formatCode,
  type HotpKey,
  hotp,
  stepAt,
  type TotpParameters,
  totp,
} from '@kanda/otp';
import { afterEach, beforeEach, expect } from 'vitest';
import { createAuthenticatorKeys } from '../../../src/crypto/authenticator-keys.ts';
import type { Account } from '../../../src/domain/accounts/account.ts';
import type { Change } from '../../../src/domain/change.ts';
import type { Client } from '../../../src/domain/clients/client.ts';
import type { ClientFilter } from '../../../src/domain/clients/ports.ts';
import type { SecretBox } from '../../../src/domain/clients/secret-box.ts';
import { Fault, type FaultCode } from '../../../src/domain/errors.ts';
import type { EventFilter } from '../../../src/domain/log/event-store.ts';
import type { EventRecord, Origin } from '../../../src/domain/log/events.ts';
import type { Page, PageRequest } from '../../../src/domain/page.ts';
import { Secret } from '../../../src/domain/secret.ts';
import type { Store } from '../../../src/domain/store.ts';
import type { Verdict } from '../../../src/domain/verdicts/decide.ts';
import { boxOf } from '../open-box.ts';
import type { Database, MakeDatabase } from './database.ts';

export type { Database, MakeDatabase, StoreParts } from './database.ts';

/** The suite's first moment: the first millisecond of a step, and of an hour. */
export const START = Date.UTC(2027, 0, 1);
export const STEP_MS = 30_000;
export const HOUR_MS = 3_600_000;
export const DAY_MS = 24 * HOUR_MS;

export const ORIGIN: Origin = {
  actor: 'key:contract',
  ip: '192.0.2.7',
  userAgent: 'contract/1',
  requestId: 'req-1',
};
export const EVERYTHING: EventFilter = { clientId: null, event: null, outcome: null, from: null, to: null };

/** A client's phone: shows codes of any moment. Its secret follows from its name, so no run differs from another. */
export class Phone {
  readonly accountId: number;
  readonly clientId: string;
  readonly secret: Uint8Array;
  readonly parameters: TotpParameters;
  readonly #key: HotpKey;

  constructor(accountId: number, clientId: string, parameters: TotpParameters, secretName = clientId) {
    this.accountId = accountId;
    this.clientId = clientId;
    this.parameters = parameters;
    this.secret = createHash('sha256').update(`secret of ${secretName}`).digest().subarray(0, 20);
    this.#key = createHotpKey(this.secret, parameters.algorithm);
  }

  codeAt(now: number): string {
    return totp(this.#key, now, this.parameters);
  }

  /** The `nth` of the codes that no step from five before `now` to five after it shows. */
  wrongCodeAt(now: number, nth = 0): string {
    const { digits, period } = this.parameters;
    const step = stepAt(now, period);
    const shown = new Set(
      Array.from({ length: 11 }, (_, offset) => hotp(this.#key, step - 5 + offset, digits)),
    );
    for (let code = 0, wrong = 0; ; code++) {
      if (!shown.has(code) && wrong++ === nth) return formatCode(code, digits);
    }
  }
}

/** Longer than a lease lasts. */
const MAX_LEASE_TRIES = 100;
const LEASE_RETRY_MS = 200;

/** A store on a database of its own, a clock that the test moves, and the gestures that most tests need. */
export class Workbench {
  readonly database: Database;
  /** base64; for another process that works on the same database. */
  readonly masterKey = new Secret(randomBytes(32).toString('base64'));
  readonly box: SecretBox;
  now = START;
  readonly #stores: Store[] = [];

  private constructor(database: Database) {
    this.database = database;
    this.box = boxOf(this.masterKey);
  }

  static async open(makeDatabase: MakeDatabase): Promise<Workbench> {
    const bench = new Workbench(await makeDatabase());
    await bench.#openFirst();
    return bench;
  }

  /** The store of the first node. */
  get store(): Store {
    const [first] = this.#stores;
    if (first === undefined) throw new Error('no store is open');
    return first;
  }

  /** One more store on the same database, with a memory of opened keys of its own. */
  async openNode(box = this.box): Promise<Store> {
    const keys = createAuthenticatorKeys(box, 1_000);
    const store = await this.database.open({ box, keys, clock: () => this.now });
    this.#stores.push(store);
    return store;
  }

  /** Closes every store and opens one anew, as after a restart. */
  async reopen(): Promise<void> {
    await this.closeStores();
    await this.#openFirst();
  }

  /** The first node is the one that has the work behind the logs. */
  async #openFirst(): Promise<void> {
    const store = await this.openNode();
    // A store before this one may have lost its connections, and with them the chance to yield: its lease ends.
    for (let tries = 0; (await store.leadership?.hold()) === false; tries++) {
      if (tries === MAX_LEASE_TRIES) throw new Error('another node keeps the work behind the logs');
      await sleep(LEASE_RETRY_MS);
    }
  }

  async close(): Promise<void> {
    await this.closeStores();
    await this.database.remove();
  }

  async closeStores(): Promise<void> {
    for (const store of this.#stores.splice(0)) await store.close();
  }

  change(): Change {
    return { at: this.now, origin: ORIGIN };
  }

  createAccount(name = 'ada'): Promise<Account> {
    const publicId = `acc_${name}`;
    return this.store.createAccount({
      publicId,
      email: `${name}@example.com`,
      passwordHash: `hash of ${name}`,
      at: this.now,
      origin: ORIGIN,
    });
  }

  async enrol(
    account: Account,
    clientId: string,
    parameters: TotpParameters = DEFAULT_PARAMETERS,
  ): Promise<Phone> {
    const phone = new Phone(account.id, clientId, parameters);
    await this.register(phone);
    return phone;
  }

  register(phone: Phone, label = `${phone.clientId}@example.com`, issuer = 'Example'): Promise<unknown> {
    const { accountId, clientId, parameters, secret } = phone;
    return this.store.registerClient(
      { accountId, clientId, label, issuer, parameters, secret },
      this.change(),
    );
  }

  /** Rotates to the secret that the new phone holds. */
  async rotate(phone: Phone, secretName: string): Promise<Phone> {
    const next = new Phone(phone.accountId, phone.clientId, phone.parameters, secretName);
    await this.store.rotateClient({ ...next, number: null }, this.change());
    return next;
  }

  validate(phone: Pick<Phone, 'accountId' | 'clientId'>, code: string, node = this.store): Promise<Verdict> {
    return node.validate({ accountId: phone.accountId, clientId: phone.clientId, code, origin: ORIGIN });
  }

  /** `count` wrong codes, each typed as soon as the delay before it is over. Gives the last verdict. */
  async failTimes(phone: Phone, count: number): Promise<Verdict | undefined> {
    let verdict: Verdict | undefined;
    for (let failure = 0; failure < count; failure++) {
      const client = await this.client(phone);
      this.now = Math.max(this.now, client.lockout.delayedUntil);
      verdict = await this.validate(phone, phone.wrongCodeAt(this.now));
    }
    return verdict;
  }

  /** 48 failures of one day, with successes between them, so that no delay runs: two more lock for good. */
  async failAlmostTooOften(phone: Phone): Promise<void> {
    for (let round = 0; round < 12; round++) {
      await this.failTimes(phone, 4);
      this.now += 2 * STEP_MS;
      expect(await this.validate(phone, phone.codeAt(this.now))).toEqual({ valid: true });
    }
  }

  async lockForGood(phone: Phone): Promise<void> {
    await this.failAlmostTooOften(phone);
    await this.failTimes(phone, 2);
    expect((await this.client(phone)).lockout.locked).toBe(true);
  }

  async client(phone: Pick<Phone, 'accountId' | 'clientId'>): Promise<Client> {
    const client = await this.store.findClient(phone.accountId, phone.clientId);
    if (client === null) throw new Error(`${phone.clientId} is not enrolled`);
    return client;
  }

  /** Every event that passes the filter, newest first, read page by page. */
  events(account: Account, filter: Partial<EventFilter> = {}, limit = 200): Promise<EventRecord[]> {
    return allPages(limit, (page) => this.store.listEvents(account.id, { ...EVERYTHING, ...filter }, page));
  }

  /** Every client that passes the filter, in the list's order, read page by page. */
  async clientIds(account: Account, filter: Partial<ClientFilter> = {}, limit = 200): Promise<string[]> {
    const whole: ClientFilter = { q: null, status: null, now: this.now, ...filter };
    const clients = await allPages(limit, (page) => this.store.listClients(account.id, whole, page));
    return clients.map((client) => client.clientId);
  }
}

/** A fresh workbench for every test of the surrounding `describe`. */
export function useWorkbench(makeDatabase: MakeDatabase): () => Workbench {
  let bench: Workbench;
  beforeEach(async () => {
    bench = await Workbench.open(makeDatabase);
  });
  afterEach(() => bench.close());
  return () => bench;
}

/** Follows the cursors of a list to its end. */
export async function allPages<T>(
  limit: number,
  read: (page: PageRequest) => Promise<Page<T>>,
): Promise<T[]> {
  const all: T[] = [];
  const cursors = new Set<string | null>();
  let cursor: string | null = null;
  do {
    expect(cursors, 'a list must not lead back to where it was').not.toContain(cursor);
    cursors.add(cursor);
    const page: Page<T> = await read({ cursor, limit });
    expect(page.data.length).toBeLessThanOrEqual(limit);
    all.push(...page.data);
    cursor = page.nextCursor;
  } while (cursor !== null);
  return all;
}

export const NOTHING_DONE = /Nothing was changed and nothing was accepted/;
export const MAY_BE_DONE = /it may have been/;

/** Expects that the call is refused with this fault, and with no other error. */
export async function expectFault(call: Promise<unknown>, code: FaultCode, detail = /./): Promise<void> {
  const error: unknown = await call.then(
    () => null,
    (reason: unknown) => reason,
  );
  expect(error).toBeInstanceOf(Fault);
  expect((error as Fault).code).toBe(code);
  expect((error as Fault).detail).toMatch(detail);
}

/** What a log says about verdicts, oldest first. */
export function reasons(events: readonly EventRecord[]): (string | null)[] {
  return events
    .filter((event) => event.event === 'totp.validated')
    .map((event) => (event.outcome === 'success' ? 'accepted' : event.reason))
    .reverse();
}
