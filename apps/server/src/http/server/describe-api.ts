import { createApp } from './app.ts';
import type { Services } from './services.ts';

/** The OpenAPI document of the routes, without a store: no route is called, only read. */
export async function describeApi(): Promise<object> {
  // What `createApp` itself looks at is there; the rest only handlers use.
  const noServices = { store: {} } as Services;
  const app = await createApp(noServices, {
    log: { requests: false, info() {}, error() {} },
    trustedProxies: [],
    rateLimit: null,
    publicUrl: null,
    bootId: 'openapi',
    errorPages: new Map(),
  });
  const document = app.swagger();
  await app.close();
  return document;
}
