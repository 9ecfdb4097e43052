import createClient from 'openapi-fetch';
import type { components, paths } from '../../../../packages/sdk/src/schema.d.ts';

/** A body or part of openapi.json by its name: `Schema<'Problem'>`. */
export type Schema<Name extends keyof components['schemas']> = components['schemas'][Name];

/**
 * The public API, typed by openapi.json. The session is a cookie that no script can read; the browser sends
 * it because the page and the API have one origin.
 */
export const api = createClient<paths>({ credentials: 'same-origin' });
