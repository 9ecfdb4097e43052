import { readFileSync } from 'node:fs';
import { join } from 'node:path';

/** Where the documents, openapi.json and the snippets are read from. */
export interface Repository {
  /** The text of a file. @param path from the repository's root */
  read(path: string): string;
  readonly root: string;
}

export function repositoryAt(root: string): Repository {
  return { root, read: (path) => readFileSync(join(root, path), 'utf8') };
}
