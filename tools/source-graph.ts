/**
 * What the source files import, export and how long their functions are, read from their syntax trees. The drawing of
 * the imports and the tidy test are made from it.
 */
import { globSync, readFileSync } from 'node:fs';
import { posix } from 'node:path';
import { type EcmaScriptModule, parseSync } from 'oxc-parser';

export interface Import {
  /** The path of the imported file from the repository's root, or the name of a package. */
  readonly target: string;
  /** Names that are imported; `*` for all of them. */
  readonly names: readonly string[];
  /** Whether nothing of it is left when the types are removed. */
  readonly typeOnly: boolean;
}

export interface SourceFunction {
  readonly name: string;
  /** The line of its beginning, from 1. */
  readonly line: number;
  /** How many lines it has. */
  readonly lines: number;
}

export interface SourceFile {
  /** From the repository's root, with `/` on every system. */
  readonly path: string;
  readonly text: string;
  readonly lines: number;
  readonly imports: readonly Import[];
  /** Names of values that are exported here. */
  readonly exports: readonly string[];
  readonly functions: readonly SourceFunction[];
}

/** Every TypeScript and JavaScript file that matches one of the patterns, by its path. */
export function readSources(root: string, patterns: readonly string[]): ReadonlyMap<string, SourceFile> {
  const paths = patterns.flatMap((pattern) =>
    globSync(pattern, { cwd: root, exclude: (name) => name === 'node_modules' || name === 'dist' }),
  );
  return new Map(
    [...new Set(paths.map((path) => path.replaceAll('\\', '/')))]
      .filter((path) => !path.endsWith('.d.ts'))
      .sort()
      .map((path) => [path, parseSource(path, readFileSync(`${root}/${path}`, 'utf8'))]),
  );
}

/** @throws when the file does not parse */
export function parseSource(path: string, text: string): SourceFile {
  const { program, module, errors } = parseSync(path, text);
  if (errors.length > 0) throw new Error(`${path}: ${errors[0]?.message}`);
  const lineAt = lineCounter(text);
  return {
    path,
    text,
    lines: text.split('\n').length - 1,
    imports: [...staticImports(path, module), ...dynamicImports(path, text, module)],
    exports: module.staticExports.flatMap(({ entries }) =>
      entries.flatMap(({ exportName, isType }) =>
        isType || exportName.name === null ? [] : [exportName.name],
      ),
    ),
    functions: functionsOf(program, lineAt),
  };
}

function staticImports(path: string, module: EcmaScriptModule): Import[] {
  const imported = module.staticImports.map(({ moduleRequest, entries }) => ({
    target: targetOf(path, moduleRequest.value),
    names: entries.map(
      ({ importName }) => importName.name ?? (importName.kind === 'Default' ? 'default' : '*'),
    ),
    typeOnly: entries.length > 0 && entries.every(({ isType }) => isType),
  }));
  const reExported = module.staticExports.flatMap(({ entries }) =>
    entries.flatMap(({ moduleRequest, importName, isType }) =>
      moduleRequest === null
        ? []
        : [
            {
              target: targetOf(path, moduleRequest.value),
              names: [importName.name ?? '*'],
              typeOnly: isType,
            },
          ],
    ),
  );
  return [...imported, ...reExported];
}

