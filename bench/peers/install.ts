import { cpSync, existsSync, mkdirSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { runProgram } from './program.ts';

const HERE = fileURLToPath(new URL('.', import.meta.url));
/** Git-ignored; may be deleted at any time. */
const INSTALLED = fileURLToPath(new URL('../../.tools/peers/', import.meta.url));

/** The folder in which the Node peers stand with their packages, of the versions in `node/package-lock.json`. */
export async function installNodePeers(): Promise<string> {
  const folder = join(INSTALLED, 'node');
  await once(folder, readFileSync(join(HERE, 'node/package-lock.json'), 'utf8'), async () => {
    say('npm ci for better-auth, Express, otplib and better-sqlite3 …');
    cpSync(join(HERE, 'node'), folder, { recursive: true });
    await runProgram('npm', ['ci', '--ignore-scripts', '--no-audit', '--no-fund'], { cwd: folder });
  });
  cpSync(join(HERE, 'node'), folder, { recursive: true });
  return folder;
}

/** The version of a package of the Node peers that is installed. */
export function nodePackage(folder: string, name: string): string {
  const { version } = JSON.parse(readFileSync(join(folder, 'node_modules', name, 'package.json'), 'utf8'));
  return `${name} ${version}`;
}

/** The folder of a Python environment with what `privacyidea/requirements.txt` lists. */
export async function installPrivacyIdea(): Promise<string> {
  const folder = join(INSTALLED, 'privacyidea');
  const requirements = join(HERE, 'privacyidea/requirements.txt');
  await once(folder, readFileSync(requirements, 'utf8'), async () => {
    say('Python environment for privacyIDEA (about 500 MB) …');
    await runProgram('python3', ['-m', 'venv', folder]);
    await runProgram(join(folder, 'bin/pip'), ['install', '--quiet', '--requirement', requirements]);
  });
  return folder;
}

/** Runs `install` unless it already ran to its end for the same `lock`. A failure leaves nothing half done. */
async function once(folder: string, lock: string, install: () => Promise<void>): Promise<void> {
  const stamp = join(folder, '.installed');
  if (existsSync(stamp) && readFileSync(stamp, 'utf8') === lock) return;
  rmSync(folder, { recursive: true, force: true });
  mkdirSync(folder, { recursive: true });
  try {
    await install();
  } catch (error) {
    rmSync(folder, { recursive: true, force: true });
    throw error;
  }
  writeFileSync(stamp, lock);
}

export function say(text: string): void {
  console.error(`  ${text}`);
}
