/**
 * The caller's side of a crash: what was sent, what was answered, and what must therefore be found when
 * the server has come back. Each request carries a user agent of its own, which the log keeps, so that
 * requests and events can be matched one to one.
 */
import { setTimeout as sleep } from 'node:timers/promises';
import { createHotpKey, decodeBase32, formatCode, type HotpKey, hotp, stepAt } from '@kanda/otp';
import { expect } from 'vitest';
import type { Answer, Caller, LoggedEvent } from './caller.ts';

/** Long enough that a code accepted in a round is still in its window when the round is checked. */
const PERIOD_SECONDS = 300;
const FREE_FAILURES = 5;
const LOCK_SECONDS = 3_600;
/** After this number of attempts a worker enrols a new client. */
const MAX_ATTEMPTS = 12;

export interface Attempt {
  readonly userAgent: string;
  readonly kind: 'right' | 'replay' | 'wrong';
  readonly code: string;
  /** null: the connection ended before an answer came. */
  answer: Answer | null;
}

/** One client with its attempts in the order in which they were sent, one after the other. */
export interface ClientLedger {
  readonly clientId: string;
  readonly userAgent: string;
  readonly attempts: Attempt[];
  /** null: the enrolment was not answered. */
  key: HotpKey | null;
  /** The highest step that was sent. */
  step: number;
}

/** A seeded generator of numbers from 0 to 1 (mulberry32): a failing run can be repeated. */
export function seeded(seed: number): () => number {
  let state = seed | 0;
  return () => {
    state = (state + 0x6d2b79f5) | 0;
    let mixed = Math.imul(state ^ (state >>> 15), 1 | state);
    mixed = (mixed + Math.imul(mixed ^ (mixed >>> 7), 61 | mixed)) ^ mixed;
    return ((mixed ^ (mixed >>> 14)) >>> 0) / 2 ** 32;
  };
}

/**
 * Makes the first lock so long that none ends between an attempt and its check, however slow the machine is: what is
 * checked is that a lock was kept, and with the default of 30 s it could be over. `owner` has the rights of a log-in.
 */
export async function lockForLong(owner: Caller): Promise<void> {
  const policy = { firstDelaySeconds: LOCK_SECONDS, maxDelaySeconds: LOCK_SECONDS };
  const answer = await owner.call('PUT', '/api/policy', policy);
  if (answer.status !== 200) throw new Error(`the policy got ${answer.status}: ${answer.text}`);
}

/**
 * Keeps `workers` connections busy with enrolments and right, wrong and replayed codes until each has
 * lost its connection. An answer that is neither a verdict nor a 201 is a failure of the test.
 */
export class Load {
  /** What was sent and answered, once the server has died. */
  readonly ended: Promise<ClientLedger[]>;
  readonly #caller: Caller;
  readonly #name: string;
  readonly #random: () => number;
  readonly #ledgers: ClientLedger[] = [];
  #requests = 0;
  #answers = 0;

