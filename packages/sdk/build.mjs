/**
 * Compiles `src` into `dist`, which is what the package has: JavaScript and its types. `npm pack` runs it. Made beside
 * `dist` and put in its place when it is whole.
 */
import { spawnSync } from 'node:child_process';
import {
  copyFileSync,
  globSync,
  mkdtempSync,
  readFileSync,
  renameSync,
  rmSync,
  writeFileSync,
} from 'node:fs';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';

const FOLDER = fileURLToPath(new URL('.', import.meta.url));
const made = mkdtempSync(join(FOLDER, 'dist-'));
try {
  const tsc = join(FOLDER, '../../node_modules/typescript/bin/tsc');
  const args = [tsc, '--project', join(FOLDER, 'tsconfig.build.json'), '--outDir', made];
  const { status } = spawnSync(process.execPath, args, { stdio: ['ignore', 'inherit', 'inherit'] });
  if (status !== 0) throw new Error(`tsc ended with ${status}`);
  // tsc copies no declarations, and leaves the endings of the sources in those that it makes.
  copyFileSync(join(FOLDER, 'src/schema.d.ts'), join(made, 'schema.d.ts'));
  for (const path of globSync('**/*.d.ts', { cwd: made })) {
    const text = readFileSync(join(made, path), 'utf8');
    writeFileSync(join(made, path), text.replaceAll(/(from '\.[^']*?)(?:\.d)?\.ts'/g, "$1.js'"));
  }
  rmSync(join(FOLDER, 'dist'), { recursive: true, force: true });
  renameSync(made, join(FOLDER, 'dist'));
} finally {
  rmSync(made, { recursive: true, force: true });
}
