/** Which passwords an account may have: 15 characters or more, and none of the first guesses. */
import { createHash } from 'node:crypto';
import { describe, expect, it } from 'vitest';
import { unpredictableLength } from '../../../src/domain/accounts/password-patterns.ts';
import { assertPassword } from '../../../src/domain/accounts/password-rules.ts';
import { Fault } from '../../../src/domain/errors.ts';
import { Secret } from '../../../src/domain/secret.ts';

const EMAIL = 'grace.hopper@navy.example';

/** The code of the refusal, or null. */
function refusal(password: string, email = EMAIL): string | null {
  try {
    assertPassword(new Secret(password), email);
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
    ['words of which most leaked passwords are made', 'dragon monkey football shadow'],
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
  ])('that is %s is among the first guesses: %s', (_, password) => {
    expect(refusal(password)).toBe('password_too_common');
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
  ])('that is none of them is taken: %s', (password) => {
    expect(refusal(password)).toBeNull();
  });

  it('needs no kinds of characters, only enough of them', () => {
    expect(refusal('wet grey hat 4')).toBe('password_too_short');
    expect(refusal('ｗｅｔ ｇｒｅｙ ｈａｔ ４')).toBe('password_too_short');
  });

  it('made at random is never refused', () => {
    const refused = Array.from({ length: 2_000 }, (_, number) =>
      createHash('sha256').update(`password ${number}`).digest('base64').slice(0, 16),
    ).filter((password) => refusal(password) !== null);
    expect(refused).toEqual([]);
  });

  it('of the greatest length is judged at once', () => {
    const long = ['abc '.repeat(256), 'ab'.repeat(512), 'password'.repeat(128), 'qwertzuiop'.repeat(102)];
    for (const password of long) {
      const begun = performance.now();
      refusal(password);
      expect(performance.now() - begun).toBeLessThan(250);
    }
  });
});

describe('what no one could foresee', () => {
  it('counts a pattern as one or two characters, however long it is, and separators as none', () => {
    for (const [text, length] of [
      ['', 0],
      ['kx', 2],
      ['k x', 2],
      ['password', 2],
      ['passwordpassword', 3],
      ['abcdefghi', 2],
      ['1999', 1],
      ['kx1999kx', 5],
    ] as const) {
      expect(unpredictableLength(text, [], 99), text).toBe(length);
    }
  });

  it('counts the words of the owner as words', () => {
    expect(unpredictableLength('mavishopton', [], 99)).toBe(11);
    expect(unpredictableLength('mavishopton', ['mavis', 'hopton'], 99)).toBe(4);
  });

  it('stops counting at enough', () => {
    expect(unpredictableLength('kxmvbqtzw', [], 4)).toBe(4);
  });
});
