/**
 * A second process on the same SQLite file, for tests: opens the store that its first message names, then
 * answers each message with what became of what it asks.
 */
import { createAuthenticatorKeys } from '../../../src/crypto/authenticator-keys.ts';
import { Fault } from '../../../src/domain/errors.ts';
import { Secret } from '../../../src/domain/secret.ts';
import type { Store } from '../../../src/domain/store.ts';
import type { Verdict } from '../../../src/domain/verdicts/decide.ts';
import type { Attempt } from '../../../src/domain/verdicts/ports.ts';
import { openSqliteStore } from '../../../src/store/sqlite/store.ts';
import { boxOf } from '../open-box.ts';

export type Question =
  | { readonly open: { readonly path: string; readonly masterKey: string; readonly umask?: number } }
  | { readonly attempts: readonly Attempt[]; readonly now: number }
  | { readonly ping: true }
  | { readonly close: true };

/** What became of each call: `valid`, a reason of refusal, or a fault's code. */
export type Answer =
  | { readonly opened: true }
  | { readonly failed: string }
  | { readonly outcomes: string[] };

let store: Store | undefined;
let now = 0;

async function answer(question: Question): Promise<Answer> {
  if ('open' in question) {
    const { path, masterKey, umask } = question.open;
    if (umask !== undefined) process.umask(umask);
    const box = boxOf(new Secret(masterKey));
    store = await openSqliteStore({ path, box, keys: createAuthenticatorKeys(box, 1_000), clock: () => now });
    return { opened: true };
  }
  if (store === undefined) throw new Error('the store is not open');
  if ('ping' in question) {
    const { ping } = store;
    return { outcomes: [await outcomeOf(ping().then(() => ({ valid: true })))] };
  }
  if ('close' in question) {
    await store.close();
    process.disconnect();
    return { opened: true };
  }
  now = question.now;
  const { validate } = store;
  const outcomes = await Promise.all(question.attempts.map((attempt) => outcomeOf(validate(attempt))));
  return { outcomes };
}

async function outcomeOf(call: Promise<Verdict>): Promise<string> {
  try {
    const verdict = await call;
    return verdict.valid ? 'valid' : verdict.reason;
  } catch (error) {
    if (error instanceof Fault) return error.code;
    throw error;
  }
}

process.on('message', (question: Question) => {
  answer(question).then(
    (given) => process.connected && process.send?.(given),
    (error: unknown) => process.send?.({ failed: String(error) } satisfies Answer),
  );
});
