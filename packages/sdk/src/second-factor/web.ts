import type { Reply } from './replies.ts';

const JSON_TYPE = /^\s*application\/json\s*(?:;|$)/i;

/**
 * The JSON of a request; undefined when it has none. A copy is read, so that the route can still read it. Only of JSON's own
 * type: a browser sends text of other types, and bytes of none, from any site without asking this one.
 */
export async function jsonOf(request: Request): Promise<unknown> {
  if (!JSON_TYPE.test(request.headers.get('content-type') ?? '')) return undefined;
  try {
    return (await request.clone().json()) as unknown;
  } catch {
    return undefined;
  }
}

export function responseOf({ status, body, headers }: Reply): Response {
  return Response.json(body, { status, headers });
}
