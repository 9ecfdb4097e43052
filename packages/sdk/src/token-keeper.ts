import { UnexpectedAnswer } from './errors.ts';
import { exchange, type Limits } from './exchange.ts';
import { Secret } from './secret.ts';
import type { Settings } from './settings.ts';
import { USER_AGENT } from './version.ts';

interface Token {
  readonly text: Secret;
  /** When to get the next one, and when it ends; by the monotonic clock, milliseconds. */
  readonly renewAt: number;
  readonly endsAt: number;
}

/** Of a token's life, at least this is left when it is renewed, milliseconds: a call needs some of it. */
const MAX_MARGIN_MS = 60_000;

/** Exchanges the API key for a token and keeps that; however many callers wait, there is one exchange at a time. */
export class TokenKeeper {
  readonly #settings: Settings;
  #token: Token | null = null;
  #exchanging: Promise<Secret> | null = null;

  constructor(settings: Settings) {
    this.#settings = settings;
  }

  /**
   * A token that is good for a while.
   * @throws as `exchange`, when there is none and no new one could be had
   */
  async get({ signal }: Pick<Limits, 'signal'>): Promise<Secret> {
    const kept = this.#token;
    const now = performance.now();
    if (kept !== null && now < kept.renewAt) return kept.text;
    try {
      return await orAbort(this.#renew(), signal);
    } catch (error) {
      signal?.throwIfAborted();
      // Kanda is away for a moment, and what is kept has not ended.
      if (kept !== null && kept === this.#token && now < kept.endsAt) return kept.text;
      throw error;
    }
  }

  /** Drops this token, which Kanda refused; one that was exchanged since stays. */
  drop(token: Secret): void {
    if (this.#token?.text === token) this.#token = null;
  }

  #renew(): Promise<Secret> {
    this.#exchanging ??= this.#exchange().finally(() => {
      this.#exchanging = null;
    });
    return this.#exchanging;
  }

  async #exchange(): Promise<Secret> {
    const { baseUrl, apiKey, fetch, timeoutMs } = this.#settings;
    // The life counts from when it was asked for: not a moment longer than Kanda thinks.
    const askedAt = performance.now();
    const outgoing = {
      method: 'POST' as const,
      url: `${baseUrl}/api/auth/token`,
      headers: { accept: 'application/json', 'content-type': 'application/json', 'user-agent': USER_AGENT },
      body: JSON.stringify({ apiKey: apiKey.reveal() }),
    };
    const { token, lifeMs } = asTokenAnswer(
      await exchange(fetch, outgoing, { timeoutMs, signal: undefined }),
    );
    const endsAt = askedAt + lifeMs;
    const text = new Secret(token);
    this.#token = { text, endsAt, renewAt: endsAt - Math.min(MAX_MARGIN_MS, lifeMs / 5) };
    return text;
  }
}

function asTokenAnswer(answer: unknown): { readonly token: string; readonly lifeMs: number } {
  const { token, expiresIn, expiresInSeconds } = (answer ?? {}) as Readonly<Record<string, unknown>>;
  if (typeof token !== 'string' || typeof expiresIn !== 'string') {
    throw new UnexpectedAnswer(
      'The answer to the exchange of the API key has no token: it is not Kanda’s.',
      200,
    );
  }
  // Older servers send only `expiresIn`.
  const lifeMs = isCount(expiresInSeconds) ? expiresInSeconds * 1_000 : durationMs(expiresIn);
  return { token, lifeMs };
}

const isCount = (value: unknown): value is number => Number.isSafeInteger(value) && Number(value) > 0;

const UNIT_MS: Readonly<Record<string, number>> = { s: 1_000, m: 60_000, h: 3_600_000, d: 86_400_000 };

/** `1h`, `15m`, `90s` in milliseconds; of anything else a minute, the shortest life of a token. */
function durationMs(text: string): number {
  const [, count = '60', unit = 's'] = /^(\d+)([smhd])$/.exec(text) ?? [];
  return Number(count) * (UNIT_MS[unit] ?? 1_000);
}

/** Waits for what others wait for too, so that one caller's signal ends its own waiting only. */
function orAbort<T>(work: Promise<T>, signal: AbortSignal | undefined): Promise<T> {
  if (signal === undefined) return work;
  return new Promise((resolve, reject) => {
    const onAbort = () => reject(signal.reason);
    signal.addEventListener('abort', onAbort, { once: true });
    work.then(resolve, reject).finally(() => signal.removeEventListener('abort', onAbort));
  });
}
