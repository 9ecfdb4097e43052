import type { Repository } from './repository.ts';

export interface Comparison {
  readonly headings: readonly string[];
  readonly rows: readonly (readonly string[])[];
}

const SOURCE = 'docs/operating/comparison.md';

/** The table of what became of one code, as the document has it. @throws when the document has it no more */
export function comparison(repository: Repository): Comparison {
  const [, section = ''] = repository.read(SOURCE).split('\n## One code\n');
  const [headings, , ...rows] = section
    .slice(0, section.indexOf('\n## '))
    .split('\n')
    .filter((line) => line.startsWith('|'))
    .map((line) =>
      line
        .split('|')
        .slice(1, -1)
        .map((cell) => cell.trim()),
    );
  if (headings === undefined || rows.length === 0) throw new Error(`${SOURCE} has no table of one code.`);
  return { headings, rows };
}
