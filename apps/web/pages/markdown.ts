import { posix } from 'node:path';
import { Marked, type Token, type Tokens } from 'marked';
import { SDK_LANGUAGES, type SdkLanguageId } from './api-examples.ts';
import { fillable, type Highlight } from './highlight.ts';
import { escapeHtml, textOf } from './html.ts';
import { freshLabel, tableHtml } from './markdown-tables.ts';
import { Ways } from './markdown-ways.ts';

export interface Heading {
  readonly depth: number;
  readonly id: string;
  readonly text: string;
}

/** The text under one heading: what the search looks through. */
export interface Section {
  readonly id: string | null;
  readonly heading: string;
  readonly text: string;
}

export interface Rendered {
  readonly html: string;
  readonly headings: readonly Heading[];
  readonly sections: readonly Section[];
}

/** Where a link goes, or null when it leads to a file that is no page. */
export type Resolve = (target: string, from: string) => string | null;

const LABELS: Readonly<Record<string, string>> = {
  sh: 'Shell',
  json: 'JSON',
  js: 'JavaScript',
  ts: 'TypeScript',
  py: 'Python',
  go: 'Go',
  text: 'Text',
};

/** Where a document is shown as a part of a page with others. */
export interface Within {
  /** Before the id of each of its headings, so that no id is there twice. */
  readonly idPrefix: string;
  /** How many levels its headings are moved down. */
  readonly deeper: number;
}

const ON_ITS_OWN: Within = { idPrefix: '', deeper: 0 };

/**
 * Renders one document. The title (its `# ` line) is left to the page.
 * @param from the document's path in the repository, for its relative links
 */