  constructor(caller: Caller, name: string, workers: number, random: () => number) {
    this.#caller = caller;
    this.#name = name;
    this.#random = random;
    const working = Array.from({ length: workers }, (_, worker) => this.#work(worker));
    this.ended = Promise.all(working).then(() => this.#ledgers);
  }

  /** Resolves when this number of requests has been answered, or there will be no more. */
  async answers(count: number): Promise<void> {
    let over = false;
    const stop = () => {
      over = true;
    };
    const end = this.ended.then(stop, stop);
    while (this.#answers < count && !over) await Promise.race([end, sleep(2)]);
  }

  async #work(worker: number): Promise<void> {
    for (let turn = 0; ; turn++) {
      const ledger: ClientLedger = {
        clientId: `${this.#name}-${worker}-${turn}`,
        userAgent: this.#nextUserAgent(),
        attempts: [],
        key: null,
        // The first code is this step's and the second the next one's: both stay in the window for a period.
        step: stepAt(Date.now(), PERIOD_SECONDS) - 1,
      };
      this.#ledgers.push(ledger);
      const enrolled = await this.#answered(enrol(this.#caller, ledger), 201);
      if (enrolled === null) return;
      ledger.key = createHotpKey(decodeBase32(enrolled.json.secret), 'SHA1');
      const attempts = 1 + Math.floor(this.#random() * MAX_ATTEMPTS);
      for (let count = 0; count < attempts; count++) {
        const attempt = nextAttempt(ledger, this.#random(), this.#nextUserAgent());
        ledger.attempts.push(attempt);
        attempt.answer = await this.#answered(send(this.#caller, ledger, attempt), 200);
        if (attempt.answer === null) return;
      }
    }
  }

  #nextUserAgent(): string {
    return `${this.#name}.${++this.#requests}`;
  }

  /** The answer, or null when the connection ended first. */
  async #answered(call: Promise<Answer>, status: number): Promise<Answer | null> {
    const answer = await call.catch(() => null);
    if (answer !== null && answer.status !== status) throw new Error(`got ${answer.status}: ${answer.text}`);
    if (answer !== null) this.#answers++;
    return answer;
  }
}

/** What the restarted server says of each client must be what was answered before it died. */
export async function checkClients(caller: Caller, ledgers: readonly ClientLedger[]): Promise<void> {
  const checks = ledgers.map(async (ledger) => {
    const view = await caller.get(`/api/totp/clients/${ledger.clientId}`);
    if (ledger.key === null) {
      expect([200, 404]).toContain(view.status);
      return;
    }
    expect(view.status, `the acknowledged enrolment of ${ledger.clientId}`).toBe(200);
    await checkFailures(caller, ledger, view);
    await checkBurnt(caller, ledger);
  });
  await Promise.all(checks);
}

/**
 * The log against everything that was sent: no gap, each acknowledged verdict and enrolment exactly once with
 * its outcome, each unanswered request at most once, and nothing that no one sent.
 *
 * @returns how many unanswered attempts had been committed all the same
 */
export function checkLog(events: readonly LoggedEvent[], ledgers: readonly ClientLedger[]): number {
  expect(events.map(({ id }) => id)).toEqual(Array.from(events, (_, index) => index + 1));
  const byUserAgent = new Map<string | null, LoggedEvent[]>();
  for (const event of events) {
    byUserAgent.set(event.userAgent, [...(byUserAgent.get(event.userAgent) ?? []), event]);
  }

  let committedUnanswered = 0;
  for (const { clientId, userAgent, key, attempts } of ledgers) {
    const enrolments = byUserAgent.get(userAgent) ?? [];
    expect(enrolments.length, `events of the enrolment ${userAgent}`).toBeLessThanOrEqual(1);
    if (key !== null)
      expect(enrolments).toMatchObject([{ event: 'client.registered', outcome: 'success', clientId }]);
    for (const attempt of attempts) {
      const found = byUserAgent.get(attempt.userAgent) ?? [];
      const { answer } = attempt;
      if (answer === null) {
        expect(found.length, `events of the unanswered ${attempt.userAgent}`).toBeLessThanOrEqual(1);
        committedUnanswered += found.length;
      } else {
        expect(found, `events of ${attempt.userAgent}, answered ${answer.text}`).toMatchObject([
          { event: 'totp.validated', clientId, outcome: answer.json.valid ? 'success' : 'failure' },
        ]);
        const reason = answer.json.valid ? null : answer.json.reason;
        const logged = found[0]?.reason === 'code_already_used' ? 'invalid_code' : found[0]?.reason;
        expect(logged).toBe(reason);
      }
    }
  }
  const sent = new Set(
    ledgers.flatMap(({ userAgent, attempts }) => [
      userAgent,
      ...attempts.map((attempt) => attempt.userAgent),
    ]),
  );
  const ofTheLoad = events.filter(({ userAgent }) => userAgent?.startsWith('round-'));
  expect(ofTheLoad.filter(({ userAgent }) => !sent.has(userAgent as string))).toEqual([]);
  return committedUnanswered;
}

/** How many answers of each kind the ledgers hold: a crash test without enough of each proves nothing. */
export function countAnswers(ledgers: readonly ClientLedger[]) {
  const attempts = ledgers.flatMap((ledger) => ledger.attempts);
  const verdicts = (reason: string | undefined) =>
    attempts.filter(({ answer }) => answer !== null && answer.json.reason === reason).length;
  return {
    enrolments: ledgers.filter(({ key }) => key !== null).length,
    accepted: verdicts(undefined),
    refused: verdicts('invalid_code'),
    locked: verdicts('locked'),
    unanswered: attempts.filter(({ answer }) => answer === null).length,
  };
}

function enrol(caller: Caller, { clientId, userAgent }: ClientLedger): Promise<Answer> {
  const body = { clientId, label: clientId, issuer: 'MyApp', period: PERIOD_SECONDS, qr: 'none' };
  return caller.post('/api/totp/register', body, { 'user-agent': userAgent });
}

function send(caller: Caller, { clientId }: ClientLedger, { code, userAgent }: Attempt): Promise<Answer> {
  return caller.validate(clientId, code, { 'user-agent': userAgent });
}

function nextAttempt(ledger: ClientLedger, chance: number, userAgent: string): Attempt {
  const { key, attempts } = ledger;
  if (key === null) throw new Error('the client is not enrolled');
  const burnt = lastAccepted(attempts);
  const newest = stepAt(Date.now(), PERIOD_SECONDS) + 1;
  if (chance < 0.4 && ledger.step < newest) {
    ledger.step++;
    return { userAgent, kind: 'right', code: codeAt(key, ledger.step), answer: null };
  }
  if (chance < 0.6 && burnt !== null) return { userAgent, kind: 'replay', code: burnt.code, answer: null };
  return { userAgent, kind: 'wrong', code: wrongCode(key, newest, attempts.length), answer: null };
}

function codeAt(key: HotpKey, step: number): string {
  return formatCode(hotp(key, step, 6), 6);
}

function wrongCode(key: HotpKey, newest: number, from: number): string {
  const right = [-3, -2, -1, 0, 1].map((distance) => codeAt(key, newest + distance));
  for (let number = from; ; number++) {
    const code = formatCode(number, 6);
    if (!right.includes(code)) return code;
  }
}

function lastAccepted(attempts: readonly Attempt[]): Attempt | null {
  return attempts.findLast(({ answer }) => answer?.json.valid === true) ?? null;
}

/**
 * The counters must be what the answers add up to. Only the last attempt can be unanswered; whether it
 * counts must agree with whether it is in the log.
 */
async function checkFailures(caller: Caller, ledger: ClientLedger, view: Answer): Promise<void> {
  let failures = 0;
  let failuresToday = 0;
  const count = (reason: string | null | undefined) => {
    if (reason === null || reason === undefined) failures = 0;
    if (reason === 'invalid_code' || reason === 'code_already_used') {
      failures++;
      failuresToday++;
    }
  };
  for (const { answer } of ledger.attempts) if (answer !== null) count(answer.json.reason);
  const last = ledger.attempts.at(-1);
  if (last?.answer === null) {
    const event = (await caller.events(ledger.clientId)).find(
      ({ userAgent }) => userAgent === last.userAgent,
    );
    if (event !== undefined) count(event.reason);
  }
  expect(view.json, `the failures of ${ledger.clientId}`).toMatchObject({
    failures,
    failuresToday,
    status: failures >= FREE_FAILURES ? 'locked' : 'active',
  });
}

/** The code of the highest acknowledged acceptance is refused, and the log says that it was used. */
async function checkBurnt(caller: Caller, { clientId, attempts }: ClientLedger): Promise<void> {
  const burnt = lastAccepted(attempts);
  if (burnt === null) return;
  await caller.post(`/api/totp/clients/${clientId}/unlock`);
  const again = await caller.validate(clientId, burnt.code, { 'user-agent': `again ${burnt.userAgent}` });
  expect(again.json, `the burnt code of ${burnt.userAgent}`).toEqual({
    valid: false,
    reason: 'invalid_code',
  });
  const events = await caller.events(clientId);
  expect(events.at(-1)).toMatchObject({ reason: 'code_already_used' });
}
