import type { FastifyReply, FastifyRequest } from 'fastify';
import { Type } from 'typebox';
import { Fault } from '../../domain/errors.ts';
import { parameters } from '../routes/schemas.ts';
import type { App } from '../server/types.ts';
import { bestEncoding, isKnown, wantsPage } from './negotiate.ts';
import type { Site, SiteFile } from './site-files.ts';

/** The pages, or why there are none. */
export type SiteOrNone = Site | 'switched off' | 'not built';

export interface SiteOptions {
  readonly site: SiteOrNone;
  /** The Markdown pages of `docs/errors`, by code. */
  readonly errorPages: ReadonlyMap<string, string>;
  readonly publicUrl: string | null;
}

/** Sends the page for what is not there; false when the caller wants none. */
export type SendMissing = (request: FastifyRequest, reply: FastifyReply) => boolean;

/**
 * What a browser must not keep as it was left, for Back: it holds passwords that were typed, or the data of who was
 * signed in.
 */
const PRIVATE: ReadonlySet<string> = new Set(['/dashboard', '/signin', '/signup']);

/** The address bar's paths that are all one page, which looks at the path by itself. */
const DASHBOARD = ['/dashboard', '/dashboard/*'];

/**
 * Scripts, styles and fonts of this server alone, none of them inside of a page; no frame around it, no form to
 * elsewhere. `data:` images are QR codes.
 */
const POLICY = [
  "default-src 'none'",
  "script-src 'self'",
  "style-src 'self'",
  "img-src 'self' data:",
  "font-src 'self'",
  "connect-src 'self'",
  "manifest-src 'self'",
  "form-action 'self'",
  "base-uri 'none'",
  "frame-ancestors 'none'",
].join('; ');

const HEADERS = {
  'content-security-policy': POLICY,
  'cross-origin-opener-policy': 'same-origin',
  'cross-origin-resource-policy': 'same-origin',
  'cross-origin-embedder-policy': 'require-corp',
  'permissions-policy':
    'camera=(), display-capture=(), geolocation=(), microphone=(), payment=(), usb=(), browsing-topics=()',
  'referrer-policy': 'no-referrer',
  'x-content-type-options': 'nosniff',
} as const;

const YEAR_SECONDS = 31_536_000;

/** Serves the front page, the documentation and the dashboard beside the API. */
export function serveSite(app: App, { site, errorPages, publicUrl }: SiteOptions): SendMissing {
  const files: Site = typeof site === 'string' ? new Map() : site;
  const markdownPages = new Map([...errorPages].map(([code, markdown]) => [code, Buffer.from(markdown)]));
  const hidden = { schema: { hide: true }, config: { takesAnyQuery: true } };

  const fileOr404 = (path: string, request: FastifyRequest, reply: FastifyReply) => {
    const file = files.get(path);
    if (PRIVATE.has(path)) reply.header('cache-control', 'no-store');
    if (file !== undefined) return send(file, 200, request, reply, publicUrl);
    const withoutSlash = path.slice(0, -1);
    if (path.endsWith('/') && files.has(withoutSlash)) return reply.redirect(withoutSlash, 308);
    if (sendMissing(request, reply)) return reply;
    throw notThere();
  };
  const sendMissing: SendMissing = (request, reply) => {
    const page = files.get('/404');
    if (page === undefined || !isLook(request) || !wantsPage(request.headers.accept)) return false;
    send(page, 404, request, reply, publicUrl);
    return true;
  };

  // What each problem's `type` names: a page for people, Markdown for programs.
  const errorPage = { ...hidden, schema: { ...hidden.schema, params: parameters({ code: Type.String() }) } };
  app.get('/docs/errors/:code', errorPage, async (request, reply) => {
    const { code } = request.params;
    const page = files.get(`/docs/errors/${code}`);
    reply.header('vary', 'Accept');
    if (page !== undefined && wantsPage(request.headers.accept)) {
      return send(page, 200, request, reply, publicUrl);
    }
    const markdown = markdownPages.get(code);
    if (markdown !== undefined) {
      reply.header('x-content-type-options', 'nosniff');
      return reply.type('text/markdown; charset=utf-8').send(markdown);
    }
    if (sendMissing(request, reply)) return reply;
    throw new Fault('route_not_found', 'There is no error with this code.');
  });

  if (typeof site === 'string') {
    app.get('/', hidden, async (_request, reply) => reply.type('text/plain; charset=utf-8').send(WHY[site]));
    return sendMissing;
  }
  for (const path of DASHBOARD) {
    app.get(path, hidden, async (request, reply) => fileOr404('/dashboard', request, reply));
  }
  for (const path of ['/', '/signin', '/signup', '/assets/*', '/docs', '/docs/*', ...filesAtTheTop(site)]) {
    app.get(path, hidden, async (request, reply) => fileOr404(pathAsked(request), request, reply));
  }
  return sendMissing;
}

/** Those beside the pages: icons, `robots.txt`, scripts that come before all others. */
function filesAtTheTop(site: Site): string[] {
  return [...site].filter(([path, file]) => !file.isPage && /^\/[^/]+$/.test(path)).map(([path]) => path);
}

function send(
  file: SiteFile,
  status: number,
  request: FastifyRequest,
  reply: FastifyReply,
  publicUrl: string | null,
): FastifyReply {
  const encoding = bestEncoding(request.headers['accept-encoding'], new Set(file.packed.keys()));
  const form = (encoding === null ? undefined : file.packed.get(encoding)) ?? file.plain;
  reply.headers(HEADERS);
  if (request.protocol === 'https' || publicUrl?.startsWith('https:') === true) {
    reply.header('strict-transport-security', `max-age=${YEAR_SECONDS}`);
  }
  reply.header('etag', form.etag);
  if (!reply.hasHeader('cache-control'))
    reply.header('cache-control', file.immutable ? `public, max-age=${YEAR_SECONDS}, immutable` : 'no-cache');
  if (file.packed.size > 0) {
    const varies = reply.getHeader('vary');
    reply.header('vary', varies === undefined ? 'Accept-Encoding' : `${varies}, Accept-Encoding`);
  }
  if (status === 200 && isKnown(request.headers['if-none-match'], form.etag)) {
    return reply.code(304).send();
  }
  if (encoding !== null) reply.header('content-encoding', encoding);
  return reply.code(status).type(file.type).send(form.bytes);
}

/** As it was sent: no other spelling of a path is a path of the site. */
function pathAsked({ url }: FastifyRequest): string {
  return url.split('?', 1)[0] ?? '/';
}

function isLook({ method }: FastifyRequest): boolean {
  return method === 'GET' || method === 'HEAD';
}

function notThere(): Fault {
  return new Fault('route_not_found', 'There is nothing at this path. /openapi.json lists what there is.');
}

const API = 'The API is here all the same: /openapi.json lists its calls, /healthz says that it works.\n';
const WHY: Readonly<Record<Extract<SiteOrNone, string>, string>> = {
  'switched off': `Kanda is running, without its pages: KANDA_WEB is off.\n${API}`,
  'not built': `Kanda is running, but its pages are not built. In the repository, npm start builds them; so does\n\n    npm run build -w @kanda/web\n\nand then a restart.\n${API}`,
};
