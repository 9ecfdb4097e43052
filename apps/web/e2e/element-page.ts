/**
 * The application of someone who shows links by `<kanda-enrol>` and `<kanda-challenge>` in pages of their own: a server
 * with a policy as strict as browsers know, which keeps all that it hears.
 */
import { readFileSync } from 'node:fs';
import { createServer, type Server } from 'node:http';
import { stripTypeScriptTypes } from 'node:module';
import type { AddressInfo } from 'node:net';
import { fileURLToPath } from 'node:url';

const SDK = fileURLToPath(new URL('../../../packages/sdk/src/', import.meta.url));

export interface ElementPage {
  readonly origin: string;
  /** What browsers have sent, with its bodies. */
  readonly traffic: readonly string[];
  /** The page that shows a link by an element; `cancels`: its script keeps `kanda-done` from going on. */
  urlOf(element: 'kanda-enrol' | 'kanda-challenge', link: string, cancels?: boolean): string;
  end(): Promise<void>;
}

/** What the page does with the events of its element: it keeps them where a test can read them. */
const SCRIPT = `
import '/elements.ts';
const element = document.querySelector('kanda-enrol, kanda-challenge');
window.heard = [];
for (const type of ['kanda-done', 'kanda-ended'])
  element.addEventListener(type, (event) => {
    window.heard.push([type, event.detail]);
    if (element.hasAttribute('data-cancels')) event.preventDefault();
  });
// As a framework does, and so that the link is in no address and no markup.
element.link = document.querySelector('meta[name=link]').content;
`;

/** @param kanda origin of the Kanda server, the only one that the page may connect to */
export async function startElementPage(kanda: string): Promise<ElementPage> {
  const traffic: string[] = [];
  const pages = new Map<string, string>();
  const server = createServer((request, response) => {
    const path = request.url ?? '/';
    const bodies: string[] = [];
    request.on('data', (chunk) => bodies.push(String(chunk)));
    request.on('end', () =>
      traffic.push(`${request.method} ${path} ${JSON.stringify(request.rawHeaders)} ${bodies.join('')}`),
    );
    const page = pages.get(path);
    if (page !== undefined) {
      response.setHeader('content-security-policy', policyFor(kanda)).setHeader('content-type', 'text/html');
      response.end(page);
    } else if (/^\/elements[a-z/-]*\.ts$/.test(path)) {
      response.setHeader('content-type', 'text/javascript');
      response.end(stripTypeScriptTypes(readFileSync(`${SDK}${path.slice(1)}`, 'utf8')));
    } else if (path === '/page.js') {
      response.setHeader('content-type', 'text/javascript').end(SCRIPT);
    } else if (path.startsWith('/done?')) {
      response
        .setHeader('content-type', 'text/html')
        .end('<!doctype html><title>Done</title><h1>Welcome back</h1>');
    } else if (path === '/favicon.ico') response.writeHead(204).end();
    else response.writeHead(404).end();
  });
  const origin = `http://127.0.0.1:${await listen(server)}`;
  return {
    origin,
    traffic,
    urlOf(element, link, cancels = false) {
      const path = `/page-${pages.size}`;
      pages.set(
        path,
        `<!doctype html><html lang="pt-BR"><head><meta charset="utf-8"><title>My account</title>
<meta name="viewport" content="width=device-width, initial-scale=1"><meta name="link" content="${link}">
<script type="module" src="/page.js"></script></head>
<body><main><h1>My account</h1><${element}${cancels ? ' data-cancels' : ''}></${element}></main></body></html>`,
      );
      return `${origin}${path}`;
    },
    end: () => new Promise<void>((resolve) => server.close(() => resolve())),
  };
}

/** No inline script or style, no image, no frame, and no markup for the browser to read. */
function policyFor(kanda: string): string {
  return [
    "default-src 'none'",
    "script-src 'self'",
    `connect-src ${kanda}`,
    "form-action 'none'",
    "base-uri 'none'",
    "frame-ancestors 'none'",
    "require-trusted-types-for 'script'",
    "trusted-types 'none'",
  ].join('; ');
}

function listen(server: Server): Promise<number> {
  return new Promise((resolve) => {
    server.listen(0, '127.0.0.1', () => resolve((server.address() as AddressInfo).port));
  });
}
