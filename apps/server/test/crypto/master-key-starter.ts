/**
 * One of several processes that start at once: for each line of standard input, a path, it reads or makes
 * the master key there and answers with its id and whether it made it.
 */
import { randomBytes } from 'node:crypto';
import { createInterface } from 'node:readline';
import { readOrCreateMasterKeyFile } from '../../src/crypto/master-key-file.ts';

for await (const path of createInterface({ input: process.stdin })) {
  const { masterKeys, created } = readOrCreateMasterKeyFile(path, randomBytes);
  process.stdout.write(`${JSON.stringify({ id: masterKeys[0].id, created })}\n`);
}
