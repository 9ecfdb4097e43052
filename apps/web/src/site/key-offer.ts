import type { Account } from './account.ts';
import { all, element } from './elements.ts';
import { fillInKey } from './own-values.ts';

const DAYS = 90;
const DAY_MS = 86_400_000;

/** Offers who is signed in a key for the snippets of this page. It stays in this page's memory and nowhere else. */
export function offerKey(account: Account | null): void {
  if (!account?.scopes.includes('keys:write') || all('[data-fill="key"]').length === 0) return;
  for (const place of all('[data-key-offer]')) {
    const button = element(
      'button',
      { type: 'button', className: 'button' },
      'Make a key for these snippets',
    );
    const words = element(
      'span',
      { role: 'status' },
      `It ends after ${DAYS} days, and is in the list of your keys.`,
    );
    button.addEventListener('click', async () => {
      button.disabled = true;
      try {
        fillInKey(await makeKey());
        words.textContent =
          'The snippets hold your key: masked on the screen, whole in what you copy. Leave this page and it is gone.';
        button.remove();
      } catch (error) {
        words.textContent = error instanceof Error ? error.message : String(error);
        button.disabled = false;
      }
    });
    place.append(button, ' ', words);
    place.hidden = false;
  }
}

async function makeKey(): Promise<string> {
  const answer = await fetch('/api/keys', {
    method: 'POST',
    headers: { 'content-type': 'application/json' },
    body: JSON.stringify({
      name: 'Snippets of the documentation',
      expiresAt: new Date(Date.now() + DAYS * DAY_MS).toISOString(),
    }),
  });
  const body = (await answer.json()) as { apiKey?: string; detail?: string };
  if (!answer.ok || body.apiKey === undefined)
    throw new Error(body.detail ?? `The server answered ${answer.status}.`);
  return body.apiKey;
}
