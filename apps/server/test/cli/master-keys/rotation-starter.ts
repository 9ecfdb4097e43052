/**
 * One of several processes that begin a rotation at once, without the time that each takes to start: for each
 * line of standard input, a data directory, it rotates there and answers with a line: `done`, or what went wrong.
 */
import { createInterface } from 'node:readline';
import { tellError } from '../../../src/cli/lib/tell-error.ts';
import { rotateKeys } from '../../../src/cli/master-keys/rotate.ts';
import { loadConfig } from '../../../src/config/load.ts';

// What the command prints is not the answer.
console.log = () => {};

for await (const dataDir of createInterface({ input: process.stdin })) {
  const answer = await rotateKeys(loadConfig({}, { 'data-dir': dataDir })).then(() => 'done', tellError);
  process.stdout.write(`${answer.replaceAll('\n', ' ')}\n`);
}
