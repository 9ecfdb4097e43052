import { globSync } from 'node:fs';
import { posix } from 'node:path';
import type { Repository } from './repository.ts';

/** One Markdown file of the repository that becomes a page. */
export interface Document {
  /** Its path from the repository's root. */
  readonly source: string;
  /** Where it is served. */
  readonly url: string;
  readonly title: string;
  /** What the list of contents calls it. */
  readonly label: string;
  readonly group: string;
  readonly markdown: string;
}

/** The groups of the list of contents, in order, by folder; the rest is under "About". */
const GROUPS: readonly (readonly [folder: string, name: string])[] = [
  ['docs/start/', 'Start'],
  ['docs/guides/', 'Guides'],
  ['docs/moving/', 'Moving in'],
  ['docs/reference/', 'Reference'],
  ['docs/operating/', 'Operating'],
];
const ABOUT = 'About';
const ERRORS = 'Errors';

/** Files outside of docs/ that are pages too. */
const OTHERS: readonly (readonly [source: string, url: string, label: string])[] = [
  ['SECURITY.md', '/docs/guarantees', 'Security and guarantees'],
  ['ARCHITECTURE.md', '/docs/architecture', 'Architecture'],
  ['docs/decisions/README.md', '/docs/decisions', 'Decisions'],
  ['packages/otp/README.md', '/docs/otp', 'The otp package'],
  ['packages/tlog/README.md', '/docs/tlog', 'The tlog package'],
  ['CHANGELOG.md', '/docs/changelog', 'Changelog'],
  ['CONTRIBUTING.md', '/docs/contributing', 'Contributing'],
];

/**
 * Every document, in the order of reading: as docs/README.md names them, group by group. One that it does not
 * name comes last; test/repo/docs.test.ts then fails.
 */
export function readDocuments(repository: Repository): Document[] {
  const index = repository.read('docs/README.md');
  const inDocs = globSync('docs/{start,guides,moving,reference,operating}/*.md', {
    cwd: repository.root,
  }).map(slashes);
  const grouped = GROUPS.flatMap(([folder, group]) =>
    inDocs
      .filter((source) => source.startsWith(folder))
      .map((source) => ({ source, place: index.indexOf(`(${posix.relative('docs', source)})`) }))
      .sort((a, b) => (a.place < 0 ? 1 : b.place < 0 ? -1 : a.place - b.place))
      .map(({ source, place }) => {
        const label = /\[([^\]]*)\]$/.exec(index.slice(0, Math.max(0, place)))?.[1];
        return document(repository, source, `/${source.replace(/\.md$/, '')}`, group, label);
      }),
  );
  const about = OTHERS.map(([source, url, label]) => document(repository, source, url, ABOUT, label));
  const decisions = globSync('docs/decisions/[0-9]*.md', { cwd: repository.root })
    .map(slashes)
    .sort()
    .map((source) => document(repository, source, `/${source.replace(/\.md$/, '')}`, 'Decisions'));
  const errors = globSync('docs/errors/*.md', { cwd: repository.root })
    .map(slashes)
    .sort()
    .map((source) => document(repository, source, `/${source.replace(/\.md$/, '')}`, ERRORS));
  return [
    document(repository, 'docs/README.md', '/docs', 'Index'),
    ...grouped,
    ...about,
    ...decisions,
    ...errors,
  ];
}

function document(
  repository: Repository,
  source: string,
  url: string,
  group: string,
  label?: string,
): Document {
  const markdown = repository.read(source);
  const title = /^# (.+)$/m.exec(markdown)?.[1]?.replaceAll('`', '');
  if (title === undefined) throw new Error(`${source} has no title (a line that begins with "# ").`);
  return { source, url, title, label: label?.replaceAll('`', '') ?? title, group, markdown };
}

function slashes(path: string): string {
  return path.replaceAll('\\', '/');
}
