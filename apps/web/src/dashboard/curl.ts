/** A call as a line that a POSIX shell understands. */
export interface Call {
  method: string;
  url: string;
  bearer: string | null;
  /** JSON text. */
  body: string | null;
}

export function curlOf({ method, url, bearer, body }: Call): string {
  const parts = [`curl ${method === 'GET' ? '' : `-X ${method} `}${quoted(url)}`];
  if (bearer !== null) parts.push(`-H ${quoted(`Authorization: Bearer ${bearer}`)}`);
  if (body !== null) parts.push(`-H 'Content-Type: application/json'`, `-d ${quoted(body)}`);
  return parts.join(' \\\n  ');
}

/** Nothing inside single quotes means anything to a shell, but a single quote. */
function quoted(text: string): string {
  return `'${text.replaceAll("'", "'\\''")}'`;
}
