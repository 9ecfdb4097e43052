import { fileURLToPath } from 'node:url';
import tailwindcss from '@tailwindcss/vite';
import react from '@vitejs/plugin-react';
import { defineConfig } from 'vite';
import { repositoryRoot, sitePages } from './build/site-pages.ts';
import { wholeSite } from './build/whole-site.ts';

const here = (path: string) => fileURLToPath(new URL(path, import.meta.url));
/** Where the API is while `vite` serves the pages: a Kanda that runs, as `npm start` does. */
const server = process.env.API_ORIGIN ?? 'http://127.0.0.1:3000';

export default defineConfig({
  root: here('.'),
  plugins: [react(), tailwindcss(), sitePages(repositoryRoot()), wholeSite()],
  build: {
    outDir: 'dist',
    assetsDir: 'assets',
    // `light-dark()`, OKLCH and `:has()` are in all of these, and stay as they are written.
    target: ['chrome125', 'edge125', 'firefox128', 'safari17.5'],
    cssTarget: ['chrome125', 'edge125', 'firefox128', 'safari17.5'],
    // A data: URL in a style sheet would need a wider policy than `'self'`.
    assetsInlineLimit: 0,
    modulePreload: { polyfill: false },
    reportCompressedSize: false,
    rolldownOptions: {
      input: {
        dashboard: here('dashboard.html'),
        front: here('src/site/front.ts'),
        docs: here('src/site/docs.ts'),
        door: here('src/door/door.ts'),
      },
    },
  },
  server: {
    proxy: Object.fromEntries(
      ['/api', '/openapi.json', '/healthz', '/readyz'].map((path) => [path, { target: server }]),
    ),
  },
});
