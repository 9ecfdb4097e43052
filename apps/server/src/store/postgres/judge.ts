import type { SecretBox } from '../../domain/clients/secret-box.ts';
import { accountNotFound } from '../../domain/errors.ts';
import { BatchTally } from '../../domain/observation/batch-tally.ts';
import type { Clock } from '../../domain/time.ts';
import type { AuthenticatorKey } from '../../domain/verdicts/decide.ts';
import type { Attempt, AuthenticatorKeys } from '../../domain/verdicts/ports.ts';
import { ClientNumbers } from '../judging/client-numbers.ts';
import type { FurtherChange } from '../judging/columns.ts';
import { firstAuthenticator, isRefusedUnseen, judgeAttempt, numbered } from '../judging/judge-attempt.ts';
import type { Judged } from '../judging/judged.ts';
import { BatchAnswers, readAnswers } from './batch-answers.ts';
import {
  type BatchClient,
  type BatchFurther,
  type ClientName,
  keyOf,
  type NumberedName,
  readNamed,
  readNumbered,
  readSealed,
  readTails,
  type SealedSecret,
  type Tail,
  toClients,
  toSealed,
  toTails,
  writeClients,
  writeTails,
} from './batch-clients.ts';
import { addFurther, readFurther, writeFurther } from './batch-further.ts';
import { BatchLog, lockAccounts } from './batch-log.ts';
import type { DatabaseLimits } from './connections.ts';
import type { Statement } from './exchange.ts';
import { openFurther, openKey } from './open-keys.ts';
import type { Session } from './session.ts';
import { begin, commit, type Expected } from './transaction.ts';

/** Longer than judging a batch takes. */
const MARGIN_MS = 1_000;

/**
 * Rows are fetched by their keys, whatever the planner thinks of the tables' size. What it thought of a new and empty
 * one would otherwise stay, in a prepared statement, until the table is analysed.
 */
const BY_KEY: Statement = {
  name: 'by_key',
  text: `select set_config('enable_seqscan', 'off', true), set_config('enable_hashjoin', 'off', true),
    set_config('enable_mergejoin', 'off', true)`,
};

const NONE: ReadonlySet<number> = new Set();

export interface JudgedBatch {
  /** null where the account is held. */
  readonly judged: readonly (Judged | null)[];
  /** Accounts that another session holds, with `skipsHeld`: nothing of them was judged. */
  readonly held: ReadonlySet<number>;
  /** What its attempts came to, for the figures. */
  readonly tally: BatchTally;
}

export interface JudgeOptions {
  readonly lockTimeoutMs: number;
  /** Leaves out accounts that are held, in place of waiting for them. */
  readonly skipsHeld: boolean;
  /** Called when all accounts but these are locked: others for the same accounts come after this batch. */
  readonly onLocked: (held: ReadonlySet<number>) => void;
}

/** Judges attempts in one transaction, in their order; resolves when it is durable. */
export type JudgeBatch = (
  session: Session,
  attempts: readonly Attempt[],
  options: JudgeOptions,
) => Promise<JudgedBatch>;

/**
 * The hot path in PostgreSQL: two round trips for a batch, one more when a secret has to be opened or a
 * client is unknown. The first locks the accounts and then reads, in statements of their own: a transaction that changes
 * a client or a policy holds the account's lock too, so what is read stands until the commit.
 */
