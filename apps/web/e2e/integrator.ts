/**
 * The application of someone who uses Kanda's links: a server of its own that makes links, and redeems what a browser
 * brings back. All that it hears and says is kept, so that a test can search it for what it must never learn.
 */
import { createServer, type IncomingMessage, type Server } from 'node:http';
import type { AddressInfo } from 'node:net';
import type { SignedIn } from './signed-in.ts';

export interface Integrator {
  readonly origin: string;
  /** Requests with their headers and bodies, and answers of Kanda, each as it came. */
  readonly traffic: readonly string[];
  /** The headers of those that browsers sent to `/back`. */
  readonly visits: readonly IncomingMessage['headers'][];
  /** Makes a link that leads back to `/back`; gives its URL. */
  link(body: object): Promise<string>;
  end(): Promise<void>;
}

export async function startIntegrator(account: SignedIn, kanda: string): Promise<Integrator> {
  const scopes = ['totp:write', 'totp:validate', 'totp:read'];
  const { apiKey } = await account.call('POST', '/api/keys', { name: 'integrator', scopes });
  const traffic: string[] = [];
  const visits: IncomingMessage['headers'][] = [];
  const call = async (path: string, body: object): Promise<Record<string, unknown>> => {
    const headers = { authorization: `Bearer ${apiKey}`, 'content-type': 'application/json' };
    const answer = await fetch(`${kanda}${path}`, { method: 'POST', headers, body: JSON.stringify(body) });
    const text = await answer.text();
    traffic.push(`${path} ${JSON.stringify(body)}`, `${JSON.stringify([...answer.headers])} ${text}`);
    if (!answer.ok) throw new Error(`${path}: ${answer.status} ${text}`);
    return JSON.parse(text) as Record<string, unknown>;
  };
  const server = createServer((request, response) => {
    traffic.push(`${request.method} ${request.url} ${JSON.stringify(request.rawHeaders)}`);
    const url = new URL(request.url ?? '/', 'http://integrator');
    response.setHeader('content-type', 'text/html; charset=utf-8');
    if (url.pathname === '/frame') {
      const src = (url.searchParams.get('src') ?? '').replaceAll('"', '');
      response.end(
        `<!doctype html><title>Framed</title><iframe src="${src}" width="600" height="600"></iframe>`,
      );
      return;
    }
    if (url.pathname !== '/back') {
      response.writeHead(404).end();
      return;
    }
    visits.push(request.headers);
    call('/api/totp/links/redeem', { result: url.searchParams.get('result') }).then(
      (redeemed) =>
        response.end(page(`Welcome back, ${String(redeemed.clientId)}: ${String(redeemed.purpose)}`)),
      (error: Error) => response.writeHead(403).end(page(error.message)),
    );
  });
  const origin = `http://127.0.0.1:${await listen(server)}`;
  await account.call('PUT', '/api/hosted-pages', { name: 'MyApp', returnOrigins: [origin] });
  return {
    origin,
    traffic,
    visits,
    link: async (body) =>
      String((await call('/api/totp/links', { returnUrl: `${origin}/back?state=1`, ...body })).url),
    end: () => new Promise<void>((resolve) => server.close(() => resolve())),
  };
}

function page(text: string): string {
  return `<!doctype html><title>MyApp</title><h1>${text.replaceAll(/[<>&]/g, '')}</h1>`;
}

function listen(server: Server): Promise<number> {
  return new Promise((resolve) => {
    server.listen(0, '127.0.0.1', () => resolve((server.address() as AddressInfo).port));
  });
}
