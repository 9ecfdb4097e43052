/**
 * Templates that escape by construction. What is put into one is escaped for the place where it is put: text, the value
 * of an attribute, or a URL. Where no value can be safe (a script, a style, an event handler, an attribute without
 * quotes), the template itself is refused.
 */

type Kind = 'markup' | 'attributes' | 'url';

/** What may be put in as it is, since a function of this file made it. */
class Safe<K extends Kind = Kind> {
  readonly kind: K;
  readonly text: string;

  /** For this file alone: everything else makes one by `html`, `attributes` or a function for URLs. */
  constructor(kind: K, text: string) {
    this.kind = kind;
    this.text = text;
  }
}

export type Html = Safe<'markup'>;
export type Attributes = Safe<'attributes'>;
export type Url = Safe<'url'>;
type HtmlValue = string | number | null | Safe | readonly Html[];

/** Where a value is put. */
type Place = 'text' | 'attributes' | 'value' | 'url';

const URL_ATTRIBUTES: ReadonlySet<string> = new Set(['href', 'src', 'action']);

/** Of each template, which is read once. */
const placesOf = new WeakMap<TemplateStringsArray, readonly Place[]>();

/**
 * HTML with its values escaped.
 * @throws TypeError when a value has no place where it is put, as a string where a URL belongs
 */
export function html(strings: TemplateStringsArray, ...values: readonly HtmlValue[]): Html {
  let places = placesOf.get(strings);
  if (places === undefined) {
    places = readPlaces(strings);
    placesOf.set(strings, places);
  }
  let text = strings[0] ?? '';
  for (const [index, value] of values.entries()) {
    text += put(value, places[index] ?? 'text') + (strings[index + 1] ?? '');
  }
  return new Safe('markup', text);
}

/** Attributes that are there or not: null and false leave one out, true gives it no value. */
export function attributes(named: Readonly<Record<string, string | boolean | null>>): Attributes {
  let text = '';
  for (const [name, value] of Object.entries(named)) {
    if (!/^[a-z][a-z-]*$/.test(name) || !takesText(name) || URL_ATTRIBUTES.has(name)) {
      throw new TypeError(`The attribute ${name} takes no text.`);
    }
    if (value === null || value === false) continue;
    text += value === true ? ` ${name}` : ` ${name}="${escaped(value)}"`;
  }
  return new Safe('attributes', text);
}

/**
 * A style of ours, as it is: its text is no one's input.
 * @throws TypeError when it would end the element
 */
export function styleElement(css: string): Html {
  if (css.includes('<')) throw new TypeError('A style has no "<".');
  return new Safe('markup', `<style>${css}</style>`);
}

/** A page of another server, by http or https; null for anything else. */
export function webUrl(url: string): Url | null {
  return urlOf(url, ['http:', 'https:']);
}

/** What an authenticator app opens; null for anything else. */
export function authenticatorUrl(url: string): Url | null {
  return urlOf(url, ['otpauth:']);
}

/**
 * A path of this server.
 * @throws TypeError for what a browser could take for the address of another one
 */
export function ownPath(path: string): Url {
  if (!/^\/(?![/\\])[^\s\\]*$/.test(path)) throw new TypeError('A form is sent to a path of this server.');
  return new Safe('url', path);
}

/** A raster image within the page; null for anything else: an SVG is a document of its own. */
export function rasterData(url: string): Url | null {
  return /^data:image\/(?:png|jpeg|webp|gif);base64,[A-Za-z0-9+/]+={0,2}$/.test(url)
    ? new Safe('url', url)
    : null;
}

function urlOf(url: string, protocols: readonly string[]): Url | null {
  const parsed = URL.parse(url);
  return parsed !== null && protocols.includes(parsed.protocol) ? new Safe('url', parsed.href) : null;
}

function put(value: HtmlValue, place: Place): string {
  if (value === null) {
    if (place === 'text') return '';
  } else if (typeof value === 'string' || typeof value === 'number') {
    if (place === 'text' || place === 'value') return escaped(String(value));
  } else if (value instanceof Safe) {
    if (value.kind === 'markup' && place === 'text') return value.text;
    if (value.kind === 'attributes' && place === 'attributes') return value.text;
    if (value.kind === 'url' && place === 'url') return escaped(value.text);
  } else if (place === 'text') {
    return value.map((part) => put(part, 'text')).join('');
  }
  throw new TypeError(`This value cannot be put into the place "${place}".`);
}

const ESCAPES: Readonly<Record<string, string>> = {
  '&': '&amp;',
  '<': '&lt;',
  '>': '&gt;',
  '"': '&quot;',
  "'": '&#39;',
  '\0': '\uFFFD',
};

function escaped(text: string): string {
  return text.replaceAll(/[&<>"'\0]/g, (character) => ESCAPES[character] ?? '');
}

function takesText(name: string): boolean {
  return !name.startsWith('on') && !['style', 'srcdoc', 'srcset', 'formaction'].includes(name);
}

/** The place of each value, read from what is before it. */
function readPlaces(strings: TemplateStringsArray): Place[] {
  const places: Place[] = [];
  let before = '';
  for (const part of strings.slice(0, -1)) {
    before += part;
    places.push(placeAfter(before));
    // A value never opens or closes anything, so a letter takes its place for those that follow.
    before += placeAfter(before) === 'attributes' ? ' ' : 'x';
  }
  if (/<(?:script|style|iframe|object|embed|base|meta http)/i.test(strings.join('x'))) {
    throw new TypeError('A template has no script, style or frame.');
  }
  return places;
}

function placeAfter(before: string): Place {
  const tag = /<[^<>"]*(?:"[^"]*"[^<>"]*)*("[^"]*)?$/.exec(before);
  if (tag === null) return 'text';
  if (tag[1] === undefined) {
    if (!/^<[a-z][a-z0-9]*(?:\s|$)/.test(tag[0]) || /=\s*$/.test(before))
      throw new TypeError('A value needs quotes.');
    return 'attributes';
  }
  const name = /([a-z-]+)="[^"]*$/.exec(before)?.[1];
  if (name === undefined || !takesText(name)) throw new TypeError('This attribute takes no value.');
  if (!URL_ATTRIBUTES.has(name)) return 'value';
  if (tag[1] !== '"') throw new TypeError('A URL is put in whole.');
  return 'url';
}
