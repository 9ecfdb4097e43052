import type { Middleware } from 'openapi-fetch';

const HEADER = 'Kanda-Account';

/** Who signs out wants no session left in this browser, whosever it is. */
const FOR_ANYBODY = '/api/auth/logout';

let acting: string | null = null;

/** @param id the account whose data the page shows; null: none yet */
export function actFor(id: string | null): void {
  acting = id;
}

/**
 * For whom a request is meant. All tabs share one cookie, and another tab may have signed in as another person a moment ago:
 * the server refuses then what was typed on this page.
 */
export function accountHeader(): Record<string, string> {
  return acting === null ? {} : { [HEADER]: acting };
}

/** Has every change say for whom it is meant. */
export const forItsAccount: Middleware = {
  onRequest({ request, schemaPath }) {
    if (request.method === 'GET' || schemaPath === FOR_ANYBODY) return request;
    for (const [name, value] of Object.entries(accountHeader())) request.headers.set(name, value);
    return request;
  },
};

/** @param told called when a change was refused because the session is not, or no longer, one of this account */
export function onRefusedSession(told: () => void): Middleware {
  return {
    async onResponse({ request, response }) {
      if (response.status !== 401 || !request.headers.has(HEADER)) return;
      const { code } = await response
        .clone()
        .json()
        .catch(() => ({ code: null }));
      if (code === 'token_invalid') told();
    },
  };
}
