import { Problem } from '../api/problem.ts';
import { problemWords } from '../dashboard/problem-words.ts';
import { element } from '../site/elements.ts';

/** The one element that the selector finds. @throws when the page has none, which the build would have to repair */
export function found<Found extends Element>(selector: string, within: ParentNode = document): Found {
  const first = within.querySelector<Found>(selector);
  if (first === null) throw new Error(`This page has no ${selector}.`);
  return first;
}

/** A part that the page has in store, as `<template data-part="…">`, put in the place of what is there. */
export function showPart(name: string): HTMLElement {
  const place = found<HTMLElement>('[data-place]');
  const template = found<HTMLTemplateElement>(`template[data-part="${name}"]`);
  place.replaceChildren(template.content.cloneNode(true));
  return place;
}

/**
 * Has a form send by this function alone, one at a time. What is refused is put above it and takes the focus.
 * @param busy what the button says meanwhile
 */
export function wireForm(form: HTMLFormElement, busy: string, act: () => Promise<void>): void {
  const button = found<HTMLButtonElement>('button[type="submit"]', form);
  const words = button.textContent ?? '';
  for (const toggle of form.querySelectorAll<HTMLButtonElement>('[data-show]')) addShow(toggle, form);
  form.addEventListener('submit', async (event) => {
    event.preventDefault();
    if (button.disabled) return;
    button.disabled = true;
    button.textContent = busy;
    form.previousElementSibling?.replaceChildren();
    try {
      await act();
    } catch (error) {
      refuse(form, error);
    }
    button.disabled = false;
    button.textContent = words;
  });
  // Until now no script would have sent it, and the browser would have done it by itself.
  button.disabled = false;
}

/**
 * Empties the fields when the page is left. A browser keeps the page as it is and shows it again with Back: to the next person
 * at the machine, with address, password and code. Taken out again it begins anew, since its script has the password, too.
 */
export function emptyWhenLeft(): void {
  addEventListener('pagehide', () => {
    for (const input of document.querySelectorAll('input')) input.value = '';
  });
  addEventListener('pageshow', ({ persisted }) => {
    if (persisted) location.reload();
  });
}

/** A password can be looked at, until its form is sent: what a browser then offers to keep has to be one to it. */
function addShow(toggle: HTMLButtonElement, form: HTMLFormElement): void {
  const input = found<HTMLInputElement>('input', toggle.parentElement ?? form);
  const set = (shown: boolean) => {
    input.type = shown ? 'text' : 'password';
    found('[data-word]', toggle).textContent = shown ? 'Hide' : 'Show';
  };
  toggle.addEventListener('click', () => set(input.type === 'password'));
  form.addEventListener('submit', () => set(false));
}

function refuse(form: HTMLFormElement, error: unknown): void {
  const summary = form.previousElementSibling;
  if (!(summary instanceof HTMLElement)) return;
  const requestId = error instanceof Problem ? error.requestId : null;
  const words = element('div', { role: 'alert' }, element('p', {}, problemWords(error)));
  if (requestId !== null)
    words.append(element('p', { className: 'request' }, 'Request ', element('code', {}, requestId)));
  summary.replaceChildren(words);
  summary.focus();
}

/** Says what is wrong with a field below it, or that nothing is. */
export function mark(input: HTMLInputElement, error: string | null): void {
  const id = `${input.id}-error`;
  document.getElementById(id)?.remove();
  input.removeAttribute('aria-invalid');
  const described = (input.getAttribute('aria-describedby') ?? '').split(' ').filter((each) => each !== id);
  if (error !== null) {
    const words = element('p', { id, className: 'error', role: 'alert' }, error);
    input.closest('.field')?.append(words);
    input.ariaInvalid = 'true';
    described.push(id);
  }
  const ids = described.filter(Boolean).join(' ');
  if (ids === '') input.removeAttribute('aria-describedby');
  else input.setAttribute('aria-describedby', ids);
}
