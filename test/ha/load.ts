/**
 * Callers that go on through a fault. Each has one client after the other: enrols it, sends right codes to both nodes
 * at once, wrong codes, and used ones again, and asks again where it got no verdict, as an application does.
 */
import { setTimeout as sleep } from 'node:timers/promises';
import { createHotpKey, decodeBase32, formatCode, type HotpKey, hotp, stepAt } from '@kanda/otp';
import {
  type Answered,
  type Ask,
  type Entry,
  isAcknowledged,
  Ledger,
  LOAD,
  type LoggedEvent,
  type Seen,
} from './ledger.ts';
import type { NodeClient } from './node-client.ts';

/** One at which a minute is two steps, and one at which codes stay in their window through a whole fault. */
const PERIODS = [30, 300] as const;
const PROBE_EVERY_MS = 50;
/** Probes that wait for an answer at once; beyond it there is nothing to be learnt from more of them. */
const MAX_PROBES = 400;
const PAUSE_MS = 10;
/** Before something is asked again that got no verdict. */
const AGAIN_MS = 100;

interface Phone {
  readonly clientId: string;
  readonly key: HotpKey;
  readonly period: number;
}

export class Load {
  readonly ledger = new Ledger();
  readonly #nodes: () => readonly NodeClient[];
  readonly #clock: () => number;
  #stopped = false;
  /** Whether codes of steps to come are sent too: a node whose clock is ahead accepts them. */
  sendsAhead = false;
  #running: Promise<void>[] = [];
  #probes = new Set<Promise<void>>();
  #clients = 0;

  /** `nodes`: asked for each request, since a node that was killed comes back as another one. */
  constructor(nodes: () => readonly NodeClient[], clock: () => number = Date.now) {
    this.#nodes = nodes;
    this.#clock = clock;
  }

  start(workers: number): void {
    this.#running = [...Array.from({ length: workers }, () => this.#work()), this.#probe()];
  }

  /** Resolves when every caller has its last answer. */
  async stop(): Promise<void> {
    this.#stopped = true;
    await Promise.all(this.#running);
    await Promise.all(this.#probes);
  }

  async #work(): Promise<void> {
    while (!this.#stopped) {
      const phone = await this.#enrol(PERIODS[this.#clients % PERIODS.length] ?? 30);
      if (phone === null) continue;
      const now = () => stepAt(this.#clock(), phone.period);
      const before = now() - 1;
      await this.#race(phone, 'right', before);
      await this.#ask(phone, 'wrong', null, this.#anyNode());
      const current = now();
      await this.#settle(phone, 'right', current);
      if (this.sendsAhead) {
        // Accepted by the node that is ahead, and then by no one, nor any code before it.
        for (const distance of [2, 1, 3]) await this.#race(phone, 'ahead', current + distance);
      }
      await Promise.all([
        this.#ask(phone, 'replay', before, this.#anyNode()),
        ...this.#nodes().map((_, node) => this.#ask(phone, 'replay', current, node)),
        this.#readClient(phone, this.#anyNode()),
      ]);
      await Promise.all(this.#nodes().map((_, node) => this.#readLog(phone, node)));
    }
  }

  /** Writes that no one else waits for, at even times: they tell how long there was no service. */
  async #probe(): Promise<void> {
    const phone = await this.#enrol(300);
    if (phone === null) return;
    for (let count = 0; !this.#stopped; count++) {
      if (this.#probes.size < MAX_PROBES) {
        // A wrong code, and soon a locked client: each answer is an event, and on the disks before it is given.
        const asked = this.#ask(phone, 'probe', null, count % this.#nodes().length).then(() => {
          this.#probes.delete(asked);
        });
        this.#probes.add(asked);
      }
      await sleep(PROBE_EVERY_MS);
    }
  }

