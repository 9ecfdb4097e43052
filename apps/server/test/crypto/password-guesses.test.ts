/** How soon a cracking program guesses a password, for passwords that are made to be trouble. */
import { expect, it } from 'vitest';
import { isGuessable } from '../../src/crypto/password-guesses.ts';

const STRONG = 'xkpq7-rm2wz-9lbq';

it('judges 40 characters, however long the password is', async () => {
  const weak = 'password'.repeat(5);
  // Seen to fail with MAX_JUDGED_LENGTH at 256: the work grows with the square of the length.
  expect(await isGuessable(weak + STRONG, [])).toBe(true);
  expect(await isGuessable(STRONG + weak.repeat(25), [])).toBe(false);
});

it('tries it without its separators too', async () => {
  // Seen to fail without the second spelling: zxcvbn takes what is between two separators for random letters.
  expect(await isGuessable('abcde fghij klm', [])).toBe(true);
  expect(await isGuessable('grace_hopper_navy', ['grace', 'hopper', 'navy'])).toBe(true);
});

it('knows an address that is longer than what is judged', async () => {
  // Seen to fail without the shortened text: the second address was cut, and its rest taken for random letters.
  const address = 'mavis.hopton.of.the.lower.village@hopton.example';
  expect(await isGuessable(address.repeat(2), [address, 'mavis', 'hopton'])).toBe(true);
  expect(await isGuessable(`$&${STRONG}`, ['$&', 'mavis'])).toBe(false);
});

it.each(['constructor', '__proto__', 'tostring', 'hasownproperty'])(
  'takes %s for a word like any other',
  async (name) => {
    expect(await isGuessable(`${name}-${STRONG}`, [name])).toBe(false);
    expect(await isGuessable(name, [name])).toBe(true);
  },
);

it.each([
  ['half a character', '\ud800'.repeat(20)],
  ['nothing', ''],
  ['separators alone', ' . - _ . - _ . - _ '],
])('judges %s without an error', async (_, text) => {
  expect(await isGuessable(text, ['', '\ud800'])).toBe(true);
});

it('keeps no words of one owner for the next', async () => {
  const password = 'mavis hopton 1962';
  expect(await isGuessable(password, ['mavis', 'hopton'])).toBe(true);
  expect(await isGuessable(password, [])).toBe(false);
});
