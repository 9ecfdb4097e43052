import type { Repository } from './repository.ts';

export interface Guarantee {
  readonly attempt: string;
  /** With code between backticks, as in the document. */
  readonly holds: string;
  /** The file and the names of the tests in it. */
  readonly tests: readonly { readonly file: string; readonly names: readonly string[] }[];
  readonly title: string;
  /** Where there is more, and the words of that link. */
  readonly more: string;
  readonly url: string;
}

/** Which rows of SECURITY.md the front page shows, by a word of the attempt. The whole list is a link away. */
const SHOWN = [
  {
    words: 'identical right codes at once',
    title: 'A code works once',
    more: 'Measured beside others',
    url: '/docs/operating/comparison#one-code',
  },
  {
    words: 'a restart or SIGKILL to get rid of a lock',
    title: 'Guessing stops after five codes',
    more: 'The limits, and how to set them',
    url: '/docs/guides/policy#which-numbers-to-choose',
  },
  {
    words: 'SIGKILL at any instant under load',
    title: 'An answer is on the disk first',
    more: 'How the disk is synced',
    url: '/docs/decisions/0003-sync-off-the-main-thread',
  },
  {
    words: 'a sealed secret moved to another row',
    title: 'Secrets are sealed with your master key',
    more: 'Which keys there are',
    url: '/docs/operating/keys',
  },
  {
    words: 'events edited, moved or deleted in the database',
    title: 'The log can be verified',
    more: 'Verify it yourself',
    url: '/docs/operating/audit',
  },
] as const;

/** The rows that SECURITY.md has; `apps/web/test/pages.test.ts` fails when one of them is gone. */
export function guarantees(repository: Repository): Guarantee[] {
  const rows = repository
    .read('SECURITY.md')
    .split('\n')
    .filter((line) => /^\| \d+ \|/.test(line))
    .map((line) => line.split(' | ').map((cell) => cell.replace(/^\| |\s*\|$/g, '').trim()));
  return SHOWN.flatMap(({ words, ...shown }) => {
    const row = rows.find(([, attempt = '']) => attempt.startsWith(words));
    if (row === undefined) return [];
    const [, attempt = '', holds = '', tests = ''] = row;
    // The first sentence says what holds; what may follow are remarks for reviewers.
    const [sentence = ''] = holds.split(/\.\s/);
    return [{ ...shown, attempt: plain(attempt), holds: capital(sentence), tests: testsIn(tests) }];
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
