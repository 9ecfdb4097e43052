import type { Document } from '../documents.ts';

/** An error code as its page explains it. */
export interface Problem {
  readonly code: string;
  readonly url: string;
  /** As `409 Conflict`. */
  readonly status: string;
  /** The first paragraph of what it means, and of what to do: HTML. */
  readonly cause: string;
  readonly advice: string;
}

/** Turns one paragraph of a document into HTML. */
export type RenderParagraph = (markdown: string, from: string) => string;

const FORM = /^# \w+\n\n\*\*([^*]+)\*\*\n\n## What it means\n\n(.+)\n[\s\S]*\n## What to do\n\n(.+)\n/;

/** Every error code, from the pages of the errors. @throws when a page has another form */
export function readProblems(
  errors: readonly Document[],
  render: RenderParagraph,
): ReadonlyMap<string, Problem> {
  return new Map(
    errors.map(({ title, url, source, markdown }) => {
      const [, status, cause, advice] = FORM.exec(markdown) ?? [];
      if (status === undefined || cause === undefined || advice === undefined)
        throw new Error(`${source} does not have the form of an error's page.`);
      const problem = {
        code: title,
        url,
        status,
        cause: render(withoutColon(cause), source),
        advice: render(withoutColon(advice), source),
      };
      return [title, problem];
    }),
  );
}

/** The sentence that announces a list is left out: the list is on the error's own page. */
function withoutColon(paragraph: string): string {
  const sentences = paragraph.split(/(?<=[.!?]) (?=[A-Z`])/);
  return sentences.length > 1 && paragraph.endsWith(':')
    ? sentences.slice(0, -1).join(' ')
    : paragraph.replace(/:$/, '.');
}
