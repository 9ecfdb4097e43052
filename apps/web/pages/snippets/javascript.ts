import type { Call } from './call.ts';

/** For Node and browsers: `fetch`, and what is read of the answer. */
export function javascript({ operation, method, url, body, bearer, answer }: Call): string {
  const headers = [
    // biome-ignore lint/suspicious/noTemplateCurlyInString: the snippet's own template
    ...(bearer === null ? [] : ['    Authorization: `Bearer ${token}`,']),
    ...(body === null ? [] : ["    'Content-Type': 'application/json',"]),
  ];
  const options = [
    ...(method === 'GET' ? [] : [`  method: '${method}',`]),
    ...(headers.length === 0 ? [] : ['  headers: {', ...headers, '  },']),
    ...(body === null ? [] : [`  body: JSON.stringify(${indented(jsValue(body))}),`]),
  ];
  const second = options.length === 0 ? '' : `, {\n${options.join('\n')}\n}`;
  return [
    ...(bearer === null ? [] : [`const token = '${bearer}';`]),
    `const response = await fetch('${url}'${second});`,
    // biome-ignore lint/suspicious/noTemplateCurlyInString: the snippet's own template
    'if (!response.ok) throw new Error(`${response.status} ${await response.text()}`);',
    ...read(answer, operation.path),
  ].join('\n');
}

function read(answer: Call['answer'], path: string): string[] {
  switch (answer) {
    case 'json':
      return ['console.log(await response.json());'];
    case 'text':
      return ['console.log(await response.text());'];
    case 'none':
      return [];
    case 'stream':
      return path.endsWith('/stream')
        ? [
            'for await (const part of response.body.pipeThrough(new TextDecoderStream())) {',
            '  console.log(part);',
            '}',
          ]
        : ['const sealed = await response.arrayBuffer(); // an age file'];
  }
}

/** A value as JavaScript and TypeScript write it. */
function jsValue(value: unknown): string {
  if (Array.isArray(value)) {
    const parts = value.map(jsValue);
    return parts.some((part) => part.includes('\n'))
      ? `[\n${parts.map((part) => `  ${indented(part)},`).join('\n')}\n]`
      : `[${parts.join(', ')}]`;
  }
  if (typeof value === 'object' && value !== null) {
    const entries = Object.entries(value);
    if (entries.length === 0) return '{}';
    return `{\n${entries.map(([name, part]) => `  ${name}: ${indented(jsValue(part))},`).join('\n')}\n}`;
  }
  return typeof value === 'string' ? quoted(value) : JSON.stringify(value);
}

function quoted(text: string): string {
  return `'${text.replaceAll('\\', '\\\\').replaceAll("'", "\\'")}'`;
}

/** Moves all lines but the first to the right. */
function indented(text: string, by = '  '): string {
  return text.replaceAll('\n', `\n${by}`);
}
