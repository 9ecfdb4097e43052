/**
 * Builds what Kanda sends, element by element, from lists of what there may be. No markup is given to the browser to
 * read, so a page's policy may have `require-trusted-types-for 'script'`, and an answer from someone in Kanda's place can show
 * text and fields but runs no script and reaches nothing outside of the element.
 */

/** The elements of Kanda's pages, with what they become here: the page around has its own first heading. */
const ELEMENTS: Readonly<Record<string, string>> = {
  ...{
    h1: 'h2',
    h2: 'h3',
    p: 'p',
    section: 'section',
    div: 'div',
    ul: 'ul',
    li: 'li',
    code: 'code',
    bdi: 'bdi',
  },
  ...{
    form: 'form',
    label: 'label',
    input: 'input',
    button: 'button',
    details: 'details',
    summary: 'summary',
  },
  ...{ a: 'a', img: 'canvas' },
};

const ATTRIBUTES: ReadonlySet<string> = new Set([
  ...['class', 'id', 'dir', 'role', 'open', 'for', 'name', 'required', 'autofocus'],
  ...['inputmode', 'autocomplete', 'autocapitalize', 'spellcheck'],
  ...['aria-labelledby', 'aria-describedby', 'aria-invalid', 'aria-label'],
]);

/** The parts that are named by their element; others have the classes of Kanda's pages as their names. */
const PARTS: Readonly<Record<string, string>> = {
  ...{ h1: 'heading', h2: 'subheading', p: 'text', input: 'field', label: 'label', img: 'qr-code' },
};

const REFERENCES: Readonly<Record<string, string>> = {
  ...{ amp: '&', lt: '<', gt: '>', quot: '"', '#39': "'" },
};

/** What a form is sent to, by the form: never an attribute, so that no form is sent but by the element. */
export const ACTIONS = new WeakMap<HTMLFormElement, string>();

/** The nodes of the markup. Attributes have double quotes; what is not in the lists is left out, with its text kept. */
export function build(markup: string): DocumentFragment {
  const root = document.createDocumentFragment();
  const open: { readonly name: string; readonly node: Node }[] = [];
  const pattern = /<(\/?)([a-z][a-z0-9]*)((?:\s+[a-z-]+(?:="[^"]*")?)*)\s*>|([^<]+)|</g;
  for (const [, slash, name, list, text] of markup.matchAll(pattern)) {
    const parent = open.at(-1)?.node ?? root;
    if (text !== undefined) parent.appendChild(document.createTextNode(unescaped(text)));
    if (name === undefined) continue;
    if (slash === '/') {
      if (open.at(-1)?.name === name) open.pop();
      continue;
    }
    const made = make(name, attributesIn(list ?? ''));
    if (made === null) continue;
    parent.appendChild(made);
    if (name !== 'input' && name !== 'img') open.push({ name, node: made });
  }
  return root;
}

function attributesIn(list: string): Map<string, string> {
  const found = [...list.matchAll(/\s+([a-z-]+)(?:="([^"]*)")?/g)];
  return new Map(found.map(([, name = '', value = '']) => [name, unescaped(value)]));
}

function unescaped(text: string): string {
  return text.replaceAll(/&(amp|lt|gt|quot|#39);/g, (whole, name: string) => REFERENCES[name] ?? whole);
}

function make(name: string, attributes: ReadonlyMap<string, string>): HTMLElement | null {
  const own = Object.hasOwn(ELEMENTS, name) ? ELEMENTS[name] : undefined;
  if (own === undefined) return null;
  const element = document.createElement(own);
  for (const [attribute, value] of attributes)
    if (ATTRIBUTES.has(attribute)) element.setAttribute(attribute, value);
  const parts = [PARTS[name], attributes.get('class')].filter((part) => part !== undefined && part !== '');
  if (parts.length > 0) element.setAttribute('part', parts.join(' '));
  if (element instanceof HTMLFormElement) ACTIONS.set(element, attributes.get('action') ?? '');
  if (element instanceof HTMLAnchorElement) leadTo(element, attributes.get('href') ?? '');
  if (element instanceof HTMLCanvasElement) draw(element, attributes);
  return element;
}

/** An app that has codes, or another page: no other scheme, above all none that is a script. */
function leadTo(link: HTMLAnchorElement, href: string): void {
  if (/^(?:otpauth|https?):/i.test(href)) link.href = href;
}

/** The QR code, drawn: `<img>` with a data URL would need a place in the page's `img-src`. */
function draw(canvas: HTMLCanvasElement, attributes: ReadonlyMap<string, string>): void {
  canvas.setAttribute('role', 'img');
  canvas.setAttribute('aria-label', attributes.get('alt') ?? '');
  const [, base64] =
    /^data:image\/png;base64,([A-Za-z0-9+/]+={0,2})$/.exec(attributes.get('src') ?? '') ?? [];
  if (base64 === undefined) return;
  const bytes = Uint8Array.from(atob(base64), (character) => character.charCodeAt(0));
  createImageBitmap(new Blob([bytes], { type: 'image/png' })).then(
    (image) => {
      canvas.width = image.width;
      canvas.height = image.height;
      canvas.getContext('2d')?.drawImage(image, 0, 0);
    },
    // The key is written beside it.
    () => canvas.remove(),
  );
}
