/** Plays `sdks/scenarios.json` with the TypeScript SDK against a live server, through the proxy that cuts. */
import { randomBytes } from 'node:crypto';
import { readFileSync } from 'node:fs';
import { isValid, Kanda, type KandaOptions, Problem } from '../../packages/sdk/src/index.ts';
import type { Caller } from '../support/caller.ts';
import type { Cut, CuttingProxy } from '../support/cutting-proxy.ts';
import { CALLS, type Fields } from './scenario-calls.ts';
import { differences, Names } from './scenario-values.ts';

interface CallStep {
  readonly call: string;
  readonly with?: unknown;
  readonly options?: unknown;
  readonly using?: string;
  readonly as?: string;
  readonly expect?: unknown;
  readonly throws?: Readonly<Record<string, unknown>>;
}
interface ClientStep {
  readonly client: string;
  readonly retries?: number;
  readonly timeoutMs?: number;
  readonly url?: 'nowhere';
}
type Step =
  | CallStep
  | ClientStep
  | { readonly owner: 'changePassword' | 'revokeKey' }
  | { readonly cut: readonly Cut[] };

export interface Scenario {
  readonly name: string;
  readonly needs?: { readonly scopes?: readonly string[]; readonly policy?: object };
  readonly steps: readonly Step[];
}

export const SCENARIOS = (
  JSON.parse(readFileSync(new URL('../../sdks/scenarios.json', import.meta.url), 'utf8')) as {
    scenarios: readonly Scenario[];
  }
).scenarios;

export interface Stage {
  /** The server itself, as the owner of the account. */
  readonly owner: Caller;
  readonly email: string;
  password: string;
  readonly proxy: CuttingProxy;
  /** Sees each request of the SDK. */
  readonly fetch?: KandaOptions['fetch'];
}

/** Plays one scenario with a key of its own. @throws with the step when it is not as expected */
export async function play(scenario: Scenario, stage: Stage): Promise<void> {
  const { scopes, policy } = scenario.needs ?? {};
  const key = await stage.owner.post('/api/keys', { name: 'scenario', ...(scopes && { scopes }) });
  if (policy !== undefined) await setPolicy(stage, policy);
  const playing = new Playing(stage, key.json.apiKey, key.json.id);
  try {
    for (const [index, step] of scenario.steps.entries()) {
      const wrong = await playing.step(step);
      if (wrong.length > 0) {
        throw new Error(`${scenario.name}, step ${index} ${JSON.stringify(step)}:\n${wrong.join('\n')}`);
      }
    }
    if (stage.proxy.counts.planned > 0) throw new Error(`${scenario.name}: a cut was planned and not made.`);
  } finally {
    if (policy !== undefined) await setPolicy(stage, {});
  }
}

async function setPolicy({ owner }: Stage, policy: object): Promise<void> {
  const { status, text } = await owner.call('PUT', '/api/policy', policy);
  if (status !== 200) throw new Error(`the policy got ${status}: ${text}`);
}

class Playing {
  readonly #stage: Stage;
  readonly #apiKey: string;
  readonly #keyId: string;
  readonly #names = new Names();
  readonly #clients = new Map<string, Kanda>();

  constructor(stage: Stage, apiKey: string, keyId: string) {
    this.#stage = stage;
    this.#apiKey = apiKey;
    this.#keyId = keyId;
    this.#open('default', {});
  }

  /** What is not as expected; empty when all is. */
  async step(step: Step): Promise<string[]> {
    if ('call' in step) return this.#call(step);
    if ('cut' in step) this.#stage.proxy.cut(...step.cut);
    else if ('owner' in step) await this.#ask(step.owner);
    else this.#open(step.client, step);
    return [];
  }

  #open(name: string, { retries, timeoutMs, url }: Omit<ClientStep, 'client'>): void {
    const options: KandaOptions = {
      url: url === 'nowhere' ? 'http://127.0.0.1:2' : this.#stage.proxy.url,
      apiKey: this.#apiKey,
      ...(retries === undefined ? {} : { retries }),
      ...(timeoutMs === undefined ? {} : { timeoutMs }),
      ...(this.#stage.fetch === undefined ? {} : { fetch: this.#stage.fetch }),
    };
    this.#clients.set(name, new Kanda(options));
  }

  async #ask(what: 'changePassword' | 'revokeKey'): Promise<void> {
    const { owner, password } = this.#stage;
    if (what === 'revokeKey') {
      await owner.call('DELETE', `/api/keys/${this.#keyId}`);
      return;
    }
    const newPassword = `nine lanterns on a slow canal ${randomBytes(6).toString('hex')}`;
    const { status, text } = await owner.post('/api/auth/password', {
      currentPassword: password,
      newPassword,
    });
    if (status !== 204) throw new Error(`a new password got ${status}: ${text}`);
    this.#stage.password = newPassword;
  }

  async #call({
    call,
    with: fields = {},
    options = {},
    using = 'default',
    as,
    ...ends
  }: CallStep): Promise<string[]> {
    const kanda = this.#clients.get(using);
    const make = CALLS[call];
    if (kanda === undefined || make === undefined) throw new Error(`No client ${using}, or no call ${call}.`);
    const filled = this.#names.fill(fields) as Fields;
    let answer: unknown;
    try {
      answer = await make(kanda, filled, this.#names.fill(options) as object);
    } catch (error) {
      if (as !== undefined) this.#names.save(as, {}, filled);
      return ends.throws === undefined ? [`it threw ${error}`] : this.#thrown(ends.throws, error);
    }
    if (as !== undefined) this.#names.save(as, answer, filled);
    if (ends.throws !== undefined)
      return [`expected ${ends.throws.class}, and it answered ${JSON.stringify(answer)}`];
    const expected = this.#names.fill(ends.expect);
    const wrong = expected === undefined ? [] : differences(expected, answer);
    // Of every verdict: only the one that lets the user in is valid.
    if (call === 'validate' && isValid(answer) !== (expected as { valid?: unknown })?.valid) {
      wrong.push(`isValid says ${isValid(answer)}`);
    }
    return wrong;
  }

  #thrown({ class: name, cause, ...fields }: Readonly<Record<string, unknown>>, error: unknown): string[] {
    const thrown = error as Error;
    if (thrown.name !== name) return [`expected ${name}, and it threw ${thrown.name}: ${thrown.message}`];
    const wrong = differences(this.#names.fill(fields), thrown, 'the error');
    if (cause !== undefined && (thrown.cause as Error)?.name !== cause) {
      wrong.push(`its cause is ${(thrown.cause as Error)?.name}`);
    }
    if (thrown instanceof Problem && !/^req_/.test(thrown.requestId)) wrong.push('it has no requestId');
    return wrong;
  }
}
