/**
 * What a document may name: files and headings that exist, settings that Kanda has, calls that it answers.
 * Each check gives its findings as `path:line: what is wrong`; none means that all is well.
 */
import { posix } from 'node:path';
import { anchors, codeSpans, fencedBlocks, linkTargets, type Mention } from '../../tools/markdown.ts';

/** Markdown texts by their path from the repository's root, with `/` on every system. */
export type Documents = ReadonlyMap<string, string>;

/** What is there to be named. */
export interface Facts {
  /** Whether a file or folder is at this path from the root; `*` in it matches part of a name. */
  readonly exists: (path: string) => boolean;
  /** Names in the root folder, besides what is made and never kept. */
  readonly topLevel: ReadonlySet<string>;
  /** Folders that are made while working and may be absent, such as `node_modules`. */
  readonly made: ReadonlySet<string>;
  readonly settings: readonly string[];
  /** As `POST /api/keys/{id}`. */
  readonly routes: readonly string[];
  /** As `account create`. */
  readonly commands: readonly string[];
}

/** Code may be named from here, so that a text about it need not begin every name with the same folders. */
const SOURCE = 'apps/server/src';
const SOURCE_FILE = /\.(?:ts|mts|mjs|md|json|ya?ml|toml|sh|py)$/;

/** Relative links lead to a file that exists, and their fragment to one of its headings. */
export function brokenLinks(documents: Documents, { exists }: Facts): string[] {
  return each(documents, linkTargets, ({ text: target }, path) => {
    if (/^[a-z][a-z0-9+.-]*:/i.test(target)) return null;
    const [file = '', fragment] = decodeURI(target).split('#', 2);
    const wanted = file === '' ? path : posix.join(posix.dirname(path), file);
    if (wanted.startsWith('..') || !exists(wanted)) return `the link ${target} leads to no file`;
    const text = documents.get(wanted);
    if (fragment === undefined || text === undefined) return null;
    return anchors(text).has(fragment) ? null : `the link ${target} leads to no heading of ${wanted}`;
  });
}

/** File paths between backticks exist: from the root, from the document's own folder, or in the server's source. */
export function missingPaths(documents: Documents, { exists, topLevel, made }: Facts): string[] {
  return each(documents, codeSpans, ({ text }, path) => {
    if (!/^[\w.@*-]+(?:\/[\w.@*-]+)*\/?$/.test(text)) return null;
    const [first = ''] = text.replace(/^\.\//, '').split('/', 1);
    const bases = ['', SOURCE, posix.dirname(path)];
    const isPath =
      SOURCE_FILE.test(text) || (text.includes('/') && (topLevel.has(first) || exists(`${SOURCE}/${first}`)));
    if (!isPath || made.has(first)) return null;
    return bases.some((base) => exists(posix.join(base, text))) ? null : `there is no file ${text}`;
  });
}

/** Every `KANDA_…` is a setting. */
export function unknownSettings(documents: Documents, { settings }: Facts): string[] {
  return each(documents, everyLine, ({ text }) =>
    [...text.matchAll(/\bKANDA_[A-Z0-9_]*[A-Z0-9]/g)]
      .map(([name]) => name)
      .filter((name) => !settings.includes(name))
      .map((name) => `${name} is not a setting`),
  );
}

/** Every path of a call, in prose and in snippets, is one that Kanda answers; a method before it too. */
export function unknownRoutes(documents: Documents, { routes }: Facts): string[] {
  const inText = each(documents, everyLine, ({ text }) =>
    [
      ...text.matchAll(
        /(?:\b(GET|POST|PUT|PATCH|DELETE) )?(?<![\w.])(?:https?:\/\/[\w.:-]+)?(\/api\/[\w/:{}$%@+<>.-]*[\w}>])/g,
      ),
    ]
      .filter(([, method, path = '']) => !isRoute(routes, path, method))
      .map(([, method, path = '']) => `there is no call ${method === undefined ? '' : `${method} `}${path}`),
  );
  const besides = each(documents, codeSpans, ({ text }) => {
    const [, method, path] = /^(?:(GET|POST|PUT|PATCH|DELETE) )?(\/[\w.-]+)$/.exec(text) ?? [];
    if (path === undefined || path === '/api') return null;
    return isRoute(routes, path, method) ? null : `there is no call ${text}`;
  });
  return [...inText, ...besides];
}

/** Every `kanda …`, between backticks or in a shell block, is a command or a group of them. */
export function unknownCommands(documents: Documents, { commands }: Facts): string[] {
  return each(documents, commandLines, ({ text }) => {
    const [, words] =
      /^(?:npm run (?:--silent )?kanda -- |kanda )((?:[a-z][a-z-]*)(?: [a-z][a-z-]*)*)/.exec(text) ?? [];
    if (words === undefined) return null;
    const known = commands.some((name) => `${words} `.startsWith(`${name} `) || name.startsWith(`${words} `));
    return known ? null : `there is no command kanda ${words}`;
  });
}

function commandLines(markdown: string): Mention[] {
  const inBlocks = fencedBlocks(markdown)
    .filter(({ language }) => language === 'sh')
    .flatMap(({ text, line }) =>
      text.split('\n').map((command, index) => ({ text: command.trim(), line: line + 1 + index })),
    );
  return [...codeSpans(markdown), ...inBlocks];
}

/** What none of the documents names between backticks. */
export function unmentioned(documents: Documents, names: readonly string[]): string[] {
  const mentioned = new Set(
    [...documents.values()].flatMap((text) => codeSpans(text).map((span) => span.text)),
  );
  return names.filter((name) => !mentioned.has(name));
}

function isRoute(routes: readonly string[], path: string, method: string | undefined): boolean {
  return routes.some((route) => {
    const [verb, template = ''] = route.split(' ', 2);
    const shape = template
      .split('/')
      .map((part) => (/^[{:]/.test(part) ? '[^/]+' : part.replace(/\./g, '\\.')));
    return (method === undefined || method === verb) && new RegExp(`^${shape.join('/')}$`).test(path);
  });
}

function everyLine(markdown: string): Mention[] {
  return markdown.split('\n').map((text, index) => ({ text, line: index + 1 }));
}

function each(
  documents: Documents,
  mentionsOf: (markdown: string) => Mention[],
  fault: (mention: Mention, path: string) => string | readonly string[] | null,
): string[] {
  return [...documents].flatMap(([path, text]) =>
    mentionsOf(text).flatMap((mention) =>
      [fault(mention, path) ?? []].flat().map((message) => `${path}:${mention.line}: ${message}`),
    ),
  );
}

/** Blocks in a language that a test runs must say so with a language that is known. */
export function unlabelledBlocks(documents: Documents): string[] {
  return [...documents].flatMap(([path, text]) =>
    fencedBlocks(text)
      .filter(
        (block) =>
          block.language === '' || /^(?:bash|shell|console|javascript|python|node)$/.test(block.language),
      )
      .map(
        (block) => `${path}:${block.line}: a block in «${block.language}»: write sh, js, py, json or text`,
      ),
  );
}
