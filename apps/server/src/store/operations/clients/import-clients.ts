import type { Kysely } from 'kysely';
import type { Change } from '../../../domain/change.ts';
import type { ImportOutcome, ImportRules, ToImport } from '../../../domain/clients/ports.ts';
import type { SecretBox } from '../../../domain/clients/secret-box.ts';
import { Fault, type FaultCode } from '../../../domain/errors.ts';
import { clientQuotaExceeded } from '../../../domain/limits/quotas.ts';
import type { Schema } from '../../schema.ts';
import { lockAccount } from '../accounts/lock-account.ts';
import { readUsed } from '../authenticators/deleted-secrets.ts';
import { readClients } from '../authenticators/read-clients.ts';
import { readClient, type StoredClient } from '../authenticators/stored-client.ts';
import { readTails } from '../log/append-event.ts';
import { findPolicy } from '../verdicts/policy.ts';
import { dataKeyOf } from './data-key.ts';
import { type Before, Enrolments, type ImportBasis } from './enrolments.ts';
import { type ImportPlan, importClient, planOf, unexpired } from './import-client.ts';
import { readHeadCounts, writeEnrolments } from './write-enrolments.ts';

type Db = Kysely<Schema>;

/** Faults of one client, which are thrown before anything of it is written; the others of the import go on. */
const OF_ONE_CLIENT: readonly FaultCode[] = [
  'authenticator_odds',
  'authenticator_quota_exceeded',
  'client_exists',
  'client_quota_exceeded',
];

/**
 * Enrols clients that another program had, in the transaction that it is given: many in a statement, with what one
 * after the other would come to. Done again, it finds each of them there and changes nothing. Faults: account_not_found,
 * secret_unreadable.
 */
export async function importClients(
  db: Db,
  box: SecretBox,
  accountId: number,
  clients: readonly ToImport[],
  rules: ImportRules,
  change: Change,
): Promise<readonly ImportOutcome[]> {
  await lockAccount(db, accountId);
  const dataKey = await dataKeyOf(db, accountId);
  const policy = await findPolicy(db, accountId);
  const { mostClients } = rules;
  const basis = { accountId, box, dataKey, policy, mostClients, change };
  const stored = await readClients(db, accountId, namesOf(clients));
  return new Import(db, basis, rules, stored).all(clients);
}

/** What an import would come to, read and not written. */
export async function planImport(
  db: Db,
  box: SecretBox,
  accountId: number,
  clients: readonly ToImport[],
  rules: ImportRules,
  at: number,
): Promise<readonly ImportOutcome[]> {
  const dataKey = await dataKeyOf(db, accountId);
  const stored = await readClients(db, accountId, namesOf(clients));
  const { clients: there } = await readHeadCounts(db, accountId);
  let left = rules.mostClients === null ? null : rules.mostClients - there;
  return clients.map((client): ImportOutcome => {
    const plan = planOf(box, dataKey, unexpired(stored.get(client.clientId), at), client, rules);
    if (plan.result !== 'enrolled' || left === null || left-- > 0) return plan;
    return { result: 'refused', fault: clientQuotaExceeded(rules.mostClients ?? 0) };
  });
}

function namesOf(clients: readonly ToImport[]): string[] {
  return clients.map(({ clientId }) => clientId);
}

/**
 * An import whose clients were read beforehand. Those that are new, and those that stay as they are, are judged in
 * memory and written together; what changes a client that is there is carried out by itself, in its turn.
 */
class Import {
  readonly #db: Db;
  readonly #basis: ImportBasis;
  readonly #rules: ImportRules;
  readonly #stored: ReadonlyMap<string, StoredClient>;
  /** What records come to by what was read: finding out opens secrets, so it is done once for each. */
  readonly #plans = new Map<ToImport, ImportPlan>();
  /** Clients that are no longer as they were read. */
  readonly #changed = new Set<string>();

  constructor(db: Db, basis: ImportBasis, rules: ImportRules, stored: ReadonlyMap<string, StoredClient>) {
    this.#db = db;
    this.#basis = basis;
    this.#rules = rules;
    this.#stored = stored;
  }

