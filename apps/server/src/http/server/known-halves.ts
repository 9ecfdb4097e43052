import type { FastifyRequest } from 'fastify';
import type { Principal } from '../../domain/keys/bearers.ts';
import { namesMode } from './test-mode.ts';

/** What is remembered of more bearers than this is dropped, the oldest first. */
const MAX_KNOWN = 10_000;

/**
 * Which test half a bearer was of when it was looked up last. The store is asked about a test bearer with each request, as
 * the clock of its half may have moved: without this the account's rate would be counted only after that, and a caller over
 * it would cost as much as one within. Nothing else follows from what is here: the bearer is looked up all the same.
 */
export class KnownHalves {
  readonly #ids = new Map<string, number>();

  /** The id of the half that this request will be about; null: not known. */
  of(request: FastifyRequest, bearer: string): number | null {
    return this.#ids.get(nameOf(request, bearer)) ?? null;
  }

  note(request: FastifyRequest, bearer: string, { account }: Principal): void {
    const name = nameOf(request, bearer);
    this.#ids.delete(name);
    if (account.test === undefined) return;
    const [oldest] = this.#ids.size < MAX_KNOWN ? [] : this.#ids.keys();
    if (oldest !== undefined) this.#ids.delete(oldest);
    this.#ids.set(name, account.id);
  }

  /** After a refusal: a bearer that has ended uses up nothing of the account's rate. */
  forget(request: FastifyRequest, bearer: string): void {
    this.#ids.delete(nameOf(request, bearer));
  }
}

/** A log-in has two halves; no bearer has a space in it. */
function nameOf(request: FastifyRequest, bearer: string): string {
  return namesMode(request) ? `${bearer} in its mode` : bearer;
}
