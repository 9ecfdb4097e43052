import { examplePath } from '../api-examples.ts';
import { exampleOf, type Operation } from '../openapi.ts';
import { type SdkCall, type SdkLanguage, sdkCallOf } from './sdk-calls.ts';

const ORIGIN = 'http://127.0.0.1:3000';

/** In the place of the bearer, which a reader puts in; a script fills in the first. */
const API_KEY = 'kan_your_api_key_here';
const TEST_KEY = 'kan_test_your_api_key_here';
const LOGIN_TOKEN = 'your_login_token_here';

/** The example of an operation, as any language writes it. */
export interface Call {
  readonly origin: string;
  readonly method: string;
  readonly url: string;
  /** The values of the path, in its order. */
  readonly pathValues: readonly (string | number)[];
  /** null: none is sent. */
  readonly body: Readonly<Record<string, unknown>> | null;
  /** In the place of the bearer; null: none is sent. */
  readonly bearer: string | null;
  /** What comes: JSON, another text, bytes, events without an end, or nothing. */
  readonly answer: 'json' | 'text' | 'bytes' | 'events' | 'none';
  /** An SDK's method; undefined: it has none. */
  readonly sdk: (language: SdkLanguage) => SdkCall | undefined;
}

export function callOf(operation: Operation): Call {
  const { id, method, parameters, body, bodyExample, bodyRequired } = operation;
  const pathValues = parameters
    .filter((parameter) => parameter.in === 'path')
    .map(({ example, schema }) => String(example ?? exampleOf(schema)));
  return {
    origin: ORIGIN,
    method,
    url: `${ORIGIN}${examplePath(operation)}`,
    pathValues: id === 'getEvent' ? pathValues.map(Number) : pathValues,
    body:
      body === null || !bodyRequired ? null : ((bodyExample ?? exampleOf(body)) as Record<string, unknown>),
    bearer: bearerFor(operation),
    answer: answerOf(operation),
    sdk: (language) => sdkCallOf(operation, language),
  };
}

function bearerFor({ bearer, path }: Operation): string | null {
  if (bearer === null) return null;
  if (bearer.kind === 'login') return LOGIN_TOKEN;
  return path.startsWith('/api/test/') ? TEST_KEY : API_KEY;
}

function answerOf({ answers, parameters }: Operation): Call['answer'] {
  // One form of several comes unless the query asks for another.
  const format = parameters.find(({ name }) => name === 'format')?.schema.default;
  if (format === 'text') return 'text';
  const success = answers.find(({ status }) => status < '300');
  switch (Object.keys(success?.content ?? {})[0]) {
    case undefined:
      return 'none';
    case 'application/json':
      return 'json';
    case 'application/octet-stream':
      return 'bytes';
    case 'text/event-stream':
      return 'events';
    default:
      return 'text';
  }
}

/** Said where a language's SDK has no method, above what does it without. */
export function noMethod(sdk: string, instead: string): string {
  return `The SDK for ${sdk} has no method for this call: this is ${instead}.`;
}

/** Moves all lines but the first to the right. */
export function indented(text: string, by: string): string {
  return text.replaceAll('\n', `\n${by}`);
}

/** `clientId` is client_id. */
export function snake(name: string): string {
  return name.replaceAll(/[A-Z]/g, (letter) => `_${letter.toLowerCase()}`);
}
