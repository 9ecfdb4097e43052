import { createHash } from 'node:crypto';
import { existsSync, readdirSync, readFileSync } from 'node:fs';
import { extname, join, relative, sep } from 'node:path';
import { ENCODINGS, type Encoding } from './negotiate.ts';

/** One file of the site in every form in which it can be sent. */
export interface SiteFile {
  readonly type: string;
  readonly isPage: boolean;
  /** The name holds a hash of the content: a cached copy stays valid. */
  readonly immutable: boolean;
  readonly plain: Form;
  readonly packed: ReadonlyMap<Encoding, Form>;
}

export interface Form {
  readonly bytes: Buffer;
  readonly etag: string;
}

/**
 * The pages as they were built, by the path at which each is served; nothing else can be asked for. They are read
 * once: a site that is built anew meanwhile does not mix with the one that is served.
 */
export type Site = ReadonlyMap<string, SiteFile>;

const SUFFIX: Readonly<Record<Encoding, string>> = { br: '.br', gzip: '.gz' };

const TYPES: Readonly<Record<string, string>> = {
  '.css': 'text/css; charset=utf-8',
  '.html': 'text/html; charset=utf-8',
  '.ico': 'image/x-icon',
  '.js': 'text/javascript; charset=utf-8',
  '.json': 'application/json; charset=utf-8',
  '.map': 'application/json; charset=utf-8',
  '.md': 'text/markdown; charset=utf-8',
  '.png': 'image/png',
  '.svg': 'image/svg+xml; charset=utf-8',
  '.txt': 'text/plain; charset=utf-8',
  '.webmanifest': 'application/manifest+json; charset=utf-8',
  '.webp': 'image/webp',
  '.woff2': 'font/woff2',
  '.xml': 'application/xml; charset=utf-8',
};

/** The built site in `folder`; null when there is none. */
export function readSite(folder: string): Site | null {
  if (!existsSync(join(folder, 'dashboard.html'))) return null;
  const files = readdirSync(folder, { recursive: true, withFileTypes: true })
    .filter((entry) => entry.isFile())
    .map((entry) => relative(folder, join(entry.parentPath, entry.name)).split(sep).join('/'));
  const packedNames = new Set(
    files.filter((name) => ENCODINGS.some((encoding) => name.endsWith(SUFFIX[encoding]))),
  );
  const site = new Map<string, SiteFile>();
  for (const name of files) {
    if (!packedNames.has(name)) site.set(pathOf(name), readForms(folder, name, packedNames));
  }
  return site;
}

/** `docs/start/quickstart.html` is served at `/docs/start/quickstart`, and a folder's index at the folder. */
function pathOf(name: string): string {
  return `/${name}`.replace(/\.html$/, '').replace(/\/index$/, '') || '/';
}

function readForms(folder: string, name: string, packedNames: ReadonlySet<string>): SiteFile {
  const extension = extname(name);
  const bytes = readFileSync(join(folder, name));
  const hash = createHash('sha256').update(bytes).digest('base64url').slice(0, 22);
  const packed = new Map<Encoding, Form>();
  for (const encoding of ENCODINGS) {
    const packedName = `${name}${SUFFIX[encoding]}`;
    if (!packedNames.has(packedName)) continue;
    packed.set(encoding, { bytes: readFileSync(join(folder, packedName)), etag: `"${hash}-${encoding}"` });
  }
  return {
    type: TYPES[extension] ?? 'application/octet-stream',
    isPage: extension === '.html',
    immutable: name.startsWith('assets/'),
    plain: { bytes, etag: `"${hash}"` },
    packed,
  };
}
