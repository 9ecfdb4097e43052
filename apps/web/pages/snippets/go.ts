import { type Call, indented, noMethod } from './call.ts';
import type { SdkCall } from './sdk-calls.ts';

/** With the SDK for Go; where that has no method, with net/http. */
export function go(call: Call): string {
  const sdk = call.sdk('go');
  return sdk === undefined ? netHttp(call) : withSdk(call, sdk);
}

function withSdk({ origin, bearer, pathValues, body, answer }: Call, sdk: SdkCall): string {
  const { group, method, struct, pages } = sdk;
  const called = `k.${group === null ? '' : `${pascal(group)}.`}${pascal(method)}`;
  const given = struct === undefined ? [] : [`kanda.${struct}{${fields(body ?? {})}}`];
  const parameters = [...pathValues.map((value) => JSON.stringify(value)), ...given];
  const isVerdict = method === 'validate';
  const done =
    pages === true
      ? [
          `	list := ${called}(${parameters.join(', ')})`,
          '	for list.Next(ctx) {',
          '		fmt.Printf("%+v\\n", list.Value())',
          '	}',
          '	if err := list.Err(); err != nil {',
          '		log.Fatal(err)',
          '	}',
        ]
      : answer === 'none'
        ? [
            `	if err := ${called}(${['ctx', ...parameters].join(', ')}); err != nil {`,
            '		log.Fatal(err)',
            '	}',
          ]
        : [
            `	answer, err := ${called}(${['ctx', ...parameters].join(', ')})`,
            ...FAILED,
            isVerdict ? '	fmt.Println(kanda.IsValid(answer))' : '	fmt.Printf("%+v\\n", answer)',
          ];
  const prints = pages === true || answer !== 'none';
  return program(
    ['context', ...(prints ? ['fmt'] : []), 'log', '', 'kanda.example/kanda'],
    [
      '	ctx := context.Background()',
      '	k, err := kanda.New(kanda.Options{',
      `		URL:    "${origin}",`,
      `		APIKey: "${bearer}",`,
      '	})',
      ...FAILED,
      ...done,
    ],
  );
}

const FAILED = ['	if err != nil {', '		log.Fatal(err)', '	}'];

function netHttp({ method, url, bearer, body, answer }: Call): string {
  const lines = [
    ...(body === null
      ? [`	request, err := http.NewRequest("${method}", "${url}", nil)`]
      : [
          `	body := strings.NewReader(\`${JSON.stringify(body)}\`)`,
          `	request, err := http.NewRequest("${method}", "${url}", body)`,
        ]),
    ...FAILED,
    ...(bearer === null ? [] : [`	request.Header.Set("Authorization", "Bearer ${bearer}")`]),
    ...(body === null ? [] : ['	request.Header.Set("Content-Type", "application/json")']),
    '	response, err := http.DefaultClient.Do(request)',
    ...FAILED,
    '	defer response.Body.Close()',
    '	if response.StatusCode >= 300 {',
    '		log.Fatal(response.Status)',
    '	}',
    ...(answer === 'none'
      ? []
      : ['	if _, err := io.Copy(os.Stdout, response.Body); err != nil {', '		log.Fatal(err)', '	}']),
  ];
  const imports = [
    ...(answer === 'none' ? [] : ['io']),
    'log',
    'net/http',
    ...(answer === 'none' ? [] : ['os']),
    ...(body === null ? [] : ['strings']),
  ];
  return `// ${noMethod('Go', 'net/http')}\n${program(imports, lines)}`;
}

function program(imports: readonly string[], lines: readonly string[]): string {
  const named = imports.map((name) => (name === '' ? '' : `	"${name}"`)).join('\n');
  return `package main\n\nimport (\n${named}\n)\n\nfunc main() {\n${lines.join('\n')}\n}`;
}

/** The fields of a struct; of more than two each has a line. */
function fields(body: Readonly<Record<string, unknown>>): string {
  const named = Object.entries(body).map(([name, value]) => [pascal(name), goValue(name, value)] as const);
  if (named.length <= 2 && named.every(([, value]) => !value.includes('\n')))
    return named.map(([name, value]) => `${name}: ${value}`).join(', ');
  const width = Math.max(...named.map(([name]) => name.length)) + 1;
  return `\n${named.map(([name, value]) => `		${`${name}:`.padEnd(width)} ${indented(value, '	')},`).join('\n')}\n	`;
}

/** Of lists: the type of their elements. */
const LISTS: Readonly<Record<string, string>> = { records: '[]kanda.ImportRecord', tokens: '[2]string' };

function goValue(name: string, value: unknown): string {
  if (!Array.isArray(value)) return JSON.stringify(value);
  const areObjects = value.some((one) => typeof one === 'object');
  const parts = value.map((one) =>
    areObjects
      ? `{${Object.entries(one)
          .map(([field, part]) => `${pascal(field)}: ${JSON.stringify(part)}`)
          .join(', ')}}`
      : JSON.stringify(one),
  );
  return areObjects
    ? `${LISTS[name]}{\n${parts.map((part) => `		${part},`).join('\n')}\n	}`
    : `${LISTS[name]}{${parts.join(', ')}}`;
}

/** `clientId` is ClientID, and `returnUrl` ReturnURL. */
function pascal(name: string): string {
  return name
    .replace(/^[a-z]/, (letter) => letter.toUpperCase())
    .replace(/(Id|Url)$/, (word) => word.toUpperCase());
}
