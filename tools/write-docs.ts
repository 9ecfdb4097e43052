/** Writes the generated parts of the documents. `--check` writes nothing and fails when one is stale. */
import { globSync, readFileSync, writeFileSync } from 'node:fs';
import { withPresentHelp } from './cli-help.ts';
import { withGenerated } from './reference-tables.ts';

const root = new URL('../', import.meta.url);
for (const path of globSync('docs/**/*.md', { cwd: root })) {
  const file = new URL(path.replaceAll('\\', '/'), root);
  const text = readFileSync(file, 'utf8');
  const fresh = withPresentHelp(withGenerated(text));
  if (fresh === text) continue;
  if (process.argv.includes('--check')) {
    console.error(`${path} is not what the code says. Run: npm run docs`);
    process.exitCode = 1;
  } else {
    writeFileSync(file, fresh);
    console.log(`wrote ${path}`);
  }
}
