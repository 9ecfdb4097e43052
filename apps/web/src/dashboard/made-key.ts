/**
 * The API key that was made last in this page, for the snippets that follow. In the page's memory alone: it is gone when the
 * page is loaded anew or left, as it is for another half, and for another account.
 */
let made: string | null = null;

export function noteMadeKey(apiKey: string): void {
  made = apiKey;
}

/** null: none was made since the page was loaded. */
export function madeKey(): string | null {
  return made;
}
