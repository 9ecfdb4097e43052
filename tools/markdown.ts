/** Reads Markdown as far as the checks of the documents need it. Pure: texts in, texts out. */

export interface Block {
  /** The first word after the fence: `sh`, `json`, …; empty when there is none. */
  readonly language: string;
  /** What follows the language on the fence's line. */
  readonly mark: string;
  readonly text: string;
  /** Of the opening fence, from 1. */
  readonly line: number;
}

export interface Mention {
  readonly text: string;
  readonly line: number;
}

const FENCE = /^ {0,3}(`{3,}|~{3,})\s*([^\s`]*)[ \t]*([^`\n]*)$/;

/** The fenced blocks, in order. A fence that is never closed runs to the end. */
export function fencedBlocks(markdown: string): Block[] {
  return split(markdown).blocks;
}

/** The text without fenced blocks and HTML comments; every line keeps its number. */
function prose(markdown: string): string {
  const { outside } = split(markdown);
  return outside.join('\n').replace(/<!--[\s\S]*?-->/g, (comment) => comment.replace(/[^\n]/g, ''));
}

/** What stands between backticks in the prose. */
export function codeSpans(markdown: string): Mention[] {
  return prose(markdown)
    .split('\n')
    .flatMap((text, index) =>
      [...text.matchAll(/(?<!`)(`{1,2})(?!`)(.+?)(?<!`)\1(?!`)/g)].map((match) => ({
        text: (match[2] ?? '').trim(),
        line: index + 1,
      })),
    );
}

/** The targets of links and images: `[text](target)`. */
export function linkTargets(markdown: string): Mention[] {
  return prose(markdown)
    .split('\n')
    .flatMap((text, index) =>
      [...text.replace(/`[^`]*`/g, '``').matchAll(/\]\(\s*<?([^)\s>]+)>?(?:\s+"[^"]*")?\s*\)/g)].map(
        (match) => ({
          text: match[1] ?? '',
          line: index + 1,
        }),
      ),
    );
}

/** The fragments that a link can name: one for each heading, as GitHub makes them. */
export function anchors(markdown: string): Set<string> {
  const found = new Set<string>();
  for (const [, heading = ''] of prose(markdown).matchAll(/^#{1,6}\s+(.+?)\s*#*$/gm)) {
    const plain = heading.replace(/\[([^\]]*)\]\([^)]*\)/g, '$1').toLowerCase();
    const slug = plain.replace(/[^\p{L}\p{N}\p{M}_\- ]/gu, '').replaceAll(' ', '-');
    let anchor = slug;
    for (let again = 1; found.has(anchor); again++) anchor = `${slug}-${again}`;
    found.add(anchor);
  }
  return found;
}

function split(markdown: string): { readonly blocks: Block[]; readonly outside: string[] } {
  const blocks: Block[] = [];
  const outside: string[] = [];
  let open: { fence: string; language: string; mark: string; line: number; lines: string[] } | null = null;
  const close = () => {
    if (open === null) return;
    const { language, mark, line, lines } = open;
    blocks.push({ language, mark: mark.trim(), text: lines.map((text) => `${text}\n`).join(''), line });
    open = null;
  };
  for (const [index, text] of markdown.split('\n').entries()) {
    const [, fence = '', language = '', mark = ''] = FENCE.exec(text) ?? [];
    if (open === null && fence !== '') open = { fence, language, mark, line: index + 1, lines: [] };
    else if (open !== null && fence.startsWith(open.fence) && language === '') close();
    else if (open !== null) open.lines.push(text);
    outside.push(open !== null || fence !== '' ? '' : text);
  }
  close();
  return { blocks, outside };
}
