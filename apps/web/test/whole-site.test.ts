/** What a reader of `apps/web/dist` may rely on while and after it is built: also by two at once. */
import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { existsSync, mkdtempSync, readdirSync, readFileSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { brotliDecompressSync } from 'node:zlib';
import { afterEach, beforeEach, expect, test } from 'vitest';

const WEB = fileURLToPath(new URL('../', import.meta.url));
/** Ends a build when its files are to be written. */
const FAILING = "{ name: 'failing', generateBundle() { throw new Error('broken on purpose') } }";
/** Writes a file that no other build does. */
const OTHER =
  "{ name: 'other', generateBundle() { this.emitFile({ type: 'asset', fileName: 'other', source: '' }) } }";

let folder: string;
beforeEach(() => {
  folder = mkdtempSync(join(tmpdir(), 'kanda-site-'));
});
afterEach(() => rmSync(folder, { recursive: true, force: true }));

test('two builds at once do not mix: the one that ends last stays', async () => {
  const dist = join(folder, 'dist');
  const meanwhile = `{ name: 'meanwhile', async generateBundle() { ${buildCall(dist, OTHER)} } }`;
  expect(await build(dist, meanwhile)).toBe('');
  expect(whatIsMissing(dist)).toEqual([]);
  expect(readdirSync(dist)).not.toContain('other');
  expect(readdirSync(folder)).toEqual(['dist']);
});

test('a build that fails leaves the site as it was', async () => {
  const dist = join(folder, 'dist');
  expect(await build(dist)).toBe('');
  const before = readdirSync(dist, { recursive: true }).sort();
  expect(await build(dist, FAILING)).toContain('broken on purpose');
  expect(readdirSync(dist, { recursive: true }).sort()).toEqual(before);
  expect(readdirSync(folder)).toEqual(['dist']);
});

function buildCall(outDir: string, plugin: string): string {
  return `await build({ build: { outDir: ${JSON.stringify(outDir)} }, plugins: [${plugin}], logLevel: 'error' });`;
}

/** Builds into this folder, in a process of its own; gives what it complained of, nothing when it went well. */
async function build(outDir: string, plugin = 'null'): Promise<string> {
  const script = `import { build } from 'vite'; ${buildCall(outDir, plugin)}`;
  const child = spawn(process.execPath, ['--input-type=module', '--eval', script], {
    cwd: WEB,
    stdio: ['ignore', 'ignore', 'pipe'],
  });
  let told = '';
  child.stderr.setEncoding('utf8').on('data', (text: string) => {
    told += text;
  });
  const [status] = await once(child, 'close');
  return status === 0 ? '' : `ended with ${status}: ${told}`;
}

/** Of the pages and of what they name, what is not there or not packed rightly. */
function whatIsMissing(dist: string): string[] {
  const pages = readdirSync(dist, { recursive: true }).map(String);
  expect(pages).toContain('dashboard.html');
  const html = pages.filter((name) => name.endsWith('.html'));
  expect(html.length).toBeGreaterThan(60);
  return html.flatMap((name) => {
    const text = readFileSync(join(dist, name));
    const packed = join(dist, `${name}.br`);
    const isPacked = existsSync(packed) && brotliDecompressSync(readFileSync(packed)).equals(text);
    const named = [...String(text).matchAll(/(?:src|href)="(\/assets\/[^"]+)"/g)].map(
      ([, path = '']) => path,
    );
    const absent = named.filter((path) => !existsSync(join(dist, path)));
    return [...(isPacked ? [] : [name]), ...absent.map((path) => `${path} of ${name}`)];
  });
}
