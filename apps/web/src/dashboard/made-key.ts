import type { NewApiKey, Scope } from './api.ts';

/**
 * The API key that was made last in this page, for the snippets that follow. In the page's memory alone: it is gone when the
 * page is loaded anew or left, as it is for another half, and for another account.
 */
let made: NewApiKey | null = null;

/** What the snippets do. */
const NEEDED: readonly Scope[] = ['totp:write', 'totp:validate'];

/** Of a key that the snippets cannot use, nothing is noted. */
export function noteMadeKey(key: NewApiKey): void {
  if (NEEDED.every((scope) => key.scopes.includes(scope))) made = key;
}

/** To be called when a key is revoked. */
export function forgetMadeKey(id: string): void {
  if (made?.id === id) made = null;
}

/** null: none that they can use was made since the page was loaded. */
export function madeKey(): string | null {
  return made?.apiKey ?? null;
}
