/** How openapi.json describes refusals, each once for all calls, and the headers of successes. */
import type { FaultCode } from '../../domain/errors.ts';
import { PROBLEM_SCHEMA } from './answers.ts';
import { PROBLEMS } from './problems.ts';

interface Header {
  readonly description: string;
  readonly schema: { readonly type: 'string' | 'integer'; readonly enum?: readonly string[] };
  readonly example: string | number;
}

const text = (description: string, example: string): Header => ({
  description,
  schema: { type: 'string' },
  example,
});

/** Headers of successes, each with the header of a request that leads to it. */
export const SUCCESS_HEADERS: Readonly<Record<string, { readonly with: string; readonly header: Header }>> = {
  'Idempotent-Replayed': {
    with: 'Idempotency-Key',
    header: text(
      'true: the answer to the request that came first with this Idempotency-Key; nothing was done again.',
      'true',
    ),
  },
  'Kanda-Mode': {
    with: 'Kanda-Mode',
    header: {
      description: 'Present if the answer is about the test half of the account.',
      schema: { type: 'string', enum: ['test'] },
      example: 'test',
    },
  },
};

const RETRY: Readonly<Record<string, Header>> = {
  'Retry-After': {
    description: 'Present if time alone helps: seconds until it is worth trying again.',
    schema: { type: 'integer' },
    example: 30,
  },
};
const LIMITS: Readonly<Record<string, Header>> = {
  ...RETRY,
  'RateLimit-Policy': text('The limit: q requests in w seconds.', '"account";q=1000;w=1'),
  RateLimit: text(
    'How many requests are left, and after how many seconds there are more.',
    '"account";r=0;t=1',
  ),
};
const CHALLENGE = {
  'WWW-Authenticate': text(
    'What bearer is needed, and what was wrong with the one that came (RFC 6750).',
    'Bearer realm="kanda", error="invalid_token"',
  ),
};

/** By its status: the name of the refusal, when it comes, a code for its example, and its headers. */
const ROWS: Readonly<
  Record<
    string,
    readonly [name: string, description: string, example: FaultCode, detail: string, headers?: object]
  >
> = {
  400: [
    'BadRequest',
    'The request is not right; errors lists the fields.',
    'body_invalid',
    'The body is invalid: clientId is missing.',
  ],
  401: [
    'Unauthorized',
    'The bearer, or what was sent to log in, is not accepted.',
    'token_invalid',
    'This token is not one of this server.',
    CHALLENGE,
  ],
  403: ['Forbidden', 'The bearer may not do this.', 'scope_missing', 'This bearer does not have totp:write.'],
  404: [
    'NotFound',
    'What the request names is not there.',
    'client_not_found',
    'This account has no user with this clientId.',
  ],
  409: [
    'Conflict',
    'The state of what the request names does not allow it.',
    'client_exists',
    'This clientId is enrolled already.',
    RETRY,
  ],
  413: [
    'PayloadTooLarge',
    'The body is too large.',
    'body_too_large',
    'The body is too large: a call takes 16 KiB at most, the settings of pages 128 KiB, and an import of users 512 KiB.',
  ],
  415: [
    'UnsupportedMediaType',
    'The body is not declared as JSON.',
    'content_type_unsupported',
    'Send the body as JSON, with the header "Content-Type: application/json".',
  ],
  422: [
    'UnprocessableEntity',
    'The Idempotency-Key belongs to another request.',
    'idempotency_key_reused',
    'This Idempotency-Key came with another request before. Nothing was done.',
  ],
  429: [
    'TooManyRequests',
    'Too many requests, or too many wrong codes.',
    'rate_limited',
    'Too many requests. Try again in 30 seconds.',
    LIMITS,
  ],
  500: [
    'InternalServerError',
    'Something went wrong in Kanda, or a secret cannot be read.',
    'secret_unreadable',
    'The stored secret cannot be opened. Nothing was judged.',
  ],
  503: [
    'ServiceUnavailable',
    'The store cannot save, or the server is stopping. Nothing is accepted meanwhile.',
    'store_unavailable',
    'The store cannot save at the moment.',
    RETRY,
  ],
  507: [
    'InsufficientStorage',
    "The server's disk is almost full.",
    'disk_almost_full',
    "This server's disk is almost full.",
    RETRY,
  ],
  default: [
    'AnyOtherError',
    'Any other error.',
    'internal',
    'Something went wrong in Kanda. The log has more under this request id.',
  ],
};

/** The refusals by their status, as `components.responses` has them. */
export const REFUSALS: Readonly<Record<string, { readonly name: string; readonly answer: object }>> =
  Object.fromEntries(
    Object.entries(ROWS).map(([status, [name, description, code, detail, headers]]) => [
      status,
      {
        name,
        answer: {
          description,
          ...(headers === undefined ? {} : { headers }),
          content: {
            'application/problem+json': {
              schema: { $ref: `#/components/schemas/${PROBLEM_SCHEMA.$id}` },
              example: {
                type: `http://127.0.0.1:3000/docs/errors/${code}`,
                ...PROBLEMS[code],
                detail,
                code,
                requestId: 'req_k3v9_1a',
              },
            },
          },
        },
      },
    ]),
  );
