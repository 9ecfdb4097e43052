/**
 * The programs outside npm that a test compares Kanda with. `npm test` installs them where it may; where it
 * may not, a test skips aloud, except in CI, where a test that is skipped is a test that is missing.
 *
 * ```ts
 * const oathtool = findTool('oathtool');
 * test.skipIf(oathtool === null)('oathtool agrees', () => { … });
 * ```
 */
import { SYSTEM_TOOLS } from '../../tools/system-tools.mjs';

const found = new Map<string, string | null>();

/**
 * The absolute path of a tool, or null, after saying what is not tested.
 * @throws in CI, when the tool is absent and does not need Go
 */
export function findTool(name: string): string | null {
  const known = found.get(name);
  if (known !== undefined) return known;

  const tool = SYSTEM_TOOLS.find((candidate) => candidate.name === name);
  if (tool === undefined) throw new Error(`No row for ${name} in tools/system-tools.mjs.`);
  const path = tool.find();
  if (path === null) {
    const reason = `${name} is not installed: ${tool.purpose} cannot be tested. Run \`npm test\`, or install the Debian packages ${tool.packages.join(', ')}.`;
    if (process.env.CI && tool.go === undefined) throw new Error(reason);
    console.warn(`SKIPPED: ${reason}`);
  }
  found.set(name, path);
  return path;
}

/** A Python 3 whose `import requests` works, or null, after saying what is not tested. */
export function pythonWithRequests(): string | null {
  return findTool('python3 with requests');
}
