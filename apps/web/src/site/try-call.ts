import type { Account } from './account.ts';
import { addCopyButtons } from './copy-buttons.ts';
import { element } from './elements.ts';

/** What the page says about a call, in its `data-call`. */
interface Call {
  readonly method: string;
  readonly path: string;
  readonly body: unknown;
  readonly bearer: boolean;
}

/** A key that was pasted: for this page's calls, in its memory alone. */
let pastedKey = '';

/** Puts "Send request" under each call of the reference. */
export function addTryButtons(places: readonly HTMLElement[], account: Account | null): void {
  for (const place of places) {
    const call = JSON.parse(place.dataset.call ?? '{}') as Call;
    const button = element('button', { type: 'button', className: 'button' }, 'Send request…');
    button.addEventListener('click', () => {
      const form = requestForm(call, account);
      button.replaceWith(form);
      form.querySelector<HTMLElement>('input, textarea, button')?.focus();
    });
    place.append(button);
    place.hidden = false;
  }
}

function requestForm(call: Call, account: Account | null): HTMLFormElement {
  const path = element('input', { value: call.path, spellcheck: false, autocomplete: 'off', required: true });
  const key = element('input', {
    type: 'password',
    value: pastedKey,
    autocomplete: 'off',
    placeholder: account === null ? 'kan_… or a token' : 'Empty: your session',
  });
  const body = element('textarea', {
    value: call.body === null ? '' : JSON.stringify(call.body, null, 2),
    rows: call.body === null ? 0 : JSON.stringify(call.body, null, 2).split('\n').length,
    spellcheck: false,
  });
  const send = element(
    'button',
    { className: `button ${call.method === 'DELETE' ? 'danger' : 'primary'}` },
    `Send ${call.method}`,
  );
  const outcome = element('div', { className: 'outcome', ariaLive: 'polite' });
  const form = element(
    'form',
    { className: 'try' },
    labelled('Path', path),
    ...(call.bearer ? [labelled('Bearer', key)] : []),
    ...(call.body === null ? [] : [labelled('Body', body)]),
    element('p', { className: 'fine' }, hint(call, account)),
    send,
    outcome,
  );
  form.addEventListener('submit', async (event) => {
    event.preventDefault();
    pastedKey = key.value.trim();
    send.disabled = true;
    outcome.replaceChildren(await answerTo(call, path.value, body.value));
    send.disabled = false;
  });
  return form;
}

function hint({ method, bearer }: Call, account: Account | null): string {
  const real = method === 'GET' ? '' : 'This changes what this server holds. ';
  if (!bearer) return `${real}No bearer is needed.`;
  return account === null
    ? `${real}A key stays in this page’s memory, and is gone when you leave it.`
    : `${real}You are signed in as ${account.email}; a key put here is used in place of that, and kept nowhere.`;
}

async function answerTo(call: Call, path: string, body: string): Promise<HTMLElement> {
  // Only this server is ever asked, whatever was typed.
  const address = new URL(path, location.origin);
  if (address.origin !== location.origin)
    return element('p', {}, 'The path must begin with / and stay on this server.');
  const headers = new Headers({ accept: 'application/json' });
  if (call.bearer && pastedKey !== '') headers.set('authorization', `Bearer ${pastedKey}`);
  if (call.body !== null) headers.set('content-type', 'application/json');
  const begun = performance.now();
  try {
    const answer = await fetch(address, {
      method: call.method,
      headers,
      ...(call.body === null ? {} : { body }),
    });
    const text = await answer.text();
    const took = Math.round(performance.now() - begun);
    const title = element('figcaption', {}, `${answer.status} ${answer.statusText} · ${took} ms`);
    const code = element('code', {}, readable(text) || 'No body');
    const figure = element(
      'figure',
      { className: 'code answer' },
      title,
      element('pre', { tabIndex: 0 }, code),
    );
    const shown = element('div', {}, ...pictureIn(text), figure);
    addCopyButtons(shown);
    return shown;
  } catch {
    return element('p', {}, 'The server cannot be reached.');
  }
}

/** The QR code of an answer, as a phone can scan it. Nothing but a PNG is shown, whatever an answer has at this name. */
function pictureIn(text: string): HTMLImageElement[] {
  const src = /"qrDataUrl": ?"(data:image\/png;base64,[A-Za-z0-9+/=]+)"/.exec(text)?.[1];
  return src === undefined
    ? []
    : [element('img', { src, alt: 'The QR code of this answer', className: 'qr' })];
}

function readable(text: string): string {
  try {
    return JSON.stringify(JSON.parse(text), null, 2);
  } catch {
    return text;
  }
}

function labelled(name: string, field: HTMLElement): HTMLLabelElement {
  return element('label', {}, element('span', {}, name), field);
}
