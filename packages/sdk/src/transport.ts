import { KandaError, OutcomeUnknown, Problem, UnexpectedAnswer } from './errors.ts';
import { exchange, type Limits, type Outgoing, openStream } from './exchange.ts';
import { delayMs, judgeFailure, settles } from './retries.ts';
import type { Secret } from './secret.ts';
import { type CallOptions, checkIdempotencyKey, milliseconds, type Settings } from './settings.ts';
import { TokenKeeper } from './token-keeper.ts';
import { USER_AGENT } from './version.ts';
import { pause } from './waiting.ts';

export interface Call {
  readonly method: Outgoing['method'];
  /** Made by the tag `path`. */
  readonly path: string;
  readonly query?: Readonly<Record<string, string | number | boolean | null | undefined>>;
  readonly body?: unknown;
  /** Whether the JSON of a success is what this call answers. An object is enough where it is absent. */
  readonly fits?: (answer: object) => boolean;
}

type Send<T> = (token: Secret) => Promise<T>;

/** Sends calls: with a token, again where that helps, and with one Idempotency-Key over all tries of a call. */
export class Transport {
  readonly #settings: Settings;
  readonly #tokens: TokenKeeper;

  constructor(settings: Settings) {
    this.#settings = settings;
    this.#tokens = new TokenKeeper(settings);
  }

  /**
   * @returns the answer's JSON; null for 204
   * @throws Problem, OutcomeUnknown, UnexpectedAnswer, ConnectionFailed, TimedOut, InvalidArgument; or the reason of
   *   the caller's signal, if nothing had been sent
   */
  async send<T>(call: Call, options: CallOptions = {}): Promise<T> {
    const key =
      call.method === 'GET' ? null : checkIdempotencyKey(options.idempotencyKey ?? crypto.randomUUID());
    const limits = this.#limits(options);
    return this.#untilAnswered(key, limits, async (token) => {
      const answer = await exchange(this.#settings.fetch, this.#outgoing(call, token, key), limits);
      if (!fits(answer, call)) {
        throw new UnexpectedAnswer(
          'The answer does not have what this call answers: it is not Kanda’s.',
          200,
        );
      }
      return answer as T;
    });
  }

  /** The open answer to a GET whose body has no end. @throws as `send` */
  async stream(call: Call, options: CallOptions = {}): Promise<Response> {
    const limits = this.#limits(options);
    return this.#untilAnswered(null, limits, (token) => {
      const outgoing = this.#outgoing(call, token, null);
      const headers = { ...outgoing.headers, accept: 'text/event-stream' };
      return openStream(this.#settings.fetch, { ...outgoing, headers }, limits);
    });
  }

  /** Tries until there is an answer that stays. `key` is null for a call that changes nothing. */
  async #untilAnswered<T>(key: string | null, limits: Limits, send: Send<T>): Promise<T> {
    let mayHaveTakenEffect = false;
    let failed = 0;
    let waitsUntil: number | null = null;
    for (;;) {
      const { answer, error, sent } = await this.#try(send, limits);
      if (error === null) return answer as T;
      const { again, unknown, afterSeconds, underWay = false } = judgeFailure(error);
      // A copy waits for the first request as long as one try may take. That is no try of its own.
      if (underWay) waitsUntil ??= Date.now() + limits.timeoutMs;
      const waits = underWay && this.#settings.retries > 0 && Date.now() < (waitsUntil ?? 0);
      if (!waits) failed++;
      const aborted = limits.signal?.aborted === true && !(error instanceof KandaError);
      mayHaveTakenEffect ||= sent && (unknown || aborted);
      const patient = (afterSeconds ?? 0) * 1_000 <= this.#settings.maxRetryAfterMs;
      if (!again || !patient || failed > this.#settings.retries) {
        throw key !== null && mayHaveTakenEffect && !settles(error)
          ? outcomeUnknown(key, failed, error)
          : error;
      }
      const reason = await pause(delayMs(Math.max(1, failed), afterSeconds, Math.random()), limits.signal);
      if (reason !== null)
        throw key !== null && mayHaveTakenEffect ? outcomeUnknown(key, failed, reason.error) : reason.error;
    }
  }

  /** One try; with a new token, and once more, when Kanda says that the token has ended. */
  async #try<T>(send: Send<T>, limits: Limits): Promise<{ answer?: T; error: unknown; sent: boolean }> {
    let sent = false;
    try {
      limits.signal?.throwIfAborted();
      const token = await this.#tokens.get(limits);
      sent = true;
      try {
        return { answer: await send(token), error: null, sent };
      } catch (error) {
        if (!hasEnded(error)) throw error;
        this.#tokens.drop(token);
      }
      sent = false;
      const renewed = await this.#tokens.get(limits);
      sent = true;
      return { answer: await send(renewed), error: null, sent };
    } catch (error) {
      return { error, sent };
    }
  }

  #outgoing({ method, path, query = {}, body }: Call, token: Secret, key: string | null): Outgoing {
    const asked = new URLSearchParams();
    for (const [name, value] of Object.entries(query)) {
      if (value !== undefined && value !== null) asked.set(name, String(value));
    }
    const search = `${asked}` === '' ? '' : `?${asked}`;
    return {
      method,
      url: `${this.#settings.baseUrl}${path}${search}`,
      headers: {
        accept: 'application/json',
        authorization: `Bearer ${token.reveal()}`,
        'user-agent': USER_AGENT,
        ...(key === null ? {} : { 'idempotency-key': key }),
        ...(body === undefined ? {} : { 'content-type': 'application/json' }),
      },
      body: body === undefined ? undefined : JSON.stringify(body),
    };
  }

  #limits({ timeoutMs = this.#settings.timeoutMs, signal }: CallOptions): Limits {
    return { timeoutMs: milliseconds('timeoutMs', timeoutMs), signal };
  }
}

/** A token that reached its end, or that the server no longer takes: the password changed, or its key was revoked. */
function hasEnded(error: unknown): boolean {
  return error instanceof Problem && (error.code === 'token_expired' || error.code === 'token_invalid');
}

function fits(answer: unknown, call: Call): boolean {
  if (answer === null) return call.method === 'DELETE';
  return typeof answer === 'object' && (call.fits === undefined || call.fits(answer));
}

function outcomeUnknown(idempotencyKey: string, tries: number, cause: unknown): OutcomeUnknown {
  const times = tries === 1 ? 'one try' : `${tries} tries`;
  const why = cause instanceof Error ? cause.message : String(cause);
  return new OutcomeUnknown(
    `Whether this took effect is not known after ${times}; it does not mean that a code was wrong. The last one: ${why}`,
    { idempotencyKey, cause },
  );
}
