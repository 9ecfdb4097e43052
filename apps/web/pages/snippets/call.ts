import { exampleBody, examplePath } from '../api-examples.ts';
import type { Operation } from '../openapi.ts';

const ORIGIN = 'http://127.0.0.1:3000';

/** Places of the bearer, which a reader puts in; the first is filled in by a script. */
const API_KEY = 'kan_your_api_key_here';
const TEST_KEY = 'kan_test_your_api_key_here';
const LOGIN_TOKEN = 'your_login_token_here';

/** The example of an operation, as any language writes it. */
export interface Call {
  readonly operation: Operation;
  readonly method: string;
  readonly url: string;
  readonly body: unknown;
  /** In the place of the bearer; null: none is sent. */
  readonly bearer: string | null;
  /** Whether the answer is JSON, and not text, bytes or nothing. */
  readonly answer: 'json' | 'text' | 'stream' | 'none';
}

export function callOf(operation: Operation): Call {
  return {
    operation,
    method: operation.method,
    url: `${ORIGIN}${examplePath(operation)}`,
    body: exampleBody(operation),
    bearer: bearerFor(operation),
    answer: answerOf(operation),
  };
}

function bearerFor({ bearer, path }: Operation): string | null {
  if (bearer === null) return null;
  if (bearer.kind === 'login') return LOGIN_TOKEN;
  return path.startsWith('/api/test/') ? TEST_KEY : API_KEY;
}

function answerOf({ answers }: Operation): Call['answer'] {
  const success = answers.find(({ status }) => status < '300');
  const [type] = Object.keys(success?.content ?? {});
  if (type === undefined) return 'none';
  if (type === 'application/json') return 'json';
  return type === 'text/event-stream' || type === 'application/octet-stream' ? 'stream' : 'text';
}
