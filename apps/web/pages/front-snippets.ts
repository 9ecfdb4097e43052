import type { LanguageId } from './api-examples.ts';
import type { Repository } from './repository.ts';

/** The four calls of a login, in the order in which an application makes them. */
export const TASKS = [
  { id: 'token', title: 'Get a token', text: 'Trade an API key for a token that lasts an hour.' },
  { id: 'register', title: 'Enrol a user', text: 'Show the QR code that you get back, once. Store nothing.' },
  {
    id: 'validate',
    title: 'Check the code',
    text: 'At every login, send what the user typed and read valid.',
  },
  {
    id: 'rotate',
    title: 'Replace a lost phone',
    text: 'A new secret; codes of the old one are dead at once.',
  },
] as const;

export type TaskId = (typeof TASKS)[number]['id'];

/** The files that `test/process/snippets.test.ts` runs against a real server, unchanged. */
const FOLDER = 'test/process/snippets';
const ENDINGS: Readonly<Record<LanguageId, string>> = { curl: 'sh', js: 'mjs', py: 'py' };

/** A snippet without the comment that shows the answer, which has a place of its own. */
export function snippet(repository: Repository, task: TaskId, language: LanguageId): string {
  const text = repository.read(`${FOLDER}/${task}.${ENDINGS[language]}`);
  return text.replace(/\n+# Response[\s\S]*$/, '\n').trimEnd();
}

/** The answer that the curl snippet shows, as indented JSON. */
export function answerTo(repository: Repository, task: TaskId): string {
  const text = repository.read(`${FOLDER}/${task}.sh`);
  const json = /^# Response[^{\n]*(\{.*\})\s*$/m.exec(text)?.[1];
  if (json === undefined) throw new Error(`${FOLDER}/${task}.sh shows no answer.`);
  const answer: unknown = JSON.parse(json);
  const indented = JSON.stringify(answer, null, 2);
  return indented.length > 90 ? indented : indented.replaceAll(/\n\s*/g, ' ');
}