  /** null: someone enrolled it, and the answer with its secret was lost; or it is time to stop. */
  async #enrol(period: number): Promise<Phone | null> {
    const clientId = `client-${++this.#clients}`;
    const body = { clientId, label: clientId, issuer: 'MyApp', period, qr: 'none' };
    while (!this.#stopped) {
      const node = this.#anyNode();
      const entry = this.ledger.open({ node, ask: 'enrol', clientId, step: null, period });
      const answer = await this.#post(entry, '/api/totp/register', body);
      if (answer?.status === 201) {
        return { clientId, period, key: createHotpKey(decodeBase32(String(answer.json.secret)), 'SHA1') };
      }
      if (answer?.status === 409) return null;
      await sleep(AGAIN_MS);
    }
    return null;
  }

  /** The same code to all nodes at the same moment, and again until someone gave a verdict. */
  async #race(phone: Phone, ask: Ask, step: number): Promise<void> {
    const asked = this.#nodes().map((_, node) => this.#ask(phone, ask, step, node));
    const reads = [this.#readClient(phone, this.#anyNode()), this.#readLog(phone, this.#anyNode())];
    const entries = await Promise.all(asked);
    await Promise.all(reads);
    if (!entries.some(isAcknowledged)) await this.#settle(phone, ask, step);
  }

  async #settle(phone: Phone, ask: Ask, step: number): Promise<void> {
    while (!this.#stopped) {
      const entry = await this.#ask(phone, ask, step, this.#anyNode());
      if (isAcknowledged(entry)) return;
      await sleep(AGAIN_MS);
    }
  }

  async #ask(phone: Phone, ask: Ask, step: number | null, node: number): Promise<Entry> {
    const { clientId, key, period } = phone;
    const token =
      step === null ? wrongCode(key, stepAt(this.#clock(), period)) : formatCode(hotp(key, step, 6), 6);
    const entry = this.ledger.open({ node, ask, clientId, step, period });
    await this.#post(entry, '/api/totp/validate', { clientId, token });
    if (ask !== 'probe') await sleep(PAUSE_MS);
    return entry;
  }

  async #readClient({ clientId }: Phone, node: number): Promise<void> {
    await this.#read(clientId, node, `/api/totp/clients/${clientId}`, (json, status) => {
      if (status === 404) return { client: null };
      return { client: { failures: Number(json.failures), accepted: json.lastAcceptedAt !== null } };
    });
  }

  async #readLog({ clientId }: Phone, node: number): Promise<void> {
    await this.#read(clientId, node, `/api/logs?limit=200&clientId=${clientId}`, ({ data, nextCursor }) => {
      const events = (data as LoggedEvent[]).filter(({ event }) => event !== 'client.locked');
      return {
        log: events.map(({ userAgent }) => userAgent ?? '').reverse(),
        whole: nextCursor === null,
      };
    });
  }

  /** @param see what an answer with 200 or 404 shows */
  async #read(
    clientId: string,
    node: number,
    path: string,
    see: (json: Record<string, unknown>, status: number) => Seen,
  ): Promise<void> {
    const begun = performance.now();
    const answer = await this.#nodes()[node]?.get(path, `${LOAD}read`);
    const shows = answer?.status === 200 || answer?.status === 404;
    const seen = answer && shows ? see(answer.json, answer.status) : null;
    this.ledger.noteRead({ node, clientId, begun, ended: performance.now(), seen });
  }

  async #post(entry: Entry, path: string, body: unknown) {
    const node = this.#nodes()[entry.node];
    if (node === undefined) throw new Error(`there is no node ${entry.node}`);
    const answer = await node.post(path, body, entry.id);
    entry.pending = false;
    if (answer !== null) entry.answer = answeredOf(answer);
    return answer;
  }

  #anyNode(): number {
    return Math.floor(Math.random() * this.#nodes().length);
  }
}

function answeredOf({ status, json }: { status: number; json: Record<string, unknown> }): Answered {
  const reason = json.reason ?? json.code ?? null;
  return {
    ended: performance.now(),
    status,
    reason: reason === null ? null : String(reason),
    valid: typeof json.valid === 'boolean' ? json.valid : null,
    nothingChanged: status === 503 && String(json.detail).includes('Nothing was changed'),
  };
}

/** A code that is none of any step that a node could think of, however wrong its clock is in a trial. */
function wrongCode(key: HotpKey, step: number): string {
  const right = new Set(
    Array.from({ length: 40 }, (_, index) => formatCode(hotp(key, step - 20 + index, 6), 6)),
  );
  for (;;) {
    const code = formatCode(Math.floor(Math.random() * 1_000_000), 6);
    if (!right.has(code)) return code;
  }
}
