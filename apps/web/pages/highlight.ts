import {
  createCssVariablesTheme,
  createHighlighterCore,
  type HighlighterCore,
  type ThemedToken,
} from 'shiki/core';
import { createJavaScriptRegexEngine } from 'shiki/engine/javascript';
import { escapeHtml } from './html.ts';

/** Colours a piece of code: HTML with classes, and without any style attribute, which the policy refuses. */
export type Highlight = (code: string, language: string) => string;

/** What a fence may say, and the grammar that it means. */
const GRAMMARS: Readonly<Record<string, string>> = {
  sh: 'bash',
  json: 'json',
  js: 'javascript',
  ts: 'typescript',
  py: 'python',
  go: 'go',
};

const NAME = /^\s*[A-Za-z_$][\w$.]*\s*$/;
const VALUE = /^\s*(?:true|false|null|nil|undefined|True|False|None)\s*$/;
const VARIABLE = /^var\(--shiki-token-([a-z-]+)\)$/;

/** Loads the grammars, once for a build. */
export async function highlighter(): Promise<Highlight> {
  const shiki = await createHighlighterCore({
    themes: [createCssVariablesTheme({ name: 'classes', variablePrefix: '--shiki-' })],
    langs: [
      import('shiki/langs/bash.mjs'),
      import('shiki/langs/json.mjs'),
      import('shiki/langs/javascript.mjs'),
      import('shiki/langs/typescript.mjs'),
      import('shiki/langs/python.mjs'),
      import('shiki/langs/go.mjs'),
    ],
    engine: createJavaScriptRegexEngine(),
  });
  return (code, language) => fillable(coloured(shiki, code, GRAMMARS[language]));
}

function coloured(shiki: HighlighterCore, code: string, lang: string | undefined): string {
  if (lang === undefined) return escapeHtml(code);
  const { tokens } = shiki.codeToTokens(code, { lang, theme: 'classes' });
  return tokens.map((line) => line.map(token).join('')).join('\n');
}

function token({ content, color = '' }: ThemedToken): string {
  const kind = VARIABLE.exec(color)?.[1];
  const text = escapeHtml(content);
  // Grammars colour many names as constants; a page of them is loud.
  const isName = kind === 'constant' && NAME.test(content) && !VALUE.test(content);
  return kind === undefined || kind === 'punctuation' || isName
    ? text
    : `<span class="t-${kind}">${text}</span>`;
}

/**
 * Marks what a script puts the visitor's own in the place of: the server's origin and the API key. Without
 * the script they read as in the documents.
 */
export function fillable(html: string): string {
  return html
    .replaceAll(/https?:\/\/(?:your-kanda-server|127\.0\.0\.1:3000)/g, '<span data-fill="origin">$&</span>')
    .replaceAll('kan_your_api_key_here', '<span data-fill="key">$&</span>');
}
