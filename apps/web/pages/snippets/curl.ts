import type { Call } from './call.ts';

/** For bash: the token, and one command. */
export function curl({ method, url, body, bearer, answer }: Call): string {
  const flags = [
    ...(method === 'GET' ? [] : [`-X ${method}`]),
    // Else curl keeps back what comes until its buffer is full.
    ...(answer === 'events' ? ['--no-buffer'] : []),
    ...(answer === 'bytes' ? ['--output export.age'] : []),
  ];
  const address = /[?&]/.test(url) ? `"${url}"` : url;
  const command = [
    ['curl', ...flags, address].join(' '),
    ...(bearer === null ? [] : ['  -H "Authorization: Bearer $TOKEN"']),
    ...(body === null
      ? []
      : ['  -H "Content-Type: application/json"', `  -d ${quoted(JSON.stringify(body))}`]),
  ].join(' \\\n');
  return bearer === null ? command : `export TOKEN=${bearer}\n${command}`;
}

function quoted(text: string): string {
  return `'${text.replaceAll("'", "'\\''")}'`;
}