function dynamicImports(path: string, text: string, module: EcmaScriptModule): Import[] {
  return module.dynamicImports.flatMap(({ moduleRequest }) => {
    const literal = /^['"`]([^'"`$]+)['"`]$/.exec(text.slice(moduleRequest.start, moduleRequest.end));
    return literal === null
      ? []
      : [{ target: targetOf(path, literal[1] as string), names: ['*'], typeOnly: false }];
  });
}

function targetOf(path: string, specifier: string): string {
  return specifier.startsWith('.') ? posix.join(posix.dirname(path), specifier) : specifier;
}

interface Node {
  readonly type: string;
  readonly start: number;
  readonly end: number;
  readonly [key: string]: unknown;
}

const FUNCTIONS = new Set(['FunctionDeclaration', 'FunctionExpression', 'ArrowFunctionExpression']);

function functionsOf(program: unknown, lineAt: (offset: number) => number): SourceFunction[] {
  const found: SourceFunction[] = [];
  visit(program as Node, '', (node, name) => {
    if (!FUNCTIONS.has(node.type)) return;
    const line = lineAt(node.start);
    found.push({ name: nameOf(node) ?? name, line, lines: lineAt(node.end) - line + 1 });
  });
  return found;
}

/** Calls `seen` for each node with the name of what it is assigned to. */
function visit(node: Node, name: string, seen: (node: Node, name: string) => void): void {
  seen(node, name);
  const inner = nameOf(node) ?? name;
  for (const value of Object.values(node)) {
    for (const child of Array.isArray(value) ? value : [value]) {
      if (isNode(child)) visit(child, inner, seen);
    }
  }
}

function isNode(value: unknown): value is Node {
  return typeof value === 'object' && value !== null && typeof (value as Node).type === 'string';
}

function nameOf(node: Node): string | undefined {
  const { id, key } = node as { id?: { name?: string } | null; key?: { name?: string } | null };
  return id?.name ?? key?.name ?? undefined;
}

function lineCounter(text: string): (offset: number) => number {
  const ends: number[] = [];
  for (let at = text.indexOf('\n'); at >= 0; at = text.indexOf('\n', at + 1)) ends.push(at);
  return (offset) => {
    let low = 0;
    let high = ends.length;
    while (low < high) {
      const middle = (low + high) >> 1;
      if ((ends[middle] as number) < offset) low = middle + 1;
      else high = middle;
    }
    return low + 1;
  };
}

/** Circles of files that need each other's values, each circle once, as the paths in it. */
export function valueCircles(files: ReadonlyMap<string, SourceFile>): string[][] {
  const index = new Map<string, number>();
  const low = new Map<string, number>();
  const stack: string[] = [];
  const onStack = new Set<string>();
  const circles: string[][] = [];

  // Tarjan's strongly connected components.
  function connect(path: string): void {
    const own = index.size;
    index.set(path, own);
    low.set(path, own);
    stack.push(path);
    onStack.add(path);
    for (const target of valueTargets(files, path)) {
      if (!index.has(target)) {
        connect(target);
        low.set(path, Math.min(low.get(path) as number, low.get(target) as number));
      } else if (onStack.has(target)) {
        low.set(path, Math.min(low.get(path) as number, index.get(target) as number));
      }
    }
    if (low.get(path) !== own) return;
    const component = stack.splice(stack.indexOf(path));
    for (const member of component) onStack.delete(member);
    if (component.length > 1) circles.push(component.sort());
  }

  for (const path of files.keys()) if (!index.has(path)) connect(path);
  return circles;
}

function valueTargets(files: ReadonlyMap<string, SourceFile>, path: string): string[] {
  const imports = files.get(path)?.imports ?? [];
  return imports.filter(({ typeOnly, target }) => !typeOnly && files.has(target)).map(({ target }) => target);
}

/** `path name` of each exported value that no importer imports. */
export function unusedExports(
  files: ReadonlyMap<string, SourceFile>,
  importers: ReadonlyMap<string, SourceFile>,
): string[] {
  const used = new Map<string, Set<string>>();
  for (const { imports } of importers.values()) {
    for (const { target, names } of imports) {
      const known = used.get(target) ?? new Set();
      for (const name of names) known.add(name);
      used.set(target, known);
    }
  }
  return [...files.values()].flatMap(({ path, exports }) => {
    const names = used.get(path) ?? new Set();
    return names.has('*') ? [] : exports.filter((name) => !names.has(name)).map((name) => `${path} ${name}`);
  });
}
