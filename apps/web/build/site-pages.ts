import { readFileSync } from 'node:fs';
import { fileURLToPath } from 'node:url';
import type { Plugin, Rolldown } from 'vite';
import { repositoryAt } from '../pages/repository.ts';
import type { Assets } from '../pages/shell.tsx';
import { dashboardFrame, readSite } from '../pages/site.tsx';
import { SITE_DATA } from '../pages/site-data.ts';

const SERVED_BY_VITE = (script: string, style: string): Assets => ({
  scripts: ['/@vite/client', script],
  styles: [style],
  fonts: [],
});
/** Of `docs/images`, those that pages show. */
const PICTURES = ['dashboard.png', 'dashboard-dark.png'];
/** Those that documents show, served at their path in the repository. */
const DRAWINGS = ['docs/images/imports.svg'];
const OF_THE_DASHBOARD = /^\/dashboard(?:[/?]|$)/;
const OF_THE_SITE = /^\/(?:$|docs(?:\/|$)|(?:signin|signup|search\.json|site\.json)$)/;

/**
 * Renders front page and documentation: into the build, with the hashed names of its scripts and styles, and
 * for `vite` on each request, with what the documents say at that moment.
 * @param root the repository's folder
 */
export function sitePages(root: string): Plugin {
  return {
    name: 'kanda:site-pages',

    async generateBundle(_options, bundle) {
      const site = await readSite(repositoryAt(root));
      const index = this.emitFile({ type: 'asset', name: 'search.json', source: site.searchIndex });
      const pictures = Object.fromEntries(
        PICTURES.map((name) => {
          const source = readFileSync(`${root}/docs/images/${name}`);
          return [name, `/${this.getFileName(this.emitFile({ type: 'asset', name, source }))}`];
        }),
      );
      const assets = {
        front: { ...assetsOf(bundle, 'front'), pictures },
        docs: assetsOf(bundle, 'docs'),
        door: assetsOf(bundle, 'door'),
      };
      for (const { file, html } of site.pages(assets, `/${this.getFileName(index)}`))
        this.emitFile({ type: 'asset', fileName: file, source: html });
      for (const fileName of DRAWINGS)
        this.emitFile({ type: 'asset', fileName, source: readFileSync(`${root}/${fileName}`) });
      this.emitFile({
        type: 'asset',
        fileName: SITE_DATA,
        source: site.data(`/${this.getFileName(index)}`),
      });
      const licence = readFileSync(`${root}/LICENSE`);
      this.emitFile({ type: 'asset', fileName: 'LICENSE.txt', source: licence });
    },

    transformIndexHtml(html) {
      const empty = '<div id="app"></div>';
      if (!html.includes(empty)) throw new Error('dashboard.html has no place for its frame.');
      return html.replace(empty, () => empty.replace('><', `>${dashboardFrame()}<`));
    },

    configureServer(server) {
      server.middlewares.use((request, response, next) => {
        const picture = PICTURES.find((name) => request.url === `/${name}`);
        if (picture !== undefined) {
          response.end(readFileSync(`${root}/docs/images/${picture}`));
          return;
        }
        const drawing = DRAWINGS.find((path) => request.url === `/${path}`);
        if (drawing !== undefined) {
          response.setHeader('content-type', 'image/svg+xml');
          response.end(readFileSync(`${root}/${drawing}`));
          return;
        }
        const url = request.url ?? '/';
        if (OF_THE_DASHBOARD.test(url)) request.url = '/dashboard.html';
        const path = url.split('?')[0] ?? '/';
        if (!OF_THE_SITE.test(path)) return next();
        answer(root, path).then((body) => {
          if (body === null) return next();
          response.setHeader('content-type', path.endsWith('.json') ? 'application/json' : 'text/html');
          response.end(body);
        }, next);
      });
    },
  };
}

/** A page, or what pages read, as the documents are at this moment; null: there is none at this path. */
async function answer(root: string, path: string): Promise<string | null> {
  const site = await readSite(repositoryAt(root));
  if (path === '/search.json') return site.searchIndex;
  if (path === `/${SITE_DATA}`) return site.data('/search.json');
  const assets = {
    front: SERVED_BY_VITE('/src/site/front.ts', '/src/styles/site.css'),
    docs: SERVED_BY_VITE('/src/site/docs.ts', '/src/styles/site.css'),
    door: SERVED_BY_VITE('/src/door/door.ts', '/src/styles/door.css'),
  };
  return site.pages(assets, '/search.json').find(({ url }) => url === path)?.html ?? null;
}

/** The folder of the repository that this file is in. */
export function repositoryRoot(): string {
  return fileURLToPath(new URL('../../..', import.meta.url));
}

function assetsOf(bundle: Rolldown.OutputBundle, entry: string): Assets {
  const files = Object.values(bundle);
  const chunk = files.find((file) => file.type === 'chunk' && file.isEntry && file.name === entry);
  if (chunk?.type !== 'chunk') throw new Error(`The build has no script for ${entry}.`);
  return {
    scripts: [`/${chunk.fileName}`],
    styles: [...stylesOf(bundle, chunk)].map((name) => `/${name}`),
    fonts: files.map(({ fileName }) => `/${fileName}`).filter((name) => name.endsWith('.woff2')),
    imports: [...importsOf(bundle, chunk)].map((name) => `/${name}`),
  };
}

/** All that a chunk imports before it runs. */
function importsOf(bundle: Rolldown.OutputBundle, chunk: Rolldown.OutputChunk): Set<string> {
  const further = chunk.imports.flatMap((name) => {
    const file = bundle[name];
    return file?.type === 'chunk' ? [...importsOf(bundle, file)] : [];
  });
  return new Set([...chunk.imports, ...further]);
}

/** The style sheets of a chunk and of what it imports: shared ones belong to a chunk of their own. */
function stylesOf(bundle: Rolldown.OutputBundle, chunk: Rolldown.OutputChunk): Set<string> {
  const imported = chunk.imports.flatMap((name) => {
    const file = bundle[name];
    return file?.type === 'chunk' ? [...stylesOf(bundle, file)] : [];
  });
  return new Set([...imported, ...(chunk.viteMetadata?.importedCss ?? [])]);
}
