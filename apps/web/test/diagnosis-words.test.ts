import { expect, test } from 'vitest';
import { diagnosisWords } from '../src/dashboard/authenticators/diagnosis-words.ts';

const PHONE = { id: 'aut_3', name: 'Work phone', type: 'totp', period: 30 } as const;
const TOKEN = { id: 'aut_4', name: null, type: 'hotp', period: null } as const;
const ALL = [PHONE, TOKEN];

test.each([
  [{ finding: 'behind', steps: -4, authenticatorId: 'aut_3' }, 'Work phone is 4 steps (120 seconds) slow'],
  [{ finding: 'ahead', steps: 1, authenticatorId: 'aut_3' }, 'Work phone is 1 step (30 seconds) fast'],
  [{ finding: 'ahead', steps: 12, authenticatorId: 'aut_4' }, 'Authenticator 4 was pressed 12 times'],
  [
    { finding: 'behind', steps: -2, authenticatorId: 'aut_4' },
    'before the last accepted one (Authenticator 4)',
  ],
  [{ finding: 'already_used', authenticatorId: 'aut_3' }, 'wait for the next one'],
  [{ finding: 'previous_secret' }, 'still shows the old entry'],
  [{ finding: 'other_authenticator', authenticatorId: 'aut_3' }, 'The code is from Work phone'],
  [{ finding: 'pending', authenticatorId: 'aut_3' }, 'Work phone was never confirmed'],
  [{ finding: 'right_now', authenticatorId: 'aut_3' }, 'right and unused (Work phone)'],
  [{ finding: 'right_now', authenticatorId: 'aut_9' }, 'right and unused (The authenticator)'],
  [{ finding: 'wrong_algorithm' }, 'SHA1'],
  [{ finding: 'wrong_digits' }, 'number of digits'],
  [{ finding: 'wrong_period' }, '30 seconds'],
  [{ finding: 'locked', retryAfter: 30 }, 'Try again in'],
  [{ finding: 'disabled' }, 'is disabled'],
  [{ finding: 'no_match' }, 'rotate the secret'],
] as const)('%j says what to do', (diagnosis, words) => {
  expect(diagnosisWords(diagnosis, ALL)).toContain(words);
});
