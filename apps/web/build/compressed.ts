import { readdir, readFile, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { promisify } from 'node:util';
import { brotliCompress, constants, gzip } from 'node:zlib';

const brotli = promisify(brotliCompress);
const zipped = promisify(gzip);

/** What shrinks; pictures and fonts are compressed already. */
const TEXT = /\.(?:html|js|css|json|svg|txt|xml|webmanifest)$/;
/** Below this the headers weigh more than what is saved. */
const SMALLEST = 512;

/** Writes `<file>.br` and `<file>.gz` beside each text in this folder, so that the server compresses nothing. */
export async function compressTexts(folder: string): Promise<void> {
  const entries = await readdir(folder, { recursive: true, withFileTypes: true });
  const texts = entries.filter((entry) => entry.isFile() && TEXT.test(entry.name));
  await Promise.all(texts.map((entry) => compress(join(entry.parentPath, entry.name))));
}

async function compress(path: string): Promise<void> {
  const text = await readFile(path);
  if (text.length < SMALLEST) return;
  const params = {
    [constants.BROTLI_PARAM_MODE]: constants.BROTLI_MODE_TEXT,
    [constants.BROTLI_PARAM_SIZE_HINT]: text.length,
  };
  await Promise.all([
    brotli(text, { params }).then((small) => writeFile(`${path}.br`, small)),
    zipped(text, { level: 9 }).then((small) => writeFile(`${path}.gz`, small)),
  ]);
}
