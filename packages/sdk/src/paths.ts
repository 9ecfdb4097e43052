import { InvalidArgument } from './errors.ts';

/**
 * A path whose values are percent-encoded, each to one part: path`/api/totp/clients/${clientId}`.
 * Throws InvalidArgument for a part that would lead to another path: an empty one, `.` and `..`, which every URL
 * parser resolves, encoded or not, and whatever is no string.
 */
export function path(texts: TemplateStringsArray, ...parts: readonly string[]): string {
  return texts.reduce((whole, text, index) => whole + encodePart(parts[index - 1]) + text);
}

function encodePart(part: unknown): string {
  if (typeof part !== 'string') {
    throw new InvalidArgument(`An id must be a string; this one is ${part === null ? 'null' : typeof part}.`);
  }
  if (part === '') throw new InvalidArgument('An id must not be empty.');
  if (part === '.' || part === '..')
    throw new InvalidArgument(`"${part}" cannot be an id: it is a step in a path.`);
  // Half of a surrogate pair has no encoding.
  if (!part.isWellFormed()) throw new InvalidArgument('An id must be well-formed Unicode.');
  return encodeURIComponent(part);
}
