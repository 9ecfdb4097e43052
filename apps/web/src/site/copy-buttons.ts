import { all, element } from './elements.ts';
import { wholeText } from './own-values.ts';

const COPIED_MS = 2_000;

/** Gives each block of code its button. Without the script there is none, so none can lie. */
export function addCopyButtons(within: ParentNode = document): void {
  for (const figure of all('figure.code', within)) {
    const code = figure.querySelector('code');
    const caption = figure.querySelector('figcaption');
    if (code === null || caption === null || caption.querySelector('button') !== null) continue;
    const button = element('button', { type: 'button', className: 'copy', ariaLive: 'polite' }, 'Copy');
    button.addEventListener('click', () => void copy(code, button));
    caption.append(button);
  }
}

async function copy(code: HTMLElement, button: HTMLButtonElement): Promise<void> {
  try {
    await navigator.clipboard.writeText(wholeText(code));
    say(button, 'Copied');
  } catch {
    // Over plain HTTP browsers refuse: the text is left selected for the keyboard.
    getSelection()?.selectAllChildren(code);
    say(button, /Mac|iPhone|iPad/.test(navigator.userAgent) ? 'Press ⌘C' : 'Press Ctrl+C');
  }
}

function say(button: HTMLButtonElement, words: string): void {
  button.textContent = words;
  setTimeout(() => {
    if (button.textContent === words) button.textContent = 'Copy';
  }, COPIED_MS);
}
