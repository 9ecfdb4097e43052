import { t } from '../texts/problems.ts';
/** What a call came to, for dashboard and sign-in alike: a body, a refusal, or no answer at all. */

export interface FieldError {
  path: string;
  message: string;
}

/** What the server refused, as its problem document says it (RFC 9457). */
export class Problem extends Error {
  override readonly name = 'Problem';
  readonly status: number;
  readonly code: string;
  readonly requestId: string | null;
  readonly errors: readonly FieldError[];
  /** Seconds after which it may be tried again. */
  readonly retryAfter: number | null;

  constructor(body: unknown, response: Response) {
    const { detail, code, requestId, errors } = (body ?? {}) as Partial<{
      detail: string;
      code: string;
      requestId: string;
      errors: FieldError[];
    }>;
    super(detail ?? t.serverAnswered(response.status, response.statusText));
    this.status = response.status;
    this.code = code ?? 'unknown';
    this.requestId = requestId ?? null;
    this.errors = errors ?? [];
    const wait = Number(response.headers.get('retry-after') ?? Number.NaN);
    this.retryAfter = Number.isFinite(wait) ? wait : null;
  }

  /** What is wrong with a field of the body, by its name. */
  of(field: string): string | null {
    const found = this.errors.find(({ path }) => path === `/${field}`);
    return found === undefined ? null : found.message;
  }
}

/** No answer at all: the server is down, or the way to it. */
class Unreachable extends Error {
  override readonly name = 'Unreachable';

  constructor(cause: unknown) {
    super(t.unreachable, { cause });
  }
}

/** Whether there was no answer, so that the call may or may not have taken effect. */
export function isUnreachable(error: unknown): boolean {
  return error instanceof Unreachable;
}

interface Called<Body> {
  data?: Body | undefined;
  error?: unknown;
  response: Response;
}

/** The body of a good answer. Throws a `Problem` for a refusal, `Unreachable` for none. */
export async function ask<Body>(call: Promise<Called<Body>>): Promise<Body> {
  const { data, error, response } = await call.catch((cause: unknown) => {
    throw cause instanceof SyntaxError ? cause : new Unreachable(cause);
  });
  if (!response.ok) throw new Problem(error, response);
  return data as Body;
}
