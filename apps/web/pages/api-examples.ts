import { exampleOf, type Operation } from './openapi.ts';

/** The languages of every set of snippets, in the order of their tabs; `id` is what the address and storage hold. */
export const LANGUAGES = [
  { id: 'curl', name: 'cURL', fence: 'sh' },
  { id: 'js', name: 'JavaScript', fence: 'js' },
  { id: 'py', name: 'Python', fence: 'py' },
] as const;

/** The tabs where an SDK is shown beside curl. An `id` means the same language everywhere, so the choice goes along. */
export const SDK_LANGUAGES = [
  { id: 'curl', name: 'cURL', fence: 'sh' },
  { id: 'js', name: 'TypeScript', fence: 'ts' },
  { id: 'py', name: 'Python', fence: 'py' },
  { id: 'go', name: 'Go', fence: 'go' },
] as const;

export type SdkLanguageId = (typeof SDK_LANGUAGES)[number]['id'];
export type LanguageId = (typeof LANGUAGES)[number]['id'];

const ORIGIN = 'http://127.0.0.1:3000';

/** The path with its example values, percent-encoded where that is needed, and the query parts that are required. */
export function examplePath({ path, parameters }: Operation): string {
  const filled = path.replaceAll(/\{(\w+)\}/g, (_, name: string) => {
    const parameter = parameters.find((one) => one.in === 'path' && one.name === name);
    return encodeURIComponent(String(parameter?.example ?? exampleOf(parameter?.schema ?? {})));
  });
  const query = parameters
    .filter((one) => one.in === 'query' && one.required)
    .map((one) => `${one.name}=${encodeURIComponent(String(one.example ?? exampleOf(one.schema)))}`);
  return query.length === 0 ? filled : `${filled}?${query.join('&')}`;
}

/** The JSON that a call is sent with, or null. */
export function exampleBody({ body, bodyExample }: Operation): unknown {
  return body === null ? null : (bodyExample ?? exampleOf(body));
}

/** One call in one language. */
export function exampleCall(operation: Operation, language: LanguageId): string {
  const call = {
    method: operation.method,
    url: `${ORIGIN}${examplePath(operation)}`,
    body: exampleBody(operation),
    bearer: operation.bearer !== null,
  };
  return { curl, js, py }[language](call);
}

interface Call {
  readonly method: string;
  readonly url: string;
  readonly body: unknown;
  readonly bearer: boolean;
}

function curl({ method, url, body, bearer }: Call): string {
  const flag = method === 'GET' ? '' : `-X ${method} `;
  const address = /[?&]/.test(url) ? `"${url}"` : url;
  return [
    `curl ${flag}${address}`,
    ...(bearer ? ['  -H "Authorization: Bearer $TOKEN"'] : []),
    ...(body === null ? [] : ['  -H "Content-Type: application/json"', `  -d '${JSON.stringify(body)}'`]),
  ].join(' \\\n');
}

function js({ method, url, body, bearer }: Call): string {
  const headers = [
    // biome-ignore lint/suspicious/noTemplateCurlyInString: the snippet's own template
    ...(bearer ? ['    Authorization: `Bearer ${token}`,'] : []),
    ...(body === null ? [] : ["    'Content-Type': 'application/json',"]),
  ];
  const options = [
    ...(method === 'GET' ? [] : [`  method: '${method}',`]),
    ...(headers.length === 0 ? [] : ['  headers: {', ...headers, '  },']),
    ...(body === null ? [] : [`  body: JSON.stringify(${indent(jsValue(body))}),`]),
  ];
  const second = options.length === 0 ? '' : `, {\n${options.join('\n')}\n}`;
  return `const res = await fetch('${url}'${second});`;
}

function py({ method, url, body, bearer }: Call): string {
  const parts = [
    `    '${url}',`,
    ...(bearer ? ["    headers={'Authorization': f'Bearer {token}'},"] : []),
    ...(body === null ? [] : [`    json=${indent(pyValue(body), 4)},`]),
  ];
  return `res = requests.${method.toLowerCase()}(\n${parts.join('\n')}\n)`;
}

function jsValue(value: unknown): string {
  if (Array.isArray(value)) return `[${value.map(jsValue).join(', ')}]`;
  if (typeof value === 'object' && value !== null)
    return `{\n${Object.entries(value)
      .map(([name, part]) => `  ${name}: ${indent(jsValue(part))},`)
      .join('\n')}\n}`;
  return typeof value === 'string' ? quoted(value) : JSON.stringify(value);
}

function pyValue(value: unknown): string {
  if (Array.isArray(value)) return `[${value.map(pyValue).join(', ')}]`;
  if (typeof value === 'object' && value !== null)
    return `{\n${Object.entries(value)
      .map(([name, part]) => `    '${name}': ${indent(pyValue(part), 4)},`)
      .join('\n')}\n}`;
  if (value === null) return 'None';
  if (typeof value === 'boolean') return value ? 'True' : 'False';
  return typeof value === 'string' ? quoted(value) : String(value);
}

function quoted(text: string): string {
  return `'${text.replaceAll('\\', '\\\\').replaceAll("'", "\\'")}'`;
}

function indent(text: string, by = 2): string {
  return text.replaceAll('\n', `\n${' '.repeat(by)}`);
}
