import { Fault } from '../domain/errors.ts';
import type { App } from './app.ts';

/** The page that each problem's `type` names. */
export function errorPages(app: App, pages: ReadonlyMap<string, string>): void {
  app.get<{ Params: { code: string } }>(
    '/docs/errors/:code',
    { schema: { hide: true } },
    async (request, reply) => {
      const page = pages.get(request.params.code);
      if (page === undefined) throw new Fault('route_not_found', 'There is no error with this code.');
      reply.header('x-content-type-options', 'nosniff');
      return reply.type('text/markdown; charset=utf-8').send(page);
    },
  );
}