export function renderMarkdown(
  markdown: string,
  from: string,
  highlight: Highlight,
  resolve: Resolve,
  { idPrefix, deeper }: Within = ON_ITS_OWN,
): Rendered {
  const headings: Heading[] = [];
  const ids = new Set<string>();
  const labels = new Set<string>();
  const ways = new Ways();
  const title = /^# (.+)$/m.exec(markdown)?.[1] ?? from;
  const marked = new Marked();
  const tokens = withLanguages(withAnswers(marked.lexer(markdown.replace(/^# .+$/m, ''))));

  marked.use({
    renderer: {
      heading({ tokens, depth }: Tokens.Heading) {
        const inner = this.parser.parseInline(tokens);
        const text = textOf(inner);
        const id = `${idPrefix}${freshId(text, ids)}`;
        headings.push({ depth, id, text });
        const link = `<a class="anchor" href="#${id}" aria-label="Link to “${escapeHtml(text)}”">#</a>`;
        const level = depth + deeper;
        return `<h${level} id="${id}">${inner}${link}</h${level}>\n`;
      },
      code({ text, lang, ...token }: ShownCode) {
        const label = token.answer ? 'Answer' : undefined;
        const block = codeBlock(text, (lang ?? '').split(' ')[0] ?? '', highlight, label);
        if (token.shownIn === undefined) return block;
        const choice = token.isFirst ? LANGUAGE_CHOICE : '';
        return `${choice}<div class="in-language ${token.shownIn}">${block}</div>\n`;
      },
      link({ href, tokens }: Tokens.Link) {
        const inner = this.parser.parseInline(tokens);
        if (OWN_SERVER.test(href)) return linkToOwnServer(href, inner);
        const target = /^(?:https?:|mailto:)/.test(href) ? href : resolve(href, from);
        if (target === null) return inner;
        const outside = target.startsWith('http') ? ' rel="noreferrer"' : '';
        return `<a href="${escapeHtml(target)}"${outside}>${inner}</a>`;
      },
      image: ({ href, text }: Tokens.Image) =>
        `<img src="/${escapeHtml(posix.join(posix.dirname(from), href))}" alt="${escapeHtml(text)}" loading="lazy">`,
      table(token: Tokens.Table) {
        const under = headings.at(-1)?.text ?? title;
        const heading = deeper === 0 ? under : `${title}: ${under}`;
        return tableHtml(token, (cell) => this.parser.parseInline(cell.tokens), freshLabel(heading, labels));
      },
      // Comments say what is generated or mark a way; other HTML has no place in the documents.
      html: ({ text }: Tokens.HTML | Tokens.Tag) =>
        text.trim().startsWith('<!--') ? ways.tagsOf(text.trim()) : escapeHtml(text),
    },
  });

  const html = marked.parser(tokens);
  return { html, headings, sections: sectionsOf(html) };
}

/** The address at which the documents have a reader's server. */
const OWN_SERVER = /^http:\/\/127\.0\.0\.1:3000(?=\/|$)/;

/** A link to the reader's server leads to the one that shows the page, and a script writes its address. */
function linkToOwnServer(href: string, inner: string): string {
  return `<a href="${escapeHtml(href.replace(OWN_SERVER, '') || '/')}">${fillable(inner)}</a>`;
}

/** A block of code with its language above; a script adds the button that copies it. */
export function codeBlock(code: string, language: string, highlight: Highlight, label?: string): string {
  const name = label ?? LABELS[language] ?? 'Text';
  const kind = name === 'Answer' ? ' answer' : '';
  return (
    `<figure class="code${kind}"><figcaption>${name}</figcaption>` +
    `<pre tabindex="0" aria-label="${name}"><code>${highlight(code.replace(/\n$/, ''), language)}</code></pre></figure>\n`
  );
}

/** In the documents a shell block is followed by what it prints: the two are shown as one. */
function withAnswers(tokens: Token[]): Token[] {
  let command = false;
  for (const token of tokens) {
    if (token.type === 'space') continue;
    const language = token.type === 'code' ? (token as Tokens.Code).lang?.split(' ')[0] : undefined;
    if (command && (language === 'json' || language === 'text')) Object.assign(token, { answer: true });
    command = language === 'sh';
  }
  return tokens;
}

/** Where a page with snippets in several languages has the choice: before the first of them. */
export const LANGUAGE_CHOICE = '<!-- languages -->\n';

type ShownCode = Tokens.Code & {
  /** What a shell block prints. */
  answer?: boolean;
  /** The language with which it is shown; unless set, always. */
  shownIn?: SdkLanguageId;
  /** The first of a page that has a choice. */
  isFirst?: boolean;
};

/**
 * A shell block, with its answer, that is followed by the same in every language with an SDK: one of them is shown. The
 * shell block may be missing, where there is nothing to do in a shell.
 */
function withLanguages(tokens: Token[]): Token[] {
  const [curl, ...others] = SDK_LANGUAGES;
  const shown = tokens.filter(({ type }) => type !== 'space') as ShownCode[];
  const fenceOf = (token: ShownCode | undefined) =>
    token?.type === 'code' ? token.lang?.split(' ')[0] : undefined;
  let isFirst = true;
  shown.forEach((_, start) => {
    const group = others.map((_language, index) => shown[start + index]);
    if (!others.every(({ fence }, index) => fenceOf(group[index]) === fence)) return;
    for (const [index, { id }] of others.entries()) Object.assign(group[index] as ShownCode, { shownIn: id });
    const answer = shown[start - 1]?.answer === true ? [shown[start - 1]] : [];
    const command = shown[start - 1 - answer.length];
    const inShell = fenceOf(command) === curl.fence ? [command, ...answer] : [];
    for (const token of inShell) Object.assign(token as ShownCode, { shownIn: curl.id });
    if (isFirst) Object.assign((inShell[0] ?? group[0]) as ShownCode, { isFirst });
    isFirst = false;
  });
  return tokens;
}

/** The fragment of a heading, as GitHub makes it, so that the documents' own links hold in both places. */
export function slug(heading: string): string {
  return heading
    .toLowerCase()
    .replace(/[^\p{L}\p{N}\p{M}_\- ]/gu, '')
    .replaceAll(' ', '-');
}

function freshId(text: string, taken: Set<string>): string {
  const first = slug(text);
  let id = first;
  for (let again = 1; taken.has(id); again++) id = `${first}-${again}`;
  taken.add(id);
  return id;
}

function sectionsOf(html: string): Section[] {
  const plain = (part: string) =>
    textOf(
      part
        .replaceAll(/<(?:\/p|\/li|\/td|\/th|\/h\d|\/pre|br)>?/g, ' $&')
        .replaceAll(/<figcaption>.*?<\/figcaption>/g, ''),
    )
      .replaceAll(/\s+/g, ' ')
      .trim();
  const [intro = '', ...rest] = html.split(/(?=<h[23] id=")/);
  const sections = rest.map((part) => {
    const [, id = '', inner = ''] = /^<h[23] id="([^"]*)">(.*?)<a class="anchor"/.exec(part) ?? [];
    return { id, heading: textOf(inner), text: plain(part.replace(/^<h[23].*?<\/h[23]>/, '')) };
  });
  return [{ id: null, heading: '', text: plain(intro) }, ...sections];
}

/** Turns the documents' relative links into the site's. @param urls the page of each source */
export function resolver(urls: ReadonlyMap<string, string>): Resolve {
  return (target, from) => {
    const [path = '', fragment] = target.split('#');
    const hash = fragment === undefined ? '' : `#${fragment}`;
    if (path === '') return hash;
    if (path.startsWith('/')) return target;
    const url = urls.get(posix.join(posix.dirname(from), path));
    return url === undefined ? null : `${url}${hash}`;
  };
}
