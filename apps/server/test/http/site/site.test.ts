/** The pages beside the API: which file is sent for which path, in which form, under which policy. */
import { mkdirSync, mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { dirname, join } from 'node:path';
import { brotliCompressSync, brotliDecompressSync, gunzipSync, gzipSync } from 'node:zlib';
import type { InjectOptions } from 'fastify';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { bestEncoding } from '../../../src/http/site/negotiate.ts';
import { readSite, type Site } from '../../../src/http/site/site-files.ts';
import { openRaw, request } from '../support/raw-request.ts';
import { expectProblem, startApp, type TestApp } from '../support/start-app.ts';

const FILES: Readonly<Record<string, string>> = {
  'index.html': 'the front page',
  'dashboard.html': 'the dashboard',
  'signin.html': 'the sign-in',
  'signup.html': 'the sign-up',
  '404.html': 'nothing here',
  'docs/index.html': 'the documentation',
  'docs/start/quickstart.html': 'quickstart',
  'docs/errors/client_exists.html': 'client_exists for people',
  'docs/search.json': '[]',
  'assets/front-1a2b3c4d.js': 'console.log("front")',
  'assets/font-1a2b3c4d.woff2': 'not packed again',
  'favicon.svg': '<svg/>',
  'theme.js': 'theme',
};
const PAGE = { accept: 'text/html,application/xhtml+xml,*/*;q=0.8' };

let folder: string;
let site: Site;
let kanda: TestApp;

beforeAll(async () => {
  folder = mkdtempSync(join(tmpdir(), 'kanda-site-'));
  for (const [name, text] of Object.entries(FILES)) {
    const path = join(folder, 'dist', name);
    mkdirSync(dirname(path), { recursive: true });
    writeFileSync(path, text);
    if (name.endsWith('.woff2')) continue;
    writeFileSync(`${path}.br`, brotliCompressSync(text));
    writeFileSync(`${path}.gz`, gzipSync(text));
  }
  writeFileSync(join(folder, 'secret.txt'), 'not of the site');
  const read = readSite(join(folder, 'dist'));
  if (read === null) throw new Error('there is a dashboard.html');
  site = read;
  kanda = await startApp({ site });
});
afterAll(async () => {
  await kanda.close();
  rmSync(folder, { recursive: true, force: true });
});

const get = (url: string, headers: InjectOptions['headers'] = PAGE, app = kanda) =>
  app.call('GET', url, undefined, { headers });

describe('a path', () => {
  test.each([
    ['/?utm_source=x', 'the front page'],
    ['/docs', 'the documentation'],
    ['/docs/start/quickstart', 'quickstart'],
    ['/docs/errors/client_exists', 'client_exists for people'],
    ['/docs/search.json', '[]'],
    ['/dashboard', 'the dashboard'],
    ['/dashboard/clients/alice%40example.com', 'the dashboard'],
    ['/signup', 'the sign-up'],
    ['/signin?next=/dashboard/keys', 'the sign-in'],
    ['/assets/front-1a2b3c4d.js', 'console.log("front")'],
    ['/favicon.svg', '<svg/>'],
    ['/theme.js', 'theme'],
  ])('%s is %s', async (path, text) => {
    const answer = await get(path);
    expect([answer.statusCode, answer.body]).toEqual([200, text]);
    const head = await kanda.call('HEAD', path, undefined, { headers: PAGE });
    expect([head.statusCode, head.body]).toEqual([200, '']);
    for (const name of ['content-type', 'content-length', 'etag', 'cache-control']) {
      expect(head.headers[name], name).toBe(answer.headers[name]);
    }
  });

  test.each([
    ['/docs/', '/docs'],
    ['/docs/start/quickstart/', '/docs/start/quickstart'],
  ])('%s leads to %s', async (path, target) => {
    const answer = await get(path);
    expect([answer.statusCode, answer.headers.location]).toEqual([308, target]);
  });

  test('that is not there is a page for people, and a problem for programs', async () => {
    for (const path of [
      '/nothing',
      '/docs/nothing',
      '/docs/errors/nothing',
      '/assets/nothing.js',
      '/index.html',
    ]) {
      const page = await get(path);
      expect([page.statusCode, page.body, page.headers['content-type']], path).toEqual([
        404,
        'nothing here',
        'text/html; charset=utf-8',
      ]);
      for (const accept of ['*/*', 'application/json', 'text/html;q=0, */*', undefined]) {
        expectProblem(await get(path, accept === undefined ? {} : { accept }), 404, 'route_not_found');
      }
    }
    expectProblem(await kanda.call('POST', '/nothing', {}, { headers: PAGE }), 404, 'route_not_found');
  });

  test('under /api is a problem for everybody', async () => {
    for (const path of ['/api', '/api/', '/api/nothing', '/api/nothing?x']) {
      expectProblem(await get(path), 404, 'route_not_found');
    }
    expectProblem(await get('/api/totp/clients'), 401, 'credentials_missing');
  });

  test('of an error is Markdown for programs', async () => {
    for (const headers of [{}, { accept: '*/*' }, { accept: 'text/markdown' }]) {
      const answer = await get('/docs/errors/client_exists', headers);
      expect(answer.headers['content-type']).toBe('text/markdown; charset=utf-8');
      expect(answer.body).toMatch(/^# client_exists/);
      expect(answer.headers.vary).toBe('Accept');
    }
    const page = await get('/docs/errors/client_exists');
    expect(page.headers.vary).toBe('Accept, Accept-Encoding');
  });
});

test('nothing but the files of the site can be asked for, however the path is spelt', async () => {
  const send = await openRaw(kanda);
  const up = ['..', '%2e%2e', '%2E.', '..%2f', '..%5c', '.%00.', '%c0%ae%c0%ae'];
  const paths = up.flatMap((part) => [
    `/${part}/secret.txt`,
    `/assets/${part}/${part}/secret.txt`,
    `/assets/${part}%2fsecret.txt`,
    `/docs/${part}/${part}/secret.txt`,
    `/docs/errors/${part}%2f${part}%2fsecret.txt`,
    `//${part}/secret.txt`,
  ]);
  const odd = [
    '/assets/',
    '/assets',
    '/assets/front-1a2b3c4d.js.br',
    '/assets//front-1a2b3c4d.js',
    '//evil.example/..',
  ];
  for (const path of [...paths, ...odd, '/__proto__', '/docs/constructor', '/assets/%66ront-1a2b3c4d.js']) {
    const answer = await send(request('GET', path, ['Accept: text/html']));
    expect([400, 404], path).toContain(answer.status);
    expect(answer.body, path).not.toContain('not of the site');
  }
});

describe('the form', () => {
  const text = 'console.log("front")';
  const asset = '/assets/front-1a2b3c4d.js';
  const packedAs = async (accepted: string | undefined) => {
    const headers = accepted === undefined ? {} : { 'accept-encoding': accepted };
    const answer = await get(asset, headers);
    const encoding = answer.headers['content-encoding'];
    const bytes = answer.rawPayload;
    const unpacked =
      encoding === 'br' ? brotliDecompressSync(bytes) : encoding === 'gzip' ? gunzipSync(bytes) : bytes;
    expect(unpacked.toString()).toBe(text);
    expect(answer.headers['content-length']).toBe(String(bytes.length));
    expect(answer.headers.vary).toBe('Accept-Encoding');
    return { encoding, etag: answer.headers.etag };
  };

  test('is the one that the browser takes and that is smallest, each with a tag of its own', async () => {
    const brotli = await packedAs('gzip, deflate, br, zstd');
    const gzip = await packedAs('gzip, deflate');
    const plain = await packedAs(undefined);
    expect([brotli.encoding, gzip.encoding, plain.encoding]).toEqual(['br', 'gzip', undefined]);
    expect(new Set([brotli.etag, gzip.etag, plain.etag]).size).toBe(3);
  });

  test.each([
    ['', null],
    ['deflate', null],
    ['br;q=0, gzip', 'gzip'],
    ['br;q=0.5, gzip;q=0.9', 'gzip'],
    ['*', 'br'],
    ['*;q=0', null],
    ['br;q=0, *', 'gzip'],
    ['gzip;q=0.3, identity;q=0.8', null],
    ['BR', 'br'],
    ['br;q=nonsense, gzip;q=0.1', 'gzip'],
  ])('for "%s" is %s', (accepted, encoding) => {
    expect(bestEncoding(accepted, new Set(['br', 'gzip']))).toBe(encoding);
  });

  test('of a file that was not packed is the file, and varies with nothing', async () => {
    const { headers } = await get('/assets/font-1a2b3c4d.woff2', { 'accept-encoding': 'br, gzip' });
    expect(headers['content-type']).toBe('font/woff2');
    expect(headers).not.toHaveProperty('content-encoding');
    expect(headers).not.toHaveProperty('vary');
  });
});

describe('a browser that comes again', () => {
  test('need not ask for what has a hash in its name', async () => {
    const { headers } = await get('/assets/front-1a2b3c4d.js');
    expect(headers['cache-control']).toBe('public, max-age=31536000, immutable');
  });

  test.each(['/', '/docs', '/docs/start/quickstart', '/theme.js'])(
    'asks for %s, and learns in a few bytes that it is the same',
    async (path) => {
      const first = await get(path);
      expect(first.headers['cache-control']).toBe('no-cache');
      const tag = String(first.headers.etag);
      for (const known of [tag, `W/${tag}`, `"other", ${tag}`, '*']) {
        const again = await get(path, { ...PAGE, 'if-none-match': known });
        expect([again.statusCode, again.body, again.headers.etag]).toEqual([304, '', tag]);
      }
      expect((await get(path, { ...PAGE, 'if-none-match': '"other"' })).statusCode).toBe(200);
    },
  );
});

describe('every page', () => {
  const pages = ['/', '/docs', '/docs/errors/client_exists', '/dashboard/keys', '/signin', '/nothing'];

  test.each(pages)('%s comes under a policy without exceptions', async (path) => {
    const { headers } = await get(path);
    expect(headers['content-security-policy']).toBe(
      "default-src 'none'; script-src 'self'; style-src 'self'; img-src 'self' data:; font-src 'self'; " +
        "connect-src 'self'; manifest-src 'self'; form-action 'self'; base-uri 'none'; frame-ancestors 'none'",
    );
    expect(headers).toMatchObject({
      'content-type': 'text/html; charset=utf-8',
      'cross-origin-opener-policy': 'same-origin',
      'cross-origin-resource-policy': 'same-origin',
      'cross-origin-embedder-policy': 'require-corp',
      'permissions-policy': expect.stringContaining('camera=()'),
      'referrer-policy': 'no-referrer',
      'x-content-type-options': 'nosniff',
    });
    expect(headers).not.toHaveProperty('set-cookie');
    expect(headers).not.toHaveProperty('access-control-allow-origin');
  });

  test('tells browsers to come by HTTPS from now on, once it came so', async () => {
    expect((await get('/')).headers).not.toHaveProperty('strict-transport-security');
    const secure = await startApp({ site, publicUrl: 'https://kanda.example.com' });
    expect((await get('/', PAGE, secure)).headers['strict-transport-security']).toBe('max-age=31536000');
    await secure.close();
    const proxied = await startApp({ site, trustedProxies: ['127.0.0.1'] });
    const headers = { ...PAGE, 'x-forwarded-proto': 'https' };
    expect((await get('/', headers, proxied)).headers).toHaveProperty('strict-transport-security');
    await proxied.close();
  });
});

describe('without a site', () => {
  test.each([
    ['switched off', 'KANDA_WEB is off'],
    ['not built', 'npm run build -w @kanda/web'],
  ] as const)('that is %s, / says so, and nothing else is a page', async (none, says) => {
    const app = await startApp({ site: none });
    const answer = await get('/', PAGE, app);
    expect([answer.statusCode, answer.headers['content-type']]).toEqual([200, 'text/plain; charset=utf-8']);
    expect(answer.body).toContain(says);
    expect(answer.body).toContain('/openapi.json');
    for (const path of ['/dashboard', '/docs', '/nothing']) {
      expectProblem(await get(path, PAGE, app), 404, 'route_not_found');
    }
    expect((await get('/docs/errors/internal', PAGE, app)).headers['content-type']).toMatch(
      /^text\/markdown/,
    );
    await app.close();
  });

  test('a folder without a dashboard is no site', () => {
    expect(readSite(join(folder, 'nowhere'))).toBeNull();
    expect(readSite(folder)).toBeNull();
  });
});

describe('/.well-known/security.txt', () => {
  test('names whom to tell, for as long as RFC 9116 allows', async () => {
    const app = await startApp({
      securityContact: 'mailto:security@example.com',
      publicUrl: 'https://kanda.example.com',
    });
    const answer = await get('/.well-known/security.txt', {}, app);
    expect(answer.headers['content-type']).toBe('text/plain; charset=utf-8');
    expect(answer.body).toBe(
      'Contact: mailto:security@example.com\nExpires: 2026-05-01T00:00:00.000Z\n' +
        'Canonical: https://kanda.example.com/.well-known/security.txt\n',
    );
    await app.close();
  });

  test('is not there when no one is named: no address is made up', async () => {
    expectProblem(await get('/.well-known/security.txt', {}), 404, 'route_not_found');
  });
});
