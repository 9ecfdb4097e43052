import { existsSync, mkdirSync, mkdtempSync, readdirSync, renameSync, rmSync, statSync } from 'node:fs';
import { dirname, join, resolve } from 'node:path';
import type { Plugin } from 'vite';
import { compressTexts } from './compressed.ts';

const BESIDE = '.building-';
/** No build takes so long: what is older was left by one that was killed. */
const LEFT_AFTER_MS = 3_600_000;

/**
 * Builds into a folder of this build's own, beside the one that is asked for, packs the texts there, and puts it in
 * place when it is whole. So several builds at once do not mix, the last one stays; and a reader meanwhile finds
 * the whole site before or the whole site after, or between two renames none.
 */
export function wholeSite(): Plugin {
  let target = '';
  let own = '';
  let written = false;
  return {
    name: 'kanda:whole-site',
    apply: 'build',
    config({ root = process.cwd(), build }) {
      target = resolve(root, build?.outDir ?? 'dist');
      const parent = dirname(target);
      mkdirSync(parent, { recursive: true });
      removeLeft(parent);
      own = mkdtempSync(join(parent, BESIDE));
      process.once('exit', () => rmSync(own, { recursive: true, force: true })); // also when it fails
      return { build: { outDir: join(own, 'dist'), emptyOutDir: true } };
    },
    writeBundle() {
      written = true;
    },
    closeBundle: {
      order: 'post',
      async handler() {
        // This comes after a failure too.
        if (!written) return;
        const built = join(own, 'dist');
        await compressTexts(built);
        replace(target, built, join(own, 'before'));
      },
    },
  };
}

/** Moves `built` to where `target` is, and `target` aside; another build may do the same at this moment. */
function replace(target: string, built: string, aside: string): void {
  for (let attempt = 0; ; attempt++) {
    let moved = false;
    try {
      renameSync(target, `${aside}-${attempt}`);
      moved = true;
    } catch (error) {
      if (codeOf(error) !== 'ENOENT') throw error;
    }
    try {
      renameSync(built, target);
      return;
    } catch (error) {
      // Another one was put there between the two moves.
      if (['ENOTEMPTY', 'EEXIST', 'EPERM'].includes(codeOf(error)) && attempt < 100) continue;
      if (moved && !existsSync(target)) renameSync(`${aside}-${attempt}`, target);
      throw error;
    }
  }
}

function removeLeft(parent: string): void {
  const old = Date.now() - LEFT_AFTER_MS;
  for (const name of readdirSync(parent).filter((each) => each.startsWith(BESIDE))) {
    const stat = statSync(join(parent, name), { throwIfNoEntry: false });
    if (stat !== undefined && stat.mtimeMs < old)
      rmSync(join(parent, name), { recursive: true, force: true });
  }
}

function codeOf(error: unknown): string {
  return String((error as NodeJS.ErrnoException).code);
}
