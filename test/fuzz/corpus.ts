/** The inputs that are kept in the repository: a file for each target, one JSON string a line. */
import { existsSync, readFileSync, writeFileSync } from 'node:fs';
import { fileURLToPath } from 'node:url';

export function readCorpus(target: string): string[] {
  const path = pathOf(target);
  if (!existsSync(path)) return [];
  const lines = readFileSync(path, 'utf8').split('\n');
  return lines.filter((line) => line !== '').map((line) => JSON.parse(line) as string);
}

export function writeCorpus(target: string, inputs: readonly string[]): void {
  writeFileSync(pathOf(target), inputs.map((input) => `${asLine(input)}\n`).join(''));
}

/** As a JSON string of ASCII characters alone: blanks and marks that are not seen can be read and copied. */
export function asLine(input: string): string {
  return JSON.stringify(input).replace(
    /[^ -~]/g,
    (character) => `\\u${character.charCodeAt(0).toString(16).padStart(4, '0')}`,
  );
}

function pathOf(target: string): string {
  return fileURLToPath(new URL(`corpus/${target}.jsonl`, import.meta.url));
}
