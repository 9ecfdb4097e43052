/** Finds what a reader would see and no language file has: words in the source of a view. */
import { parseSync } from 'oxc-parser';

interface Node {
  readonly type: string;
  readonly start: number;
  readonly end: number;
  readonly [name: string]: unknown;
}

export interface HardCoded {
  readonly line: number;
  readonly words: string;
}

/** Attributes that are read out or seen. */
const SEEN: ReadonlySet<string> = new Set([
  'action',
  'alt',
  'aria-description',
  'aria-label',
  'aria-roledescription',
  'caption',
  'copy',
  'description',
  'hint',
  'label',
  'noun',
  'placeholder',
  'question',
  'tick',
  'title',
  'what',
]);

/** Names of things and examples of what is typed, which are the same in every language. */
const NAMES: ReadonlySet<string> = new Set([
  ...[
    'Kanda',
    'Kanda (NDJSON)',
    'OATH CSV',
    'SHA1',
    'SHA256',
    'SHA512',
    'UTC',
    'URL',
    'Ctrl',
    'Enter',
    'Esc',
  ],
  ...['English', 'Deutsch', 'Italiano', 'Aa', 'ms', 'KANDA_KEY', 'Accept', 'Content-Type', 'Idempotency-Key'],
  ...['user-123', 'user-', 'alice@example.com', 'MyApp', 'limit=10', 'kan_…', 'age1…'],
  // Of users that the playground makes: the server keeps them, so they are found again in any language.
  ...['Simulated phone', 'Playground'],
]);
const CODE = /^kan_|^test_$|^(curl|Authorization:|Bearer|age|-H) |^\(prefers-|^https?:|^\/|\/api\//;

/** Calls that take names of classes, of routes and the like. */
const CALLS = /^(buttonClass|classes|closest|counted|createElement|querySelector|querySelectorAll)$/;
const CLASSES =
  /(^|\s)-?(flex|grid|w-|h-|min-|max-|p[xytblr]?-|m[xytblr]?-|text-\d|text-muted|bg-|border|sm:|md:|rounded|inline|relative|absolute|fixed|sticky|disabled:|font-|aria-|fade-in|whitespace-|data-)/;
const READS_AS_WORDS = /[A-Za-z’']{2,}[,.:]? [\w‘“"({]|^[A-Z][a-z-]+[….:,?!]?$|^[a-z]+…$/;
const SILENT =
  /^(className|class|to|href|id|type|key|icon|look|tone|shape|method|role|rel|target|d|src|lang|pattern|accept|autoComplete|inputMode|data-.*)$/;

/** Every text of a file that is written where it is shown. @throws when the file does not parse */
export function hardCoded(path: string, text: string): HardCoded[] {
  const { program, errors } = parseSync(path, text);
  if (errors.length > 0) throw new Error(`${path}: ${errors[0]?.message}`);
  const found: HardCoded[] = [];
  const see = ({ start }: Node, words: string) => {
    if (/\p{L}{2}/u.test(words) && !NAMES.has(words.trim()) && !CODE.test(words))
      found.push({ line: text.slice(0, start).split('\n').length, words: words.trim() });
  };
  walk(program as unknown as Node, false, see);
  return found;
}

type See = (node: Node, words: string) => void;

/** @param seen whether it is the value of an attribute that is seen, so that a single word counts, too */
function walk(node: Node, seen: boolean, see: See): void {
  if (isSilent(node)) return;
  const words = wordsOf(node);
  if (words !== null && (seen || node.type === 'JSXText' || readsAsWords(words))) see(node, words);
  if (node.type === 'JSXAttribute') {
    const name = nameOf(node.name as Node);
    if (SILENT.test(name)) return;
    each(node.value, SEEN.has(name), see);
    return;
  }
  // A call in an attribute takes words of its own: `t.named('x')` has an id, no text.
  const goesOn = seen && !/^(CallExpression|JSXElement|JSXFragment|ArrowFunctionExpression)$/.test(node.type);
  for (const [name, value] of Object.entries(node)) {
    // What a condition compares is no text, and neither is the name of a property.
    if ((name === 'test' && node.type !== 'IfStatement') || (name === 'key' && node.computed === false))
      continue;
    each(value, goesOn || name === 'children', see);
  }
}

function each(value: unknown, seen: boolean, see: See): void {
  if (Array.isArray(value)) for (const one of value) each(one, seen, see);
  else if (typeof value === 'object' && value !== null && 'type' in value) walk(value as Node, seen, see);
}

function isSilent(node: Node): boolean {
  if (/^(ImportDeclaration|ImportExpression|Export(All|Named)Declaration)$/.test(node.type))
    return node.declaration === null || node.declaration === undefined;
  if (/^TS(?!As|Satisfies|NonNull)/.test(node.type)) return true;
  if (node.type === 'BinaryExpression') return /^[!=]==?$/.test(String(node.operator));
  // The name of a kind of error, and what identifies a thing.
  if (
    /^Property/.test(node.type) &&
    (node.type === 'Property' ? /^(id|key)$/ : /^name$/).test(nameOf(node.key as Node))
  )
    return /^(Literal|TemplateLiteral)$/.test((node.value as Node | null)?.type ?? '');
  // An error that no one but its author meets.
  if (node.type === 'NewExpression') return /Error$/.test(nameOf(node.callee as Node));
  return node.type === 'CallExpression' && CALLS.test(nameOf(node.callee as Node));
}

function nameOf(node: Node): string {
  return String(node.name ?? (node.property as Node | undefined)?.name ?? '');
}

/** The text of a literal or a template, with `{}` for each value in it; null for anything else. */
function wordsOf(node: Node): string | null {
  if (node.type === 'Literal' || node.type === 'JSXText')
    return typeof node.value === 'string' ? node.value : null;
  if (node.type !== 'TemplateLiteral') return null;
  const parts = node.quasis as readonly { value: { cooked: string } }[];
  return parts.map(({ value }) => value.cooked).join('{}');
}

function readsAsWords(words: string): boolean {
  return !CLASSES.test(words) && READS_AS_WORDS.test(words);
}

/** Lines on which a text is looked up while the module is loaded: the language may come after that. */
export function lookedUpTooSoon(path: string, text: string): number[] {
  const { program } = parseSync(path, text);
  const lines: number[] = [];
  const look = (value: unknown): void => {
    if (Array.isArray(value)) {
      for (const each of value) look(each);
      return;
    }
    if (typeof value !== 'object' || value === null || !('type' in value)) return;
    const node = value as Node;
    if (/Function|^TS(?!As|Satisfies|NonNull)/.test(node.type)) return;
    if (node.type === 'MemberExpression' && nameOf(node.object as Node) === 't')
      lines.push(text.slice(0, node.start).split('\n').length);
    for (const each of Object.values(node)) look(each);
  };
  look(program.body);
  return lines;
}
