/**
 * A page as a browser's tokenizer reads it (HTML, 13.2.5), for pages whose attributes all have double quotes: its tags
 * with the names of their attributes, which nothing that is put into a page may change, and its texts and values.
 */
export interface PageTokens {
  readonly skeleton: readonly string[];
  /** Texts and values of attributes, with their references replaced, in their order. */
  readonly contents: readonly string[];
}

export function pageTokens(page: string): PageTokens {
  const skeleton: string[] = [];
  const contents: string[] = [];
  let rest = page;
  while (rest !== '') {
    const text = /^[^<]+/.exec(rest)?.[0];
    if (text !== undefined) {
      contents.push(unescaped(text));
      rest = rest.slice(text.length);
      continue;
    }
    const [tag, name = '', list = ''] =
      /^<([!/]?[A-Za-z][^\s/>]*)((?:\s+[^\s"'<>=/]+(?:="[^"]*")?)*)\s*>/.exec(rest) ?? [];
    if (tag === undefined) throw new Error(`This is no tag: ${rest.slice(0, 80)}`);
    const names: string[] = [];
    for (const [, attribute = '', value] of list.matchAll(/\s+([^\s"'<>=/]+)(?:="([^"]*)")?/g)) {
      names.push(attribute);
      if (value !== undefined) contents.push(unescaped(value));
    }
    skeleton.push([name, ...names].join(' '));
    rest = rest.slice(tag.length);
  }
  return { skeleton, contents };
}

const REFERENCES: Readonly<Record<string, string>> = { amp: '&', lt: '<', gt: '>', quot: '"', '#39': "'" };

function unescaped(text: string): string {
  return text.replaceAll(/&(#?\w+);/g, (reference, name: string) => REFERENCES[name] ?? reference);
}
