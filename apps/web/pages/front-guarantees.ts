import type { Repository } from './repository.ts';

export interface Guarantee {
  readonly attempt: string;
  /** With code between backticks, as in the document. */
  readonly holds: string;
  /** The file and the names of the tests in it. */
  readonly tests: readonly { readonly file: string; readonly names: readonly string[] }[];
  readonly elsewhere: string | null;
}

/**
 * Which rows of SECURITY.md the front page shows, by a word of the attempt, and what others were seen to do: only
 * what docs/operating/comparison.md has measured. The whole list is a link away.
 */
const SHOWN: readonly (readonly [words: string, elsewhere: string | null])[] = [
  [
    'a code sent again in any later step',
    'better-auth 1.7.25 accepted one code in 20 sign-ins, and once more after a restart.',
  ],
  ['identical right codes at once', 'privacyIDEA 3.14 accepted 1 and 10 of 20 in two runs.'],
  [
    'a restart or SIGKILL to get rid of a lock',
    'OpenBao 2.6.2 looked at each of 200 guesses, and took a used code again after a restart.',
  ],
  ['a wrong code, and the caller hangs up', null],
  ['codes of the old secret around its rotation', null],
  ['SIGKILL at any instant under load', null],
  ['the store is busy, full, or fails', null],
  ['a sealed secret moved to another row', null],
  ['events edited, moved or deleted in the database', null],
];

/** The rows that SECURITY.md has; `apps/web/test/pages.test.ts` fails when one of them is gone. */
export function guarantees(repository: Repository): Guarantee[] {
  const rows = repository
    .read('SECURITY.md')
    .split('\n')
    .filter((line) => /^\| \d+ \|/.test(line))
    .map((line) => line.split(' | ').map((cell) => cell.replace(/^\| |\s*\|$/g, '').trim()));
  return SHOWN.flatMap(([words, elsewhere]) => {
    const row = rows.find(([, attempt = '']) => attempt.startsWith(words));
    if (row === undefined) return [];
    const [, attempt = '', holds = '', tests = ''] = row;
    // The first sentence says what holds; what may follow are remarks for reviewers.
    const [sentence = ''] = holds.split(/\.\s/);
    return [{ attempt: plain(attempt), holds: capital(sentence), tests: testsIn(tests), elsewhere }];
  });
}

function testsIn(cell: string): Guarantee['tests'] {
  return [...cell.matchAll(/`([^`]+\.test\.ts)`((?:\s*“[^”]+”,?)*)/g)].map(([, file = '', names = '']) => ({
    file,
    names: [...names.matchAll(/“([^”]+)”/g)].map(([, name = '']) => name.replaceAll('%s', '…')),
  }));
}

function plain(text: string): string {
  return capital(text)
    .replaceAll('`', '')
    .replaceAll(/\[([^\]]*)\]\([^)]*\)/g, '$1');
}

function capital(text: string): string {
  return text.charAt(0).toUpperCase() + text.slice(1);
}
