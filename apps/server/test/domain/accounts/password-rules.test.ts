/** Which passwords an account may have: 15 characters or more, and none of the first guesses. */
import { createHash } from 'node:crypto';
import { describe, expect, it } from 'vitest';
import { isGuessable } from '../../../src/crypto/password-guesses.ts';
import { assertPassword } from '../../../src/domain/accounts/password-rules.ts';
import { Fault } from '../../../src/domain/errors.ts';
import { Secret } from '../../../src/domain/secret.ts';

const EMAIL = 'grace.hopper@navy.example';

/** The code of the refusal, or null. */
async function refusal(password: string, email = EMAIL): Promise<string | null> {
  try {
    await assertPassword(isGuessable, new Secret(password), email);
    return null;
  } catch (error) {
    if (error instanceof Fault) return error.code;
    throw error;
  }
}

describe('a password', () => {
  it.each([
    ['a word and a sequence', 'password1234567'],
    ['a word in digits and symbols', 'P@ssw0rd1234567'],
    ['a word twice', 'passwordpassword'],
    ['a word with a year', 'letmein letmein 2024'],
    ['common passwords in a row', 'dragon monkey football'],
    ['the alphabet', 'abcdefghijklmno'],
    ['the alphabet in groups', 'abcde fghij klm'],
    ['the alphabet backwards', 'zyxwvutsrqponmlk'],
    ['digits', '123456789012345'],
    ['even digits', '2468024680246802'],
    ['a row of keys', 'qwertyuiopasdfgh'],
    ['columns of keys', '1qaz2wsx3edc4rfv'],
    ['a row of keys with Shift', '!@#$%^&*()_+!@#'],
    ['one character', 'aaaaaaaaaaaaaaaa'],
    ['two characters', 'abababababababab'],
    ['a group again and again', 'xk7xk7xk7xk7xk7xk7'],
    ['separators', '- - - - - - - - -'],
    ['the name of the service', 'kanda-kanda-kanda'],
    ['the service and a year', 'KandaPassword2026!'],
    ['the address', 'grace.hopper@navy.example'],
    ['the name in the address', 'GraceHopper12345'],
    ['both sides of the address', 'grace_hopper_navy'],
    ['one of a list of leaked ones', 'perasperaadastra'],
    ['one of the list with something around it', '!!perasperaadastra2024'],
    ['one of the list in capitals', 'PERASPERAADASTRA'],
    ['one of the list in full-width letters', 'ｐｅｒａｓｐｅｒａａｄａｓｔｒａ'],
  ])('that is %s is among the first guesses: %s', async (_, password) => {
    expect(await refusal(password)).toBe('password_too_common');
  });

  it.each([
    'a sentence that nobody else would write',
    'correct horse battery staple',
    'i love my summer sunshine',
    'my kanda login is not a word',
    'we were as tired as a tree',
    'grace wants her tea at five',
    'wet grey hat 42',
    'xkPq7-Rm2wZ-9LbQ',
    'kJ8#vN2$qW9!zL5',
    'wie ein leiser regen',
    'café au lait s’il vous plaît',
    '🐘🐊🦒🦓🐆🐅🐃🐂🐄🐪🐫🦙🐐🐏🐑',
  ])('that is none of them is taken: %s', async (password) => {
    expect(await refusal(password)).toBeNull();
  });

  it('needs no kinds of characters, only enough of them', async () => {
    expect(await refusal('wet grey hat 4')).toBe('password_too_short');
    expect(await refusal('ｗｅｔ ｇｒｅｙ ｈａｔ ４')).toBe('password_too_short');
  });

  it('made from the address is refused for its owner alone', async () => {
    expect(await refusal('mavis hopton 1962', 'mavis@hopton.example')).toBe('password_too_common');
    expect(await refusal('mavis hopton 1962', 'someone@other.example')).toBeNull();
  });

  it('made at random is never refused', async () => {
    const passwords = Array.from({ length: 200 }, (_, number) =>
      createHash('sha256').update(`password ${number}`).digest('base64').slice(0, 16),
    );
    const codes = await Promise.all(passwords.map((password) => refusal(password)));
    expect(passwords.filter((_, index) => codes[index] !== null)).toEqual([]);
  });
});
