import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { EVENT_TYPES, type EventType, eventTypeOf, printable } from '../../../src/domain/log/events.ts';

const NAMES = Object.keys(EVENT_TYPES) as EventType[];

describe('event numbers', () => {
  it('are the ones that are stored already: a number is never given to another event', () => {
    expect(EVENT_TYPES).toMatchObject({
      'account.registered': 1,
      'account.login': 2,
      'account.password_changed': 3,
      'token.issued': 4,
      'key.created': 5,
      'key.revoked': 6,
      'client.registered': 7,
      'client.rotated': 8,
      'client.disabled': 9,
      'client.enabled': 10,
      'client.locked': 11,
      'client.unlocked': 12,
      'client.deleted': 13,
      'totp.validated': 14,
      'account.policy_changed': 15,
    });
  });

  it('are all different whole numbers from 1 on', () => {
    const numbers = Object.values(EVENT_TYPES);
    expect(new Set(numbers).size).toBe(numbers.length);
    for (const number of numbers) expect(Number.isSafeInteger(number) && number >= 1).toBe(true);
  });

  it.each(NAMES)('%s reads back from its number', (name) => {
    expect(eventTypeOf(EVENT_TYPES[name])).toBe(name);
  });

  it.each([0, -1, 1.5, Number.NaN, Math.max(...Object.values(EVENT_TYPES)) + 1])(
    '%d is unknown, and fails no one who reads it',
    (number) => {
      expect(eventTypeOf(number)).toBe('unknown');
    },
  );

  it.each(NAMES)('%s is named subject.past_participle', (name) => {
    expect(name).toMatch(/^[a-z]+\.[a-z]+(_[a-z]+)*$/);
  });
});

describe('text in an event', () => {
  it.each([
    ['a line break', 'a\r\nb', 'a\\u000d\\u000ab'],
    ['a colour of the terminal', '\u001b[31mred', '\\u001b[31mred'],
    ['a one-byte terminal escape', '\u009b2J', '\\u009b2J'],
    ['NUL and DEL', '\u0000\u007f', '\\u0000\\u007f'],
    ['a tab', 'a\tb', 'a\\u0009b'],
    ['NEL and the line separators', '\u0085\u2028\u2029', '\\u0085\\u2028\\u2029'],
    ['a right-to-left override', 'user\u202Etxt.exe', 'user\\u202etxt.exe'],
    ['directional marks', '\u200E\u200F\u061C', '\\u200e\\u200f\\u061c'],
    ['directional isolates', '\u2066a\u2069', '\\u2066a\\u2069'],
    ['half of a surrogate pair', 'a\ud83db', 'a\\ud83db'],
  ])('shows %s', (_, text, shown) => {
    expect(printable(text, 100)).toBe(shown);
  });

  it.each([
    'Mozilla/5.0 (X11; Linux x86_64)',
    'Zoë Müller 山田太郎 مريم',
    '👩‍👩‍👧 with joiners',
    '=HYPERLINK("http://x")',
    'C:\\temp',
  ])('leaves %s as it is', (text) => {
    expect(printable(text, 100)).toBe(text);
  });

  it('is cut to the length that an event keeps', () => {
    expect(printable('a'.repeat(600), 512)).toBe('a'.repeat(512));
    expect(printable('a'.repeat(512), 512)).toBe('a'.repeat(512));
    expect(printable('', 512)).toBe('');
  });

  it('is never left with half of an emoji that the cut went through', () => {
    expect(printable('abc😀', 4).isWellFormed()).toBe(true);
    expect(printable('abc😀', 5)).toBe('abc😀');
  });

  it('is one line of well-formed text, whatever was sent, and reads the same when made printable again', () => {
    const anything = fc.oneof(
      fc.string({ unit: 'binary', maxLength: 80 }),
      // Every UTF-16 unit, so that surrogates come alone.
      fc.array(fc.integer({ min: 0, max: 0xffff })).map((units) => String.fromCharCode(...units)),
      fc
        .array(fc.constantFrom('\r', '\n', '\u001b', '\u2028', '\ud83d', '\ude00', '\u061c', 'a'))
        .map((all) => all.join('')),
    );
    fc.assert(
      fc.property(anything, fc.integer({ min: 0, max: 100 }), (text, maxLength) => {
        const shown = printable(text, maxLength);
        expect(shown).not.toMatch(/[\p{Cc}\p{Zl}\p{Zp}\p{Bidi_Control}]/u);
        expect(shown.isWellFormed()).toBe(true);
        expect(printable(shown, shown.length)).toBe(shown);
      }),
      { numRuns: 2000 },
    );
  });
});
