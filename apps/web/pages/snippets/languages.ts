import type { Operation } from '../openapi.ts';
import { type Call, callOf } from './call.ts';
import { curl } from './curl.ts';
import { go } from './go.ts';
import { javascript, typescript } from './javascript.ts';
import { python } from './python.ts';

/**
 * The languages of each operation's snippets, in the order of their tabs. An `id` means the same language everywhere, so the
 * choice goes along: `js` is the SDK for TypeScript.
 */
export const CALL_LANGUAGES = [
  { id: 'curl', name: 'cURL', fence: 'sh' },
  { id: 'fetch', name: 'JavaScript', fence: 'js' },
  { id: 'js', name: 'TypeScript', fence: 'ts' },
  { id: 'py', name: 'Python', fence: 'py' },
  { id: 'go', name: 'Go', fence: 'go' },
] as const;

export type CallLanguageId = (typeof CALL_LANGUAGES)[number]['id'];

const WRITTEN: Readonly<Record<CallLanguageId, (call: Call) => string>> = {
  curl,
  fetch: javascript,
  js: typescript,
  py: python,
  go,
};

/** A whole program that makes the call of the operation's example. */
export function exampleIn(operation: Operation, language: CallLanguageId): string {
  return WRITTEN[language](callOf(operation));
}
