/**
 * Writes the list of common passwords from a text file with one on each line, the most common first:
 * `node tools/write-common-passwords.ts passwords.txt "where it is from, and its licence"`.
 *
 * Those that are too short for Kanda, or that zxcvbn refuses anyway, are left out. The rest is kept as short
 * fingerprints: the passwords belonged to real people, and many of them are no text for a repository.
 */
import { readFileSync, writeFileSync } from 'node:fs';
import { isGuessable } from '../apps/server/src/crypto/password-guesses.ts';
import { fingerprint } from '../apps/server/src/domain/accounts/common-passwords.ts';
import { PASSWORD_MIN_LENGTH } from '../apps/server/src/domain/accounts/password-rules.ts';

const PER_LINE = 16;

const [, , source, origin] = process.argv;
if (source === undefined || origin === undefined) {
  throw new Error('Name the text file, and where it is from with its licence.');
}
const longEnough = readFileSync(source, 'utf8')
  .split(/\r?\n/)
  .map((line) => line.normalize('NFKC').toLowerCase())
  .filter((line) => [...line].length >= PASSWORD_MIN_LENGTH && !line.includes('\ufffd'));
const guessable = await Promise.all(longEnough.map((line) => isGuessable(line, [])));
const passwords = longEnough.filter((_, index) => !guessable[index]);
const fingerprints = [...new Set(passwords.map(fingerprint))].sort();
const lines = fingerprints.flatMap((_, index) =>
  index % PER_LINE === 0 ? [`  ${fingerprints.slice(index, index + PER_LINE).join(' ')}`] : [],
);
writeFileSync(
  new URL('../apps/server/src/domain/accounts/common-password-list.ts', import.meta.url),
  `/**
 * Fingerprints of ${fingerprints.length} common passwords of ${PASSWORD_MIN_LENGTH} characters or more.
 * Made by tools/write-common-passwords.ts. Source: ${origin}
 */
export const FINGERPRINTS = \`
${lines.join('\n')}
\`;
`,
);
console.log(`${fingerprints.length} passwords`);
