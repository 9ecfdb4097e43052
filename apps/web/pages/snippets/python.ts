import { type Call, indented, noMethod, snake } from './call.ts';

/** With the SDK for Python; where that has no method, with httpx, which it is made with. */
export function python(call: Call): string {
  const { origin, bearer, pathValues, body, answer } = call;
  const sdk = call.sdk('python');
  if (sdk === undefined) return `# ${noMethod('Python', 'httpx')}\n${httpx(call)}`;
  const { group, method, pages } = sdk;
  const called = `kanda.${group === null ? '' : `${snake(group)}.`}${method === 'import' ? 'import_' : snake(method)}`;
  const parameters = [
    ...pathValues.map((value) => pyValue(value)),
    ...Object.entries(body ?? {}).map(
      ([name, value]) => `${snake(name)}=${indented(pyValue(value, snake), '    ')}`,
    ),
  ];
  const expression =
    body === null
      ? `${called}(${parameters.join(', ')})`
      : `${called}(\n${parameters.map((one) => `    ${one},`).join('\n')}\n)`;
  const isVerdict = method === 'validate';
  return [
    `from kanda import Kanda${isVerdict ? ', is_valid' : ''}`,
    '',
    `kanda = Kanda("${origin}", "${bearer}")`,
    ...(pages === true
      ? [`for one in ${expression}:`, '    print(one)']
      : answer === 'none'
        ? [expression]
        : [`answer = ${expression}`, isVerdict ? 'print(is_valid(answer))' : 'print(answer)']),
  ].join('\n');
}

function httpx({ method, url, bearer, body, answer }: Call): string {
  const parts = [
    `    "${method}",`,
    `    "${url}",`,
    ...(bearer === null ? [] : ['    headers={"Authorization": f"Bearer {token}"},']),
    ...(body === null ? [] : [`    json=${indented(pyValue(body), '    ')},`]),
  ];
  const head = ['import httpx', '', ...(bearer === null ? [] : [`token = "${bearer}"`])];
  if (answer === 'events')
    return [
      ...head,
      `with httpx.stream(\n${parts.join('\n')}\n    timeout=None,\n) as response:`,
      '    response.raise_for_status()',
      '    for line in response.iter_lines():',
      '        print(line)',
    ].join('\n');
  return [
    ...head,
    `response = httpx.request(\n${parts.join('\n')}\n)`,
    'response.raise_for_status()',
    ...READ[answer],
  ].join('\n');
}

const READ: Readonly<Record<Exclude<Call['answer'], 'events'>, readonly string[]>> = {
  json: ['print(response.json())'],
  text: ['print(response.text)'],
  bytes: ['sealed = response.content  # an age file'],
  none: [],
};

/** @param renamed what becomes of the names of fields */
function pyValue(value: unknown, renamed: (name: string) => string = (name) => name): string {
  const inner = (part: unknown) => indented(pyValue(part, renamed), '    ');
  if (Array.isArray(value)) {
    const parts = value.map(inner);
    return parts.some((part) => part.includes('\n'))
      ? `[\n${parts.map((part) => `    ${part},`).join('\n')}\n]`
      : `[${parts.join(', ')}]`;
  }
  if (typeof value === 'object' && value !== null)
    return `{\n${Object.entries(value)
      .map(([name, part]) => `    ${JSON.stringify(renamed(name))}: ${inner(part)},`)
      .join('\n')}\n}`;
  if (value === null) return 'None';
  if (typeof value === 'boolean') return value ? 'True' : 'False';
  return JSON.stringify(value);
}
