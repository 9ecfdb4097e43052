/**
 * An element. Names, of attributes too, are without their prefixes and in lower case: privacyIDEA writes all of them so,
 * whatever the schema says.
 */
export interface XmlElement {
  readonly name: string;
  readonly attributes: Readonly<Record<string, string>>;
  readonly children: readonly XmlElement[];
  /** What is written in it, without that of its children. */
  readonly text: string;
}

/** Why a text is not XML as it is read here; the message is a sentence with the line. */
export class XmlError extends Error {
  override name = 'XmlError';
}

const MAX_DEPTH = 64;
const NAME = /[A-Za-z_][\w.:-]*/y;
const ENTITIES: Readonly<Record<string, string>> = { lt: '<', gt: '>', amp: '&', quot: '"', apos: "'" };

interface Open {
  readonly full: string;
  readonly attributes: Record<string, string>;
  readonly children: XmlElement[];
  text: string;
}

/**
 * Reads XML 1.0 as far as files of keys need it: elements, attributes, text, CDATA, comments and processing
 * instructions, which are dropped. A document type declaration is refused, and so is every entity but the five of XML
 * itself, so nothing expands and nothing is fetched.
 *
 * @throws {XmlError}
 */
export function parseXml(source: string): XmlElement {
  return new XmlReader(source).read();
}

class XmlReader {
  readonly #source: string;
  #at = 0;

  constructor(source: string) {
    this.#source = source;
  }

  read(): XmlElement {
    const open: Open[] = [];
    let root: XmlElement | undefined;
    while (this.#at < this.#source.length) {
      this.#text(open.at(-1));
      if (this.#at >= this.#source.length) break;
      if (this.#aside(open.at(-1))) continue;
      const closed = this.#source.startsWith('</', this.#at) ? this.#close(open) : this.#open(open);
      if (closed === null) continue;
      const parent = open.at(-1);
      if (parent !== undefined) parent.children.push(closed);
      else if (root === undefined) root = closed;
      else throw this.#error('has a second root element');
    }
    const left = open.at(-1);
    if (left !== undefined) throw this.#error(`ends inside of <${left.full}>`);
    if (root === undefined) throw this.#error('has no element');
    return root;
  }

  #text(parent: Open | undefined): void {
    const next = this.#source.indexOf('<', this.#at);
    const end = next < 0 ? this.#source.length : next;
    const text = this.#source.slice(this.#at, end);
    if (parent !== undefined) parent.text += this.#unescape(text);
    else if (text.replace(/^\ufeff/, '').trim() !== '') throw this.#error('has text outside of its elements');
    this.#at = end;
  }

  /** Comments, CDATA and processing instructions; false when an element follows. */
  #aside(parent: Open | undefined): boolean {
    if (this.#skipped('<!--', '-->') !== null || this.#skipped('<?', '?>') !== null) return true;
    const data = this.#skipped('<![CDATA[', ']]>');
    if (data !== null) {
      if (parent !== undefined) parent.text += data;
      return true;
    }
    if (this.#source.startsWith('<!', this.#at)) {
      throw this.#error('has a document type declaration, which is not read');
    }
    return false;
  }

  #skipped(begin: string, end: string): string | null {
    if (!this.#source.startsWith(begin, this.#at)) return null;
    const from = this.#at + begin.length;
    const found = this.#source.indexOf(end, from);
    if (found < 0) throw this.#error(`has a ${begin} without its ${end}`);
    this.#at = found + end.length;
    return this.#source.slice(from, found);
  }

  #open(open: Open[]): XmlElement | null {
    this.#at++;
    const full = this.#name();
    const attributes: Record<string, string> = Object.create(null);
    for (;;) {
      this.#white();
      if (this.#source.startsWith('/>', this.#at)) {
        this.#at += 2;
        return { name: localName(full), attributes, children: [], text: '' };
      }
      if (this.#source.charAt(this.#at) === '>') break;
      const name = this.#name();
      attributes[localName(name)] = this.#value();
    }
    this.#at++;
    if (open.length >= MAX_DEPTH) throw this.#error(`is nested deeper than ${MAX_DEPTH} elements`);
    open.push({ full, attributes, children: [], text: '' });
    return null;
  }

  #close(open: Open[]): XmlElement {
    this.#at += 2;
    const name = this.#name();
    this.#white();
    const closing = open.pop();
    if (closing?.full !== name) throw this.#error(`closes <${name}>, which is not the one that is open`);
    if (this.#source.charAt(this.#at) !== '>') throw this.#error(`has a broken </${name}>`);
    this.#at++;
    const { full, attributes, children, text } = closing;
    return { name: localName(full), attributes, children, text };
  }

  #name(): string {
    NAME.lastIndex = this.#at;
    const name = NAME.exec(this.#source)?.[0];
    if (name === undefined) throw this.#error('has something that is no name of an element or attribute');
    this.#at += name.length;
    return name;
  }

  #value(): string {
    this.#white();
    if (this.#source.charAt(this.#at) !== '=') throw this.#error('has an attribute without a value');
    this.#at++;
    this.#white();
    const quote = this.#source.charAt(this.#at);
    const end = quote === '"' || quote === "'" ? this.#source.indexOf(quote, this.#at + 1) : -1;
    if (end < 0) throw this.#error('has an attribute without quotes');
    const value = this.#source.slice(this.#at + 1, end);
    this.#at = end + 1;
    return this.#unescape(value);
  }

  #white(): void {
    while (/\s/.test(this.#source.charAt(this.#at))) this.#at++;
  }

  #unescape(text: string): string {
    if (!text.includes('&')) return text;
    return text.replace(/&([^;\s&]{0,10});?/g, (whole, name: string) => {
      const code = /^#x([0-9a-f]{1,6})$/i.exec(name)?.[1] ?? null;
      const point =
        code === null ? Number(/^#(\d{1,7})$/.exec(name)?.[1] ?? Number.NaN) : Number.parseInt(code, 16);
      const known = whole.endsWith(';') ? ENTITIES[name] : undefined;
      if (known !== undefined) return known;
      if (Number.isInteger(point) && point > 0 && point <= 0x10ffff && whole.endsWith(';')) {
        return String.fromCodePoint(point);
      }
      throw this.#error('has an entity that is not one of XML itself');
    });
  }

  #error(what: string): XmlError {
    const line = this.#source.slice(0, this.#at).split('\n').length;
    return new XmlError(`The XML ${what} (line ${line}).`);
  }
}

function localName(name: string): string {
  return name.slice(name.indexOf(':') + 1).toLowerCase();
}

/** The first child with this name, in whatever case. */
export function childOf(element: XmlElement | undefined, name: string): XmlElement | undefined {
  return childrenOf(element, name)[0];
}

export function childrenOf(element: XmlElement | undefined, name: string): readonly XmlElement[] {
  const lower = name.toLowerCase();
  return element?.children.filter((child) => child.name === lower) ?? [];
}

/** Empty when there is none. */
export function attributeOf(element: XmlElement | undefined, name: string): string {
  return element?.attributes[name.toLowerCase()]?.trim() ?? '';
}

/** The text of the element that this path of names leads to; empty when there is none. */
export function textAt(element: XmlElement | undefined, ...path: readonly string[]): string {
  return path.reduce((at: XmlElement | undefined, name) => childOf(at, name), element)?.text.trim() ?? '';
}

export function escapeXml(text: string): string {
  return text
    .replace(/[<>&"']/g, (character) => `&#${character.charCodeAt(0)};`)
    .replace(/[^\P{Cc}\t\n\r]/gu, ' ');
}
