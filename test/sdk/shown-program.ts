/** Runs a program of a document as its reader would, with a phone in place of the user's. */
import { execFile } from 'node:child_process';
import { writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { promisify } from 'node:util';
import { callerEnvironment } from '../../tools/child-environment.mjs';
import { Caller, openAccount } from '../support/caller.ts';
import { temporaryFolder } from '../support/kanda-process.ts';

const OTP = fileURLToPath(new URL('../../packages/otp/src/index.ts', import.meta.url));

/** Guides whose calls are shown with every SDK. */
export const TABBED_GUIDES = ['lost-phone', 'trusted-devices', 'approve-a-payout', 'policy'].map(
  (name) => `docs/guides/${name}.md`,
);

/** The documents whose blocks in one language are a program: those of the SDK, and those that show all of them. */
export function documentsOf(sdk: string, page: string): string[] {
  return [`${sdk}/README.md`, `docs/guides/${page}.md`, 'docs/start/quickstart.md', ...TABBED_GUIDES];
}

/** The API key of a reader: as it is made without a word about scopes, unless the document says what it needs. */
export async function keyOfReader(url: string, document: string): Promise<string> {
  const { apiKey, token } = await openAccount(url);
  if (!TABBED_GUIDES.includes(document)) return apiKey;
  const owner = new Caller(url).withBearer(token);
  const scopes = ['totp:write', 'totp:validate', 'totp:read', 'receipts:redeem', 'keys:write'];
  const { json } = await owner.post('/api/keys', { name: 'every page', scopes });
  owner.close();
  return json.apiKey;
}

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
