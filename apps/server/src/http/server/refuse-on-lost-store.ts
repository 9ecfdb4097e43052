import { storeWentBack } from '../../domain/errors.ts';
import type { App } from './types.ts';

/** The process is alive, and what it has done is known. */
const ANSWERED = new Set(['/healthz', '/metrics']);

/** Refuses every call, readiness too, while the store is not the one, or not as new as the one, that the server had. */
export function refuseOnLostStore(app: App, lostStore: () => string | null): void {
  app.addHook('onRequest', (request, _reply, done) => {
    if (lostStore() === null || ANSWERED.has(request.routeOptions.url ?? '')) done();
    else done(storeWentBack());
  });
}