  async all(clients: readonly ToImport[]): Promise<readonly ImportOutcome[]> {
    const outcomes: ImportOutcome[] = [];
    while (outcomes.length < clients.length) {
      outcomes.push(...(await this.#together(clients.slice(outcomes.length))));
      for (const client of clients.slice(outcomes.length)) {
        if (!this.#isByItself(client)) break;
        outcomes.push(await this.#byItself(client));
      }
    }
    return outcomes;
  }

  /** Whether a record is to be carried out by itself, with what is there now. */
  #isByItself(asked: ToImport): boolean {
    if (this.#changed.has(asked.clientId)) return true;
    const plan = this.#planAsRead(asked);
    return plan !== null && plan.result !== 'unchanged' && plan.result !== 'conflict';
  }

  /** What a record comes to if its client is as it was read; null: it was not there. */
  #planAsRead(asked: ToImport): ImportPlan | null {
    const stored = this.#stored.get(asked.clientId);
    if (stored === undefined) return null;
    const plan = this.#plans.get(asked) ?? this.#plan(unexpired(stored, this.#basis.change.at), asked);
    this.#plans.set(asked, plan);
    return plan;
  }

  async #byItself(client: ToImport): Promise<ImportOutcome> {
    const { accountId, change } = this.#basis;
    const { clientId } = client;
    const isAsRead = !this.#changed.has(clientId);
    const stored = isAsRead ? this.#stored.get(clientId) : await readClient(this.#db, accountId, clientId);
    const present = unexpired(stored ?? undefined, change.at);
    const plan = (isAsRead ? this.#planAsRead(client) : null) ?? this.#plan(present, client);
    this.#changed.add(clientId);
    try {
      return await importClient(this.#db, this.#basis, present, plan, client);
    } catch (error) {
      return refused(error);
    }
  }

  /** Imports those that come before the first that is to be carried out by itself. */
  async #together(clients: readonly ToImport[]): Promise<readonly ImportOutcome[]> {
    const outcomes: ImportOutcome[] = [];
    let run: Run | null = null;
    for (const client of clients) {
      if (this.#isByItself(client)) break;
      const plan = this.#planAsRead(client);
      if (plan !== null) {
        outcomes.push(plan);
        continue;
      }
      run ??= await this.#begin(clients);
      const outcome = this.#enrol(run, client);
      if (outcome === null) break;
      outcomes.push(outcome);
    }
    if (run !== null) await this.#write(run);
    return outcomes;
  }

  async #begin(clients: readonly ToImport[]): Promise<Run> {
    const { accountId, box, dataKey } = this.#basis;
    const fresh = clients.filter(({ clientId }) => !this.#stored.has(clientId));
    const fingerprintOf = ({ parameters, secret }: ToImport) => box.fingerprint(dataKey, parameters, secret);
    const fingerprints = new Map(fresh.map((client) => [client, fingerprintOf(client)]));
    const used = await readUsed(this.#db, accountId, [...fingerprints.values()], true);
    const tails = await readTails(this.#db, accountId, namesOf(fresh));
    const head = await readHeadCounts(this.#db, accountId);
    const before = (client: ToImport): Before => ({
      used: used(fingerprints.get(client) ?? fingerprintOf(client), client.parameters),
      lastEvent: tails.get(client.clientId) ?? 0,
    });
    return { enrolments: new Enrolments(this.#basis, head), tails, before };
  }

  /** null: it is to take the place of one that was enrolled just now. */
  #enrol({ enrolments, before }: Run, client: ToImport): ImportOutcome | null {
    const plan = this.#plan(enrolments.find(client.clientId) ?? null, client);
    if (plan.result === 'replaced') return null;
    if (plan.result === 'unchanged' || plan.result === 'conflict') return plan;
    try {
      const isNew = plan.result === 'enrolled';
      const authenticator = isNew
        ? enrolments.enrol(client, before(client))
        : enrolments.add(client, before(client));
      return { result: plan.result, authenticator };
    } catch (error) {
      return refused(error);
    }
  }

  async #write({ enrolments, tails }: Run): Promise<void> {
    const { accountId, change } = this.#basis;
    await writeEnrolments(this.#db, accountId, enrolments, tails, change.at);
    for (const { client } of enrolments.enrolled) this.#changed.add(client.clientId);
  }

  #plan(present: StoredClient | null, asked: ToImport): ImportPlan {
    const { box, dataKey } = this.#basis;
    return planOf(box, dataKey, present, asked, this.#rules);
  }
}

/** Enrolments that are written together. */
interface Run {
  readonly enrolments: Enrolments;
  /** The newest events about the clientIds, of those that have had any. */
  readonly tails: ReadonlyMap<string, number>;
  readonly before: (client: ToImport) => Before;
}

/** The outcome for one client whose import has thrown; it throws what is not of that client alone. */
function refused(error: unknown): ImportOutcome {
  if (error instanceof Fault && OF_ONE_CLIENT.includes(error.code))
    return { result: 'refused', fault: error };
  throw error;
}
