/** A call as a line that a POSIX shell understands. */
export interface Call {
  method: string;
  url: string;
  /** The bearer itself, or the shell's variable that holds it. */
  bearer: string | { variable: string } | null;
  /** JSON text. */
  body: string | null;
}

export function curlOf({ method, url, bearer, body }: Call): string {
  const parts = [`curl ${method === 'GET' ? '' : `-X ${method} `}${quoted(url)}`];
  if (typeof bearer === 'string') parts.push(`-H ${quoted(`Authorization: Bearer ${bearer}`)}`);
  // Only double quotes let the shell put the variable's value in.
  else if (bearer !== null) parts.push(`-H "Authorization: Bearer $${bearer.variable}"`);
  if (body !== null) parts.push(`-H 'Content-Type: application/json'`, `-d ${quoted(body)}`);
  return parts.join(' \\\n  ');
}

/** Nothing inside single quotes means anything to a shell, but a single quote. */
function quoted(text: string): string {
  return `'${text.replaceAll("'", "'\\''")}'`;
}
