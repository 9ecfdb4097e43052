/** Stores with many accounts, and calls to them that are counted one by one: for what one account is to another. */
import { createHmac, randomBytes } from 'node:crypto';
import { mkdirSync } from 'node:fs';
import { Agent, request } from 'node:http';
import { createHotpKey, type TotpParameters, totp } from '@kanda/otp';
import { openInstallation } from '../apps/server/src/compose/installation.ts';
import { loadConfig } from '../apps/server/src/config/load.ts';
import { CLI_ORIGIN } from '../apps/server/src/domain/log/events.ts';

const PARAMETERS: TotpParameters = { algorithm: 'SHA1', digits: 6, period: 30 };
/** As many as one batch of the group commit holds. */
export const AT_ONCE = 256;

export interface Member {
  readonly accountId: number;
  readonly apiKey: string;
  /** Its clients are `client-0` and so on. */
  readonly clients: number;
}

export interface Fleet {
  readonly members: readonly Member[];
  /** The code of a client at `now`. */
  codeOf(member: number, client: number, now: number): string;
}

export interface Origins {
  /** What every client's secret is derived from; random when absent. */
  readonly root?: Uint8Array;
  /** When all of them were enrolled, ms; now when absent. */
  readonly at?: number;
}

/** Fills a new data directory with `accounts` accounts of `clients` clients each, and `idle` accounts without any. */
export async function makeFleet(
  dataDir: string,
  accounts: number,
  clients: number,
  idle: number,
  { root = randomBytes(32), at = Date.now() }: Origins = {},
): Promise<Fleet> {
  mkdirSync(dataDir, { recursive: true, mode: 0o700 });
  const secretOf = (member: number, client: number) =>
    new Uint8Array(createHmac('sha1', root).update(`${member} ${client}`).digest());
  const { store, apiKeys, close } = await openInstallation(loadConfig({}, { 'data-dir': dataDir }));
  const change = { at, origin: CLI_ORIGIN };
  const makeAccount = (index: number) =>
    store.createAccount({
      publicId: `acc_bench${String(index).padStart(8, '0')}`,
      email: `bench-${index}@example.com`,
      passwordHash: 'none',
      ...change,
    });
  try {
    const members: Member[] = [];
    for (let member = 0; member < accounts; member++) {
      const { id } = await makeAccount(member);
      const scopes = ['totp:validate', 'totp:read', 'logs:read'] as const;
      const { text } = await apiKeys.create(
        { accountId: id, name: 'bench', scopes, expiresAt: null },
        change,
      );
      members.push({ accountId: id, apiKey: text.reveal(), clients });
      await inTurns(clients, async (client) => {
        const names = { clientId: `client-${client}`, label: `user${client}`, issuer: 'Bench' };
        const secret = secretOf(member, client);
        await store.registerClient({ accountId: id, ...names, parameters: PARAMETERS, secret }, change);
      });
    }
    await inTurns(idle, (index) => makeAccount(accounts + index));
    return {
      members,
      codeOf: (member, client, now) =>
        totp(createHotpKey(secretOf(member, client), PARAMETERS.algorithm), now, PARAMETERS),
    };
  } finally {
    await close();
  }
}

/** Does the work for 0 to `count` - 1, as many at once as one batch holds. */
export async function inTurns(count: number, work: (index: number) => Promise<unknown>): Promise<void> {
  for (let from = 0; from < count; from += AT_ONCE) {
    const size = Math.min(AT_ONCE, count - from);
    await Promise.all(Array.from({ length: size }, (_, index) => work(from + index)));
  }
}

export interface Answer {
  readonly status: number;
  readonly body: string;
  readonly tookMs: number;
}

/** A caller that validates over connections that stay open. */
export class Validator {
  readonly #url: string;
  readonly #agent: Agent;

  constructor(url: string, connections: number) {
    this.#url = `${url}/api/totp/validate`;
    this.#agent = new Agent({ keepAlive: true, maxSockets: connections });
  }

  validate(apiKey: string, clientId: string, token: string): Promise<Answer> {
    const body = JSON.stringify({ clientId, token });
    const headers = {
      authorization: `Bearer ${apiKey}`,
      'content-type': 'application/json',
      'content-length': body.length,
    };
    const begun = performance.now();
    return new Promise((resolve, reject) => {
      const call = request(this.#url, { method: 'POST', agent: this.#agent, headers }, (answer) => {
        let text = '';
        answer.setEncoding('utf8');
        answer.on('data', (part: string) => {
          text += part;
        });
        answer.on('end', () =>
          resolve({ status: answer.statusCode ?? 0, body: text, tookMs: performance.now() - begun }),
        );
        answer.on('error', reject);
      });
      call.on('error', reject);
      call.end(body);
    });
  }

  close(): void {
    this.#agent.destroy();
  }
}

/** The value below which this part (0 to 1) of the values lies. */
export function quantile(values: readonly number[], part: number): number {
  const sorted = [...values].sort((one, other) => one - other);
  return sorted[Math.min(sorted.length - 1, Math.floor(sorted.length * part))] ?? Number.NaN;
}
