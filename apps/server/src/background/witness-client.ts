/** A witness of C2SP tlog-witness, as the log that asks it to cosign sees it. */
import {
  cosignedAt,
  type Hash,
  parseNote,
  type Sha256,
  type VerifierKey,
  type VerifyEd25519,
} from '@kanda/tlog';
import type { KeptCheckpoint } from '../domain/log/ports.ts';

/** The witness knows a history that this log does not go on from: one of the two was shown something else. */
export class SplitViewError extends Error {
  override readonly name = 'SplitViewError';
}

export interface WitnessClientParts {
  readonly key: VerifierKey;
  /** The submission prefix. */
  readonly url: URL;
  readonly sha256: Sha256;
  readonly verify: VerifyEd25519;
}

/** Proves that the log of its first `to` events begins with that of its first `from` ones; `from` is 1 or more. */
export type Prove = (from: number, to: number) => Promise<readonly Hash[]>;

const ANSWER_WITHIN_MS = 10_000;
const MAX_ANSWER_BYTES = 64 * 1024;
/** The size that a 409 names may be out of date at once; more often than this something else is wrong. */
const MAX_ROUNDS = 3;

export class WitnessClient {
  readonly #parts: WitnessClientParts;
  readonly #address: string;
  /** By origin: how many events it cosigned last, as far as is known here. */
  readonly #sizes = new Map<string, number>();

  constructor(parts: WitnessClientParts) {
    this.#parts = parts;
    this.#address = `${parts.url.href.replace(/\/$/, '')}/add-checkpoint`;
  }

  get name(): string {
    return this.#parts.key.name;
  }

  /** Whether a note has a valid cosignature of this witness. */
  hasCosigned(note: string): boolean {
    return this.#cosignedAt(note) !== null;
  }

  /**
   * The cosignature of a checkpoint, a line of its note.
   * @throws {SplitViewError} when the witness has cosigned more, or something else
   */
  async cosign(
    origin: string,
    { size, note }: KeptCheckpoint,
    prove: Prove,
    signal: AbortSignal,
  ): Promise<string> {
    let old = this.#sizes.get(origin) ?? 0;
    for (let round = 0; round < MAX_ROUNDS; round++) {
      const proof = old === 0 ? [] : await prove(old, size);
      const lines = proof.map((hash) => `${Buffer.from(hash).toString('base64')}\n`).join('');
      const answer = await this.#post(`old ${old}\n${lines}\n${note}`, signal);
      if (answer.status === 200) {
        const at = this.#cosignedAt(`${note}${answer.body}`);
        if (at === null) throw new Error(`the witness ${this.name} answered with no cosignature of its key`);
        this.#sizes.set(origin, size);
        return answer.body;
      }
      if (answer.status === 422) {
        throw new SplitViewError(
          `the witness ${this.name} has cosigned a checkpoint of ${old} events that this log does not go on from`,
        );
      }
      if (answer.status !== 409)
        throw new Error(
          `the witness ${this.name} answered ${answer.status}: ${answer.body.trim().slice(0, 200)}`,
        );
      old = sizeIn(answer.body, this.name);
      this.#sizes.set(origin, old);
      if (old > size) {
        throw new SplitViewError(
          `the witness ${this.name} has cosigned ${old} events of this log, and its newest checkpoint covers ${size}`,
        );
      }
    }
    throw new Error(`the witness ${this.name} names another size each time`);
  }

  async #post(
    body: string,
    signal: AbortSignal,
  ): Promise<{ readonly status: number; readonly body: string }> {
    const answer = await fetch(this.#address, {
      method: 'POST',
      headers: { 'content-type': 'text/plain; charset=utf-8', 'user-agent': 'kanda' },
      body,
      redirect: 'error',
      signal: AbortSignal.any([signal, AbortSignal.timeout(ANSWER_WITHIN_MS)]),
    });
    return { status: answer.status, body: await textOf(answer) };
  }

  #cosignedAt(note: string): number | null {
    const { key, sha256, verify } = this.#parts;
    try {
      const at = cosignedAt(parseNote(note), key, sha256, verify);
      return typeof at === 'number' ? at : null;
    } catch {
      return null;
    }
  }
}

async function textOf(answer: Response): Promise<string> {
  const parts: Uint8Array[] = [];
  let bytes = 0;
  for await (const part of answer.body ?? []) {
    bytes += part.length;
    if (bytes > MAX_ANSWER_BYTES)
      throw new Error(`a witness answered with more than ${MAX_ANSWER_BYTES} bytes`);
    parts.push(part);
  }
  return Buffer.concat(parts).toString('utf8');
}

function sizeIn(body: string, name: string): number {
  const size = /^(0|[1-9][0-9]{0,15})\n$/.test(body) ? Number(body) : Number.NaN;
  if (!Number.isSafeInteger(size)) throw new Error(`the witness ${name} answered 409 without a size`);
  return size;
}
