import { type Call, indented, noMethod } from './call.ts';

/** For Node and browsers: `fetch`, and what is read of the answer. */
export function javascript({ method, url, body, bearer, answer }: Call): string {
  const headers = [
    // biome-ignore lint/suspicious/noTemplateCurlyInString: the snippet's own template
    ...(bearer === null ? [] : ['    Authorization: `Bearer ${token}`,']),
    ...(body === null ? [] : ["    'Content-Type': 'application/json',"]),
  ];
  const options = [
    ...(method === 'GET' ? [] : [`  method: '${method}',`]),
    ...(headers.length === 0 ? [] : ['  headers: {', ...headers, '  },']),
    ...(body === null ? [] : [`  body: JSON.stringify(${indented(jsValue(body), '  ')}),`]),
  ];
  const second = options.length === 0 ? '' : `, {\n${options.join('\n')}\n}`;
  return [
    ...(bearer === null ? [] : [`const token = '${bearer}';`]),
    `const response = await fetch('${url}'${second});`,
    // biome-ignore lint/suspicious/noTemplateCurlyInString: the snippet's own template
    'if (!response.ok) throw new Error(`${response.status} ${await response.text()}`);',
    ...READ[answer],
  ].join('\n');
}

const READ: Readonly<Record<Call['answer'], readonly string[]>> = {
  json: ['console.log(await response.json());'],
  text: ['console.log(await response.text());'],
  bytes: ['const sealed = await response.arrayBuffer(); // an age file'],
  events: [
    'for await (const part of response.body.pipeThrough(new TextDecoderStream())) {',
    '  console.log(part);',
    '}',
  ],
  none: [],
};

/** With the SDK for TypeScript. */
export function typescript(call: Call): string {
  const { origin, bearer, pathValues, body, answer } = call;
  const sdk = call.sdk('typescript');
  if (sdk === undefined) return `// ${noMethod('TypeScript', 'fetch')}\n${typed(javascript(call), answer)}`;
  const { group, method, pages } = sdk;
  const parameters = [...pathValues, ...(body === null ? [] : [body])].map(jsValue).join(', ');
  const called = `kanda.${group === null ? '' : `${group}.`}${method}(${parameters})`;
  const isVerdict = method === 'validate';
  return [
    `import { ${isVerdict ? 'isValid, ' : ''}Kanda } from '@kanda/sdk';`,
    '',
    'const kanda = new Kanda({',
    `  url: '${origin}',`,
    `  apiKey: '${bearer}',`,
    '});',
    ...(pages === true
      ? [`for await (const one of ${called}) {`, '  console.log(one);', '}']
      : answer === 'none'
        ? [`await ${called};`]
        : [
            `const answer = await ${called};`,
            isVerdict ? 'console.log(isValid(answer));' : 'console.log(answer);',
          ]),
  ].join('\n');
}

/** TypeScript does not know that an answer which is read has a body. */
function typed(code: string, answer: Call['answer']): string {
  return answer === 'events' ? code.replace('response.body.', 'response.body!.') : code;
}

function jsValue(value: unknown): string {
  if (Array.isArray(value)) {
    const parts = value.map(jsValue);
    return parts.some((part) => part.includes('\n'))
      ? `[\n${parts.map((part) => `  ${indented(part, '  ')},`).join('\n')}\n]`
      : `[${parts.join(', ')}]`;
  }
  if (typeof value === 'object' && value !== null) {
    const entries = Object.entries(value);
    if (entries.length === 0) return '{}';
    return `{\n${entries.map(([name, part]) => `  ${name}: ${indented(jsValue(part), '  ')},`).join('\n')}\n}`;
  }
  return typeof value === 'string' ? quoted(value) : JSON.stringify(value);
}

function quoted(text: string): string {
  return `'${text.replaceAll('\\', '\\\\').replaceAll("'", "\\'")}'`;
}
