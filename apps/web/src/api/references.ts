/** openapi.json as its readers need it: without references, or with the lists of words as this version has them. */

type Node = Readonly<Record<string, unknown>>;

/** What is a value and no part of the description: a `$ref` in it would be a word like any other. */
const VALUES: ReadonlySet<string> = new Set(['example', 'examples', 'const', 'enum', 'x-extensible-enum']);

/** A copy with what each `$ref` refers to in its place. No part of openapi.json refers to itself. */
export function withoutReferences<T>(document: T): T {
  const found = (reference: string): unknown =>
    reference
      .slice('#/'.length)
      .split('/')
      .reduce<unknown>((node, part) => (node as Node | undefined)?.[part], document);
  const resolve = (node: unknown): unknown => {
    if (Array.isArray(node)) return node.map(resolve);
    if (typeof node !== 'object' || node === null) return node;
    const { $ref } = node as { readonly $ref?: unknown };
    if (typeof $ref === 'string') return resolve(found($ref));
    return Object.fromEntries(
      Object.entries(node).map(([key, value]) => [key, VALUES.has(key) ? value : resolve(value)]),
    );
  };
  return resolve(document) as T;
}

/** A copy in which lists of words that later versions may extend are closed, for readers that are of this version. */
export function withClosedLists<T>(document: T): T {
  return JSON.parse(JSON.stringify(document).replaceAll('"x-extensible-enum":', '"enum":')) as T;
}
