/** Runs a program of a document as its reader would, with a phone in place of the user's. */
import { execFile } from 'node:child_process';
import { writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { promisify } from 'node:util';
import { callerEnvironment } from '../../tools/child-environment.mjs';
import { temporaryFolder } from '../support/kanda-process.ts';

const OTP = fileURLToPath(new URL('../../packages/otp/src/index.ts', import.meta.url));

/**
 * The program, with `typed()`: the code of the secret in this variable, of the present step at first and then of the
 * next one.
 */
export function withPhone(program: string, enrolment: string): string {
  return `import { createHotpKey, decodeBase32, formatCode, hotp, stepAt } from '${OTP}';
let shownCodes = 0;
function typed() {
  const key = createHotpKey(decodeBase32(${enrolment}.secret.reveal()), 'SHA1');
  return formatCode(hotp(key, stepAt(Date.now(), 30) + shownCodes++, 6), 6);
}
${program}`;
}

/** The lines that a TypeScript program prints. @throws with what it wrote to stderr when it fails */
export async function printedBy(program: string): Promise<string[]> {
  const file = join(temporaryFolder(), 'program.ts');
  writeFileSync(file, program);
  const { stdout } = await promisify(execFile)(process.execPath, [file], { env: callerEnvironment() });
  return stdout.trim().split('\n');
}
