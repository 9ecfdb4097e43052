import { argon2, randomBytes as nodeRandomBytes, timingSafeEqual } from 'node:crypto';
import type { Passwords } from '../domain/accounts/ports.ts';
import { Fault } from '../domain/errors.ts';
import type { RandomBytes } from '../domain/randomness.ts';
import type { Secret } from '../domain/secret.ts';
import { isGuessable } from './password-guesses.ts';
import { QueueFull, WorkQueue } from './work-queue.ts';

export interface HashParameters {
  /** KiB. */
  readonly memory: number;
  readonly passes: number;
  readonly parallelism: number;
}

/** OWASP's Argon2id recommendation for 19 MiB. */
const PARAMETERS: HashParameters = { memory: 19_456, passes: 2, parallelism: 1 };
const SALT_LENGTH = 16;
const HASH_LENGTH = 32;

const PHC =
  /^\$argon2id\$v=19\$m=([1-9]\d{0,9}),t=([1-9]\d{0,9}),p=([1-9]\d{0,9})\$([A-Za-z0-9+/]{11,86})\$([A-Za-z0-9+/]{22,86})$/;
/** What a stored hash may ask for: two at once stay below 130 MiB. */
const MAX_PARAMETERS: HashParameters = { memory: 65_536, passes: 8, parallelism: 4 };
/** RFC 9106 §3.1: 8 KiB a lane. */
const MIN_MEMORY_PER_LANE = 8;

/** A hash takes some 20 MiB and tens of milliseconds: two at once, and a second or two of waiting, a quarter of it for one caller. */
const queue = new WorkQueue({ atOnce: 2, waiting: 64, waitingOfOne: 16 });

/**
 * Judges, hashes and verifies passwords; salts are drawn from `randomBytes`.
 *
 * @param cost of new hashes, and of verifying against nothing; tests that are not about passwords take a lower one
 */
export function createPasswords(randomBytes: RandomBytes, cost = PARAMETERS): Passwords {
  const nothing = phc(cost, new Uint8Array(SALT_LENGTH), new Uint8Array(HASH_LENGTH));
  return {
    isGuessable,
    hash: (password, caller) => hashPassword(password, caller, randomBytes, cost),
    verify: verifyPassword,
    async verifyAgainstNothing(password, caller) {
      await verifyPassword(nothing, password, caller);
      return false;
    },
  };
}

/**
 * Hashes a password with Argon2id, off the main thread.
 *
 * @param caller whose turn it takes; see `WorkQueue`
 * @returns a PHC string: `$argon2id$v=19$m=19456,t=2,p=1$salt$hash`
 * @throws {Fault} `rate_limited` when too many hashes are waiting
 */
export async function hashPassword(
  password: Secret<string>,
  caller: string,
  randomBytes: RandomBytes = nodeRandomBytes,
  parameters = PARAMETERS,
): Promise<string> {
  const salt = randomBytes(SALT_LENGTH);
  return phc(parameters, salt, await derive({ password, caller, parameters, salt, length: HASH_LENGTH }));
}

/**
 * Whether `hash` was made from this password, with the parameters that the hash names.
 *
 * @throws {Fault} `rate_limited` when too many hashes are waiting
 * @throws {Error} when `hash` is no Argon2id PHC string, or asks for more than Kanda grants: the store is damaged
 */
export async function verifyPassword(
  hash: string,
  password: Secret<string>,
  caller: string,
): Promise<boolean> {
  const { parameters, salt, tag } = parsePhc(hash);
  return timingSafeEqual(await derive({ password, caller, parameters, salt, length: tag.length }), tag);
}

interface Derivation {
  readonly password: Secret<string>;
  readonly caller: string;
  readonly parameters: HashParameters;
  readonly salt: Uint8Array;
  readonly length: number;
}

async function derive({ password, caller, parameters, salt, length }: Derivation): Promise<Uint8Array> {
  const work = () =>
    new Promise<Uint8Array>((resolve, reject) => {
      // NIST SP 800-63B-4 §3.1.1.2: the same password typed on another keyboard must give the same bytes.
      const message = password.reveal().normalize('NFKC');
      argon2('argon2id', { ...parameters, message, nonce: salt, tagLength: length }, (error, tag) => {
        if (error === null) resolve(tag);
        else reject(error);
      });
    });
  try {
    return await queue.run(caller, work);
  } catch (error) {
    if (!(error instanceof QueueFull)) throw error;
    throw new Fault(
      'rate_limited',
      'Kanda is checking too many passwords right now. Try again in a moment.',
      { retryAfterSeconds: 2 },
    );
  }
}

function phc({ memory, passes, parallelism }: HashParameters, salt: Uint8Array, tag: Uint8Array): string {
  return `$argon2id$v=19$m=${memory},t=${passes},p=${parallelism}$${base64(salt)}$${base64(tag)}`;
}

function parsePhc(hash: string): { parameters: HashParameters; salt: Uint8Array; tag: Uint8Array } {
  const [, memory, passes, parallelism, salt, tag] = PHC.exec(hash) ?? [];
  if (salt === undefined || tag === undefined) {
    throw new Error('A stored password hash is not an Argon2id PHC string.');
  }
  const parameters = { memory: Number(memory), passes: Number(passes), parallelism: Number(parallelism) };
  assertAffordable(parameters);
  return { parameters, salt: Buffer.from(salt, 'base64'), tag: Buffer.from(tag, 'base64') };
}

function assertAffordable({ memory, passes, parallelism }: HashParameters): void {
  if (
    memory < MIN_MEMORY_PER_LANE * parallelism ||
    memory > MAX_PARAMETERS.memory ||
    passes > MAX_PARAMETERS.passes ||
    parallelism > MAX_PARAMETERS.parallelism
  ) {
    throw new Error(
      `A stored password hash asks for m=${memory},t=${passes},p=${parallelism}; ` +
        `Kanda grants at most m=${MAX_PARAMETERS.memory},t=${MAX_PARAMETERS.passes},p=${MAX_PARAMETERS.parallelism}.`,
    );
  }
}

/** PHC strings have no padding. */
function base64(bytes: Uint8Array): string {
  return Buffer.from(bytes).toString('base64').replace(/=+$/, '');
}
