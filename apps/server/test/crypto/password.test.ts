import * as crypto from 'node:crypto';
import { afterEach, describe, expect, it, vi } from 'vitest';
import { createPasswords, hashPassword, verifyPassword } from '../../src/crypto/password.ts';
import { Secret } from '../../src/domain/secret.ts';
import { seeded } from './fixtures.ts';

// The real argon2, watched: how much work is done is part of the contract.
vi.mock('node:crypto', async (importOriginal) => {
  const original = await importOriginal<typeof crypto>();
  return { ...original, argon2: vi.fn(original.argon2) };
});
const argon2 = vi.mocked(crypto.argon2);
afterEach(() => argon2.mockClear());

const password = new Secret('correct horse battery staple');
const CALLER = '192.0.2.1';
const { verifyAgainstNothing } = createPasswords(crypto.randomBytes);

describe('a password hash', () => {
  it('is an Argon2id PHC string with the parameters that OWASP recommends', async () => {
    const hash = await hashPassword(password, CALLER);
    expect(hash).toMatch(/^\$argon2id\$v=19\$m=19456,t=2,p=1\$[A-Za-z0-9+/]{22}\$[A-Za-z0-9+/]{43}$/);
  });

  it('verifies with its password and no other', async () => {
    const hash = await hashPassword(password, CALLER);
    expect(await verifyPassword(hash, password, CALLER)).toBe(true);
    expect(await verifyPassword(hash, new Secret('correct horse battery stapl'), CALLER)).toBe(false);
    expect(await verifyPassword(hash, new Secret('Correct horse battery staple'), CALLER)).toBe(false);
    expect(await verifyPassword(hash, new Secret(''), CALLER)).toBe(false);
  });

  it('is salted: two of the same password differ', async () => {
    expect(await hashPassword(password, CALLER)).not.toBe(await hashPassword(password, CALLER));
    expect(await hashPassword(password, CALLER, seeded('salt'))).toBe(
      await hashPassword(password, CALLER, seeded('salt')),
    );
  });

  it('made by the reference implementation verifies', async () => {
    // phc-winner-argon2, src/test.c, Argon2id, v=19.
    const hash = '$argon2id$v=19$m=65536,t=2,p=1$c29tZXNhbHQ$CTFhFdXPJO1aFaMaO6Mm5c8y7cJHAph8ArZWb2GRPPc';
    expect(await verifyPassword(hash, new Secret('password'), CALLER)).toBe(true);
    expect(await verifyPassword(hash, new Secret('Password'), CALLER)).toBe(false);
  });

  it('does not depend on how the keyboard composed a letter (NFKC)', async () => {
    const composed = new Secret('caf\u00e9 \ufb01ne, at length');
    const decomposed = new Secret('cafe\u0301 fine, at length');
    expect(await verifyPassword(await hashPassword(composed, CALLER), decomposed, CALLER)).toBe(true);
  });

  it.each([
    ['no PHC string', 'password'],
    [
      'another algorithm',
      '$argon2i$v=19$m=19456,t=2,p=1$c29tZXNhbHQ$CTFhFdXPJO1aFaMaO6Mm5c8y7cJHAph8ArZWb2GRPPc',
    ],
    [
      'another version',
      '$argon2id$v=16$m=19456,t=2,p=1$c29tZXNhbHQ$CTFhFdXPJO1aFaMaO6Mm5c8y7cJHAph8ArZWb2GRPPc',
    ],
    ['too much memory', phc('m=65537,t=2,p=1')],
    ['far too much memory', phc('m=4294967295,t=2,p=1')],
    ['too little memory for its lanes', phc('m=31,t=2,p=4')],
    ['too many passes', phc('m=19456,t=9,p=1')],
    ['no passes', phc('m=19456,t=0,p=1')],
    ['too many lanes', phc('m=19456,t=2,p=5')],
    ['a number that is none', phc('m=1e4,t=2,p=1')],
    ['no salt', phc('m=19456,t=2,p=1').replace('c29tZXNhbHQ', '')],
    ['no hash', '$argon2id$v=19$m=19456,t=2,p=1$c29tZXNhbHQ$'],
    ['a hash too short to mean anything', '$argon2id$v=19$m=19456,t=2,p=1$c29tZXNhbHQ$AAAA'],
    ['something after it', `${phc('m=19456,t=2,p=1')}\n`],
  ])('that is damaged is an error, not a wrong password, and costs nothing: %s', async (_, hash) => {
    await expect(verifyPassword(hash, password, CALLER)).rejects.toThrow(/stored password hash/);
    expect(argon2).not.toHaveBeenCalled();
  });

  it('may ask for the most that is granted', async () => {
    expect(await verifyPassword(phc('m=65536,t=1,p=4'), password, CALLER)).toBe(false);
    expect(await verifyPassword(phc('m=8,t=8,p=1'), password, CALLER)).toBe(false);
  });
});

describe('a password for an e-mail that no one has', () => {
  it('is never right, and costs exactly what one for a known e-mail costs', async () => {
    await verifyPassword(await hashPassword(password, CALLER), new Secret('wrong'), CALLER);
    const known = workOf(argon2.mock.lastCall);
    argon2.mockClear();
    expect(await verifyAgainstNothing(password, CALLER)).toBe(false);
    expect(argon2).toHaveBeenCalledTimes(1);
    expect(workOf(argon2.mock.lastCall)).toEqual(known);
  });
});

describe('many passwords at once', () => {
  it('are hashed two at a time; when too many wait the next one is asked to come back', async () => {
    const finish: (() => void)[] = [];
    argon2.mockImplementation((_algorithm, _parameters, callback) => {
      finish.push(() => callback(null, Buffer.alloc(32)));
    });
    const hashes = Array.from({ length: 66 }, (_, caller) => hashPassword(password, `caller ${caller}`));
    expect(argon2).toHaveBeenCalledTimes(2);
    const refusal = expect.objectContaining({ code: 'rate_limited', retryAfterSeconds: 2 });
    await expect(hashPassword(password, CALLER)).rejects.toEqual(refusal);
    await expect(verifyPassword(phc('m=19456,t=2,p=1'), password, CALLER)).rejects.toEqual(refusal);
    await expect(verifyAgainstNothing(password, CALLER)).rejects.toEqual(refusal);

    for (let finished = 0; finished < 66; finished++) {
      expect(argon2.mock.calls.length - finished).toBeLessThanOrEqual(2);
      finish[finished]?.();
      await new Promise((resolve) => setImmediate(resolve));
    }
    expect(await Promise.all(hashes)).toHaveLength(66);
  });
});

function phc(parameters: string): string {
  return `$argon2id$v=19$${parameters}$c29tZXNhbHQ$CTFhFdXPJO1aFaMaO6Mm5c8y7cJHAph8ArZWb2GRPPc`;
}

/** What decides how long a hash takes. */
function workOf(call: Parameters<typeof crypto.argon2> | undefined) {
  const [algorithm, { memory, passes, parallelism, tagLength, nonce }] =
    call ?? expect.fail('argon2 was not called');
  return { algorithm, memory, passes, parallelism, tagLength, salt: (nonce as Uint8Array).length };
}
