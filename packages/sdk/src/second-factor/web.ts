import type { Reply } from './replies.ts';

/** The JSON of a request; undefined when it has none. A copy is read, so that the route can still read it. */
export async function jsonOf(request: Request): Promise<unknown> {
  try {
    return (await request.clone().json()) as unknown;
  } catch {
    return undefined;
  }
}

export function responseOf({ status, body, headers }: Reply): Response {
  return Response.json(body, { status, headers });
}
