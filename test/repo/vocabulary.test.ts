/**
 * One word for one thing, in all that people read: a *user* has codes, a *secret* is behind them, a *key* is an API key, and the *master
 * key* has its whole name. `clientId` is the name of a field, and names of the API do not change.
 *
 * Seen to fail: before the words were settled, this found them on some three hundred lines.
 */
import { globSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { parseSync } from 'oxc-parser';
import { expect, test } from 'vitest';

const ROOT = fileURLToPath(new URL('../../', import.meta.url));

/** Words that are not used, and what they mean here. */
const UNUSED = [
  { pattern: /(?<![\w./{`<-])[Cc]lients?(?![\w./}`(-])/, means: 'user' },
  { pattern: /\b[Ss]et-?up keys?\b/, means: 'secret' },
] as const;

/** What "client" may be besides, and why. */
const OTHER_CLIENTS = [
  // The name of a command.
  /kanda client/,
  // The program that makes a request.
  /HTTP client/,
  /client certificate/,
  // Of OAuth and OpenID Connect, as other programs call it.
  /OAuth client/,
  // The SDK's own object, as its languages call it.
  /One client for your application/,
  /Make one client and keep it/,
  /the first block makes its client/,
  // What some authenticator apps call a secret, for those who look for the words in theirs.
  /which may call it a setup key/,
] as const;

/** Documents for people; decisions are for developers, and `kanda client` is the name of a command. */
const DOCUMENTS = ['README.md', 'SECURITY.md', 'docs/**/*.md'];
const NOT_FOR_PEOPLE = /^docs\/(?:reference\/cli\.md|decisions\/)/;

/** Sources whose texts people read: pages, and what the API says. */
const SOURCES = [
  'apps/web/src/**/*.{ts,tsx}',
  'apps/web/pages/**/*.{ts,tsx}',
  'apps/server/src/http/**/*.ts',
  'apps/server/src/domain/**/*.ts',
  'apps/server/src/config/**/*.ts',
  'apps/server/src/cli/**/*.ts',
  'apps/server/src/store/{operations,judging}/**/*.ts',
];

function faultsIn(text: string): string[] {
  const plain = OTHER_CLIENTS.reduce((left, allowed) => left.replaceAll(new RegExp(allowed, 'g'), ''), text);
  return UNUSED.flatMap(({ pattern, means }) => {
    const found = pattern.exec(plain)?.[0];
    return found === undefined ? [] : [`"${found}" is "${means}": ${text.trim().slice(0, 120)}`];
  });
}

/** The prose of a document: no blocks of code, no code in a line, no addresses of links. */
function proseOf(markdown: string): string[] {
  return (
    markdown
      .replaceAll(/^( *)(```|~~~)[\s\S]*?^\1\2/gm, '')
      .replaceAll(/`[^`\n]*`/g, '')
      .replaceAll(/\]\([^)\s]*\)/g, ']')
      // The names of tests.
      .replaceAll(/“[^”\n]*”/g, '')
      .split('\n')
  );
}

/** A node of a syntax tree (ESTree). */
type Node = { readonly type: string } & Readonly<Record<string, unknown>>;

/** Whose texts no one reads: addresses of modules, statements for a database, names of styles. */
function isUnread(node: Node): boolean {
  if (/^(?:Import|Export(?:All|Named)Declaration)/.test(node.type)) return node.source != null;
  if (node.type === 'TaggedTemplateExpression') return /^sql/.test(String((node.tag as Node).name));
  return node.type === 'JSXAttribute' && (node.name as Node).name === 'className';
}

/** What of a source may be read by people: texts of more than a word, what JSX shows, and single words with a capital. */
function textsOf(path: string): string[] {
  const texts: string[] = [];
  const visit = (value: unknown): void => {
    if (Array.isArray(value)) for (const one of value) visit(one);
    if (typeof value !== 'object' || value === null || !('type' in value)) return;
    const node = value as Node;
    if (isUnread(node)) return;
    if (node.type === 'JSXText') texts.push(String(node.value).replaceAll(/\s+/g, ' '));
    if (node.type === 'Literal' && typeof node.value === 'string' && isReadable(node.value))
      texts.push(node.value);
    if (node.type === 'TemplateLiteral') {
      const parts = node.quasis as readonly { readonly value: { readonly cooked: string } }[];
      const text = parts.map(({ value: { cooked } }) => cooked).join('…');
      if (isReadable(text)) texts.push(text);
    }
    if (node.type === 'CallExpression' && (node.callee as Node).name === 'counted')
      texts.push(...nounOf(node));
    for (const child of Object.values(node)) visit(child);
  };
  visit(parseSync(path, readFileSync(join(ROOT, path), 'utf8')).program);
  return texts;
}

/** What `counted(3, 'user')` counts. */
function nounOf(call: Node): string[] {
  const [, noun] = call.arguments as readonly Node[];
  return noun?.type === 'Literal' ? [String(noun.value)] : [];
}

function isReadable(text: string): boolean {
  return (/\s/.test(text) && !/^(?:\w+ as \w+$|select )/.test(text)) || /^[A-Z][a-z]+$/.test(text);
}

test('documents call users, secrets and keys by one name each', () => {
  const paths = globSync(DOCUMENTS, { cwd: ROOT }).filter((path) => !NOT_FOR_PEOPLE.test(path));
  expect(paths.length).toBeGreaterThan(50);
  const found = paths.flatMap((path) =>
    proseOf(readFileSync(join(ROOT, path), 'utf8'))
      .flatMap(faultsIn)
      .map((fault) => `${path}: ${fault}`),
  );
  expect(found.join('\n')).toBe('');
});

test('so do pages and answers', () => {
  const paths = globSync(SOURCES, { cwd: ROOT });
  expect(paths.length).toBeGreaterThan(300);
  const found = paths.flatMap((path) =>
    textsOf(path)
      .flatMap(faultsIn)
      .map((fault) => `${path}: ${fault}`),
  );
  expect(found.join('\n')).toBe('');
});