export function createJudge(
  limits: DatabaseLimits,
  box: SecretBox,
  keys: AuthenticatorKeys,
  clock: Clock,
): JudgeBatch {
  const numbers = new ClientNumbers();

  return async (session, attempts, { lockTimeoutMs, skipsHeld, onLocked }) => {
    const names = [...new Map(attempts.map((attempt) => [keyOf(attempt), attempt])).values()];
    const accountIds = [...new Set(attempts.map(({ accountId }) => accountId))];
    const { numbered, unnumbered } = sortNames(names, numbers);
    const lookUps = readAnswers(attempts);
    const [, heads, accounts, ...rest] = await begin(session, { ...limits, lockTimeoutMs }, [
      BY_KEY,
      ...lockAccounts(accountIds, skipsHeld),
      ...lookUps,
      ...(numbered.length > 0 ? [readNumbered(numbered)] : []),
      ...(unnumbered.length > 0 ? [readNamed(unnumbered)] : []),
    ]);
    session.clocks.assertInStep();
    const log = new BatchLog(heads, accounts);
    const held = skipsHeld ? log.held : NONE;
    onLocked(held);
    const answers = new BatchAnswers(box, log, rest.slice(0, lookUps.length));
    const rows = rest.slice(lookUps.length);
    const clients = new Map(rows.flatMap(toClients).map((client) => [keyOf(client), client]));
    await readRenumbered(session, numbered, clients);
    for (const { accountId, clientId, row } of clients.values()) {
      numbers.set(accountId, clientId, row.id, row.secret_version);
    }
    const skipped = lockedForLong(
      [...clients.values()],
      log,
      clock() + limits.statementTimeoutMs + MARGIN_MS,
    );
    const { sealed, opened, tails } = await readWhatElse(session, names, clients, skipped, keys);
    const batch = new Batch(log, answers, clients, tails, (client, further) => {
      const key =
        opened.get(further ?? client) ??
        (further === null
          ? openKey(client, sealed, skipped, keys, log)
          : openFurther(client, further, keys, log));
      opened.set(further ?? client, key);
      return key;
    });
    const judged = attempts.map((attempt) =>
      held.has(attempt.accountId) ? null : batch.judge(attempt, clock()),
    );
    await commit(session, batch.writes());
    return { judged, held, tally: batch.tally };
  };
}

/** Opens the key of a client's first authenticator, or of another one. */
type OpenKey = (client: BatchClient, further: BatchFurther | null) => AuthenticatorKey;

/** One transaction's attempts: each sees what the ones before it have changed. */
class Batch {
  readonly #log: BatchLog;
  readonly #answers: BatchAnswers;
  readonly #clients: ReadonlyMap<string, BatchClient>;
  readonly #tails: ReadonlyMap<string, Tail>;
  readonly #open: OpenKey;
  readonly #changedClients = new Set<BatchClient>();
  readonly #changedFurther = new Map<BatchFurther, BatchClient>();
  readonly #changedTails = new Set<Tail>();
  readonly tally = new BatchTally();

  constructor(
    log: BatchLog,
    answers: BatchAnswers,
    clients: ReadonlyMap<string, BatchClient>,
    tails: ReadonlyMap<string, Tail>,
    open: OpenKey,
  ) {
    this.#log = log;
    this.#answers = answers;
    this.#clients = clients;
    this.#tails = tails;
    this.#open = open;
  }

