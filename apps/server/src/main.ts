import { readFileSync } from 'node:fs';
import { createProgram } from './cli/program.ts';
import { tellError } from './cli/tell-error.ts';

const { version } = JSON.parse(readFileSync(new URL('../package.json', import.meta.url), 'utf8')) as {
  version: string;
};

try {
  await createProgram({ env: process.env, version }).parseAsync(process.argv);
} catch (error) {
  // Whoever started Kanda reads this: what was wrong, not where in the code.
  console.error(tellError(error));
  process.exitCode = 1;
}
