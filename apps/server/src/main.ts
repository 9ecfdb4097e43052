import { readFileSync } from 'node:fs';
import { keepMemoryOutOfCoreDumps } from './cli/lib/core-dumps.ts';
import { assertFlagsArrived } from './cli/lib/invocation.ts';
import { tellError } from './cli/lib/tell-error.ts';
import { createProgram } from './cli/program.ts';

const { version } = JSON.parse(readFileSync(new URL('../package.json', import.meta.url), 'utf8')) as {
  version: string;
};

keepMemoryOutOfCoreDumps();
try {
  const { argv, env } = process;
  assertFlagsArrived({ argv, env });
  await createProgram({ argv, env, version }).parseAsync(argv);
} catch (error) {
  // For the operator: what was wrong, not where in the code.
  console.error(tellError(error));
  process.exitCode = 1;
}
