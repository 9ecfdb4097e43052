/**
 * Callers that go on through a fault: each has a client of its own and asks one thing after the other, whatever the
 * answer. Each request carries a user agent of its own, so that answers and events can be matched one to one.
 */
import { setTimeout as sleep } from 'node:timers/promises';
import { expect } from 'vitest';
import { type Answer, type Caller, codeOf, type Enrolled, type LoggedEvent, wrongCodes } from './caller.ts';

/** Long enough that the step does not change while a test runs more than once. */
const PERIOD_SECONDS = 300;
/** Between two requests of one caller: the test is about what is answered, not about how much. */
const PAUSE_MS = 4;

const PROBLEM = 'application/problem+json; charset=utf-8';

export interface Sent {
  readonly userAgent: string;
  readonly clientId: string;
  readonly event: string;
  readonly begun: number;
  ended: number;
  answer: Answer | null;
}

export class FaultLoad {
  readonly sent: Sent[] = [];
  readonly #caller: Caller;
  readonly #name: string;
  #stopped = false;
  #workers: Promise<void>[] = [];
  #number = 0;

  constructor(caller: Caller, name: string) {
    this.#caller = caller;
    this.#name = name;
  }

  /** Enrols a client for each worker, and sets them to work. */
  async start(workers: number): Promise<void> {
    const clients = await Promise.all(
      Array.from({ length: workers }, (_, worker) =>
        this.#caller.enrol(`${this.#name}-${worker}`, { period: PERIOD_SECONDS }),
      ),
    );
    this.#workers = clients.map((client) => this.#work(client));
  }

  async stop(): Promise<void> {
    this.#stopped = true;
    await Promise.all(this.#workers);
  }

  async #work(client: Enrolled): Promise<void> {
    const { clientId } = client;
    let secret = client.secret;
    for (let round = 0; !this.#stopped; round++) {
      const phone = { secret, period: PERIOD_SECONDS };
      const right = codeOf(phone, round % 3 === 0 ? 1 : 0);
      const [wrong = ''] = wrongCodes(phone, 1, round);
      await this.#send(clientId, 'totp.validated', '/api/totp/validate', { clientId, token: right });
      await this.#send(clientId, 'totp.validated', '/api/totp/validate', { clientId, token: wrong });
      await this.#send(clientId, 'totp.validated', '/api/totp/validate', { clientId, token: right });
      await this.#send(clientId, 'client.unlocked', `/api/totp/clients/${clientId}/unlock`);
      const rotated = await this.#send(clientId, 'client.rotated', `/api/totp/rotate/${clientId}`);
      if (rotated.status === 200) secret = rotated.json.secret;
    }
  }

  async #send(clientId: string, event: string, path: string, body?: unknown): Promise<Answer> {
    const userAgent = `${this.#name}.${++this.#number}`;
    const sent: Sent = { userAgent, clientId, event, begun: performance.now(), ended: 0, answer: null };
    this.sent.push(sent);
    sent.answer = await this.#caller.post(path, body, { 'user-agent': userAgent });
    sent.ended = performance.now();
    await sleep(PAUSE_MS);
    return sent.answer;
  }
}

/** Every answer says that the store cannot save and when to come again, and gives nothing away. */
export function expectUnavailable(answer: Answer | null): void {
  expect({ status: answer?.status, code: answer?.json?.code }, answer?.text).toEqual({
    status: 503,
    code: 'store_unavailable',
  });
  expect(answer?.headers['content-type']).toBe(PROBLEM);
  expect(Number(answer?.headers['retry-after'])).toBeGreaterThan(0);
  expect(answer?.text).not.toMatch(/"valid"|SQLITE|ENOSPC|EIO|EFBIG|disk/i);
}

/**
 * The log against all that was sent: no gap in it; what was answered is in it once, as it was answered; what got
 * 503 is in it nowhere, or once at most where the commit itself was made (`fate` is `unknown` then).
 */
export function checkAgainstLog(
  events: readonly LoggedEvent[],
  load: FaultLoad,
  fate: 'known' | 'unknown',
): void {
  expect(events.map(({ id }) => id)).toEqual(Array.from(events, (_, index) => index + 1));
  const byUserAgent = Map.groupBy(events, ({ userAgent }) => userAgent ?? '');
  for (const { userAgent, clientId, event, answer } of load.sent) {
    const found = byUserAgent.get(userAgent) ?? [];
    const what = `${userAgent} ${event} of ${clientId}, answered ${answer?.status} ${answer?.text}`;
    if (answer?.status === 503) {
      expect(found.length, what).toBeLessThanOrEqual(fate === 'known' ? 0 : 1);
      continue;
    }
    expect(answer?.status, what).toBe(200);
    const failed = event === 'totp.validated' && answer?.json.valid !== true;
    expect(found, what).toMatchObject([{ event, clientId, outcome: failed ? 'failure' : 'success' }]);
  }
}
