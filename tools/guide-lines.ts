/**
 * Counts the lines of code in the guides' applications: neither blank nor only a comment. `node tools/guide-lines.ts` prints
 * the tables of docs/operating/comparison.md; `test/guides/guide-lines.test.ts` holds the page to it.
 */
import { readFileSync } from 'node:fs';
import { fencedBlocks } from './markdown.ts';

/** Each guide, its language, and the lines of the last version that made the calls itself (commit bd3b38e). */
const GUIDES = [
  { page: 'express', name: 'Express', language: 'js', byItself: 228 },
  { page: 'fastify', name: 'Fastify', language: 'js', byItself: 255 },
  { page: 'nextjs', name: 'Next.js', language: 'js', byItself: null },
  { page: 'fastapi', name: 'FastAPI', language: 'py', byItself: 254 },
  { page: 'django', name: 'Django', language: 'py', byItself: 327 },
  { page: 'go', name: 'Go', language: 'go', byItself: 451 },
] as const;

/** The login of the Express guide with what else people take; see bench/peers/node. */
const OTHERS = [
  { file: 'login-better-auth.mjs', name: 'better-auth 1.7.25' },
  { file: 'login-stytch.mjs', name: 'Stytch 14.2.0' },
] as const;

function linesOf(page: string, language: string): number {
  const markdown = readFileSync(new URL(`../docs/guides/${page}.md`, import.meta.url), 'utf8');
  return fencedBlocks(markdown)
    .filter((block) => block.language === language)
    .map(({ text }) => codeLines(text))
    .reduce((sum, lines) => sum + lines, 0);
}

function codeLines(text: string): number {
  return text.split('\n').filter((line) => !/^\s*(?:$|\/\/|# )/.test(line)).length;
}

/** The table of the same login in Express with the SDK and with others. */
export function otherLines(): string {
  const rows = OTHERS.map(({ file, name }) => {
    const text = readFileSync(new URL(`../bench/peers/node/${file}`, import.meta.url), 'utf8');
    return `| ${name} | ${codeLines(text.replace(/\/\*\*.*?\*\//gs, ''))} |`;
  });
  return ['| With | Lines |', '| --- | --- |', `| Kanda's SDK | ${linesOf('express', 'js')} |`, ...rows].join(
    '\n',
  );
}

export function guideLines(): string {
  const rows = GUIDES.map(
    ({ page, name, language, byItself }) =>
      `| [${name}](../guides/${page}.md) | ${linesOf(page, language)} | ${byItself ?? '–'} |`,
  );
  return [
    '| Guide | Lines with the SDK | Lines with calls of its own |',
    '| --- | --- | --- |',
    ...rows,
  ].join('\n');
}

if (process.argv[1] === new URL(import.meta.url).pathname) console.log(`${guideLines()}\n\n${otherLines()}`);