  /** @param serverNow ms, by the server's clock */
  judge(attempt: Attempt, serverNow: number): Judged {
    const { accountId } = attempt;
    const now = this.#log.timeIn(accountId, serverNow);
    const policy = this.#log.policyOf(accountId);
    if (policy === undefined) return accountNotFound();
    const earlier = this.#answers.find(attempt, now);
    if (earlier !== null) return earlier;
    const client = this.#clients.get(keyOf(attempt));
    const judged = client && { row: client.row, further: client.further.map(({ row }) => row) };
    const judgement = judgeAttempt(judged, attempt, policy, now, (row) =>
      this.#open(client as BatchClient, client?.further.find((one) => one.row === row) ?? null),
    );
    const { nextState, nextFurther, events } = judgement;
    if (events.length === 0) return judgement.answer;
    const answer = attempt.numbered ? numbered(judgement, this.#log.nextOf(accountId)) : judgement.answer;
    const unkept = this.#answers.keep(attempt, now, answer);
    if (unkept !== null) return unkept;
    const chain = client ?? this.#tailOf(attempt);
    for (const event of events) chain.lastEvent = this.#log.append(accountId, event, chain.lastEvent);
    if (client === undefined) this.#changedTails.add(chain as Tail);
    else {
      if (nextState !== null) client.row = { ...client.row, ...nextState };
      for (const change of nextFurther) this.#changeFurther(client, change);
      this.#changedClients.add(client);
    }
    this.tally.add(judgement.tally, attempt, !this.#log.isTest(accountId));
    return answer;
  }

  writes(): Expected[] {
    return [
      ...writeClients([...this.#changedClients]),
      ...writeFurther(this.#changedFurther),
      ...this.#log.writes(),
      ...writeTails([...this.#changedTails]),
      ...this.#answers.writes(),
    ];
  }

  #changeFurther(client: BatchClient, change: FurtherChange): void {
    const further = client.further.find(({ row }) => row.id === change.id);
    if (further === undefined) throw new Error('the batch holds an authenticator that it did not read');
    further.row = { ...further.row, ...change };
    this.#changedFurther.set(further, client);
  }

  #tailOf(attempt: Attempt): Tail {
    const tail = this.#tails.get(keyOf(attempt));
    if (tail === undefined) throw new Error('the batch holds an attempt that it did not read for');
    return tail;
  }
}

/** Clients that will still be refused unseen at `until` (ms, by the server's clock): a flood of them costs no reading of secrets. */
function lockedForLong(
  clients: readonly BatchClient[],
  log: BatchLog,
  until: number,
): ReadonlySet<BatchClient> {
  const locked = clients.filter(({ accountId, row }) => {
    const policy = log.policyOf(accountId);
    return policy !== undefined && isRefusedUnseen(row, policy, log.timeIn(accountId, until));
  });
  return new Set(locked);
}

interface SortedNames {
  readonly numbered: readonly NumberedName[];
  readonly unnumbered: readonly ClientName[];
}

function sortNames(names: readonly ClientName[], numbers: ClientNumbers): SortedNames {
  const numbered: NumberedName[] = [];
  const unnumbered: ClientName[] = [];
  for (const { accountId, clientId } of names) {
    const number = numbers.get(accountId, clientId);
    if (number === undefined) unnumbered.push({ accountId, clientId });
    else numbered.push({ accountId, clientId, ...number });
  }
  return { numbered, unnumbered };
}

/** Those whose row is another one than is remembered: deleted, enrolled anew, rotated, or lost with a failover. */
async function readRenumbered(
  session: Session,
  numbered: readonly NumberedName[],
  clients: Map<string, BatchClient>,
): Promise<void> {
  const gone = numbered.filter((name) => !clients.has(keyOf(name)));
  if (gone.length === 0) return;
  const [rows] = await session.exchange([readNamed(gone)]);
  for (const client of toClients(rows)) clients.set(keyOf(client), client);
}

interface Else {
  /** Remembered keys are held on to: opening others may push them out of the memory. */
  readonly opened: Map<BatchClient | BatchFurther, AuthenticatorKey>;
  readonly sealed: ReadonlyMap<string, SealedSecret>;
  readonly tails: ReadonlyMap<string, Tail>;
}

/** What most batches need nothing of: the secrets that are not remembered, and the tails of unknown clients. */
async function readWhatElse(
  session: Session,
  names: readonly ClientName[],
  clients: ReadonlyMap<string, BatchClient>,
  skipped: ReadonlySet<BatchClient>,
  keys: AuthenticatorKeys,
): Promise<Else> {
  const opened: Else['opened'] = new Map();
  const closed: BatchClient[] = [];
  const several: BatchClient[] = [];
  for (const client of clients.values()) {
    if (client.row.further > 0) several.push(client);
    const { accountId, row } = client;
    const key = keys.remembered(accountId, firstAuthenticator(row), row.secret_version);
    if (key !== undefined) opened.set(client, key);
    else if (client.sealed === null && !skipped.has(client)) closed.push(client);
  }
  const unknown = clients.size === names.length ? [] : names.filter((name) => !clients.has(keyOf(name)));
  if (closed.length === 0 && unknown.length === 0 && several.length === 0) {
    return { opened, sealed: new Map(), tails: new Map() };
  }
  const [secrets, ends, further] = await session.exchange([
    readSealed(closed),
    readTails(unknown),
    ...(several.length > 0 ? [readFurther(several)] : []),
  ]);
  addFurther(further, several);
  return { opened, sealed: toSealed(secrets, closed), tails: toTails(ends, unknown) };
}
