import type { SdkLanguageId } from './api-examples.ts';
import type { Repository } from './repository.ts';

/** What a login takes, in the order in which an application comes to it. */
export const TASKS = [
  {
    id: 'key',
    title: 'Take your API key',
    text: 'It is the bearer of every call, and works until you revoke it.',
  },
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

/** The files that `test/process/{snippets,front-snippets}.test.ts` run against a real server, unchanged. */
const FOLDER = 'test/process/snippets';
const FILES: Readonly<Record<SdkLanguageId, (task: TaskId) => string>> = {
  // A bearer that does not end is this page's own.
  curl: (task) => (task === 'key' ? 'front/key.sh' : `${task}.sh`),
  js: (task) => `sdk/${task}.ts`,
  py: (task) => `sdk/${task}.py`,
  go: (task) => `sdk/${task}.go`,
};

/** A snippet without the comment that shows the answer, which has a place of its own. */
export function snippet(repository: Repository, task: TaskId, language: SdkLanguageId): string {
  const text = repository.read(`${FOLDER}/${FILES[language](task)}`);
  return text.replace(/\n+# Response[\s\S]*$/, '\n').trimEnd();
}

/** The answer that the curl snippet shows, as indented JSON; null where it shows none. */
export function answerTo(repository: Repository, task: TaskId): string | null {
  const text = repository.read(`${FOLDER}/${FILES.curl(task)}`);
  const json = /^# Response[^{\n]*(\{.*\})\s*$/m.exec(text)?.[1];
  if (json === undefined) return null;
  const answer: unknown = JSON.parse(json);
  const indented = JSON.stringify(answer, null, 2);
  return indented.length > 90 ? indented : indented.replaceAll(/\n\s*/g, ' ');
}
