/**
 * The YAML that Go's and Python's libraries write for a list of plain records: a block sequence of block mappings, whose
 * values are plain or quoted scalars, or one more mapping. Anchors, tags, flows and block scalars are refused, so
 * nothing expands.
 */

export interface YamlRecord {
  /** The line that it begins on, from 1. */
  readonly line: number;
  /** Names of a nested mapping are `outer.inner`. */
  readonly values: Readonly<Record<string, string>>;
}

/** A line that is not of this subset. */
export interface YamlFault {
  readonly line: number;
}

/** The records of the sequence that is the document, or that its only key has. */
export function yamlRecords(text: string): readonly (YamlRecord | YamlFault)[] {
  const found: (YamlRecord | YamlFault)[] = [];
  let current: Record<string, string> | undefined;
  let outer: { readonly name: string; readonly indent: number } | undefined;
  for (const [index, raw] of text.split(/\r?\n/).entries()) {
    if (/^\s*(?:#.*)?$/.test(raw) || /^(?:---|\.\.\.)\s*$/.test(raw) || /^[A-Za-z_]\w*:\s*$/.test(raw))
      continue;
    const match = /^( *)(- +)?([A-Za-z_][\w.-]*):(?:\s+(.*?))?\s*$/.exec(raw);
    const value = match === null ? null : scalar(match[4] ?? '');
    if (match === null || value === null) {
      found.push({ line: index + 1 });
      continue;
    }
    const [, spaces = '', dash = '', name = ''] = match;
    const indent = spaces.length + dash.length;
    if (dash !== '') {
      current = Object.create(null) as Record<string, string>;
      found.push({ line: index + 1, values: current });
    }
    if (current === undefined) continue;
    if (outer !== undefined && indent <= outer.indent) outer = undefined;
    current[outer === undefined ? name : `${outer.name}.${name}`] = value;
    if (value === '') outer = { name, indent };
  }
  return found;
}

/** null: not a plain or quoted scalar on one line. */
function scalar(text: string): string | null {
  if (/^'(?:[^']|'')*'$/.test(text)) return text.slice(1, -1).replaceAll("''", "'");
  if (text.startsWith('"')) return jsonText(text);
  if (/^[&*!|>%@`'[]/.test(text) || (text.startsWith('{') && text !== '{}')) return null;
  const plain = text.replace(/\s+#.*$/, '');
  return plain === 'null' || plain === '~' || plain === '{}' ? '' : plain;
}

/** The escapes of JSON are those that are written; others are refused. */
function jsonText(text: string): string | null {
  try {
    const value: unknown = JSON.parse(text);
    return typeof value === 'string' ? value : null;
  } catch {
    return null;
  }
}
